"""Run by path in the private environment: runs the embedded surrogate once, and prints on what, as JSON.

A device can be there and still not work, for example one that torch has no code for: only a run shows that.
"""

from __future__ import annotations

import json


def main() -> None:
    """Run it."""
    import torch

    from daemon.shading import device
    from daemon.shading.encoders import embedded

    picked = device.pick()
    encoder = embedded.load().to(device=picked.torch, dtype=picked.dtype)
    picture = torch.full((1, 3, 64, 64), 0.5, device=picked.torch, dtype=picked.dtype)
    finite = bool(torch.isfinite(encoder(picture)).all())
    print(json.dumps({"torch": torch.__version__, "device": picked.name, "kind": picked.torch.type, "finite": finite}))


if __name__ == "__main__":
    main()
