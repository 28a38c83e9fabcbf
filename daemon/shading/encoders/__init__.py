"""The surrogates: encoders that stand in for the model nobody knows yet."""
