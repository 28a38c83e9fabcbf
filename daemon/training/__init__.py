"""How the embedded surrogate is trained. Artists never run this."""
