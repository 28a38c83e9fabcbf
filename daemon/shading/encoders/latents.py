"""The encoder's half of an autoencoder of diffusers, as a network from pictures to the means of their latents.

Three things differ from what diffusers' own ``encode`` does, none of which changes the latents:

- Only the mean is made, not the whole distribution, and the decoder isn't there.
- Video autoencoders see a picture as a film of one frame. Their convolutions look back in time, where there is nothing
  but zeros, so all but the last slice of each kernel is left out: a third of the work and of the weights.
- Blocks with large activations are computed again on the way back instead of being remembered (gradient
  checkpointing). diffusers can do that too, but only for larger pieces, which saves a fifth, and only in some classes.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

LARGE = 100 << 20
"""Bytes of a block's input above which it is computed twice. A VAE's first has 96 MiB at 512 × 768 in bfloat16."""
REPEATED = ("ResnetBlock2D", "ResBlock", "EfficientViTBlock", "QwenImageResidualBlock", "WanResidualBlock")
"""Classes of diffusers that are such blocks: the smallest ones with several layers inside."""


class Latents(nn.Module):
    """(N, 3, H, W) in 0…1 → (N, C, H/f, W/f), the latents, or their mean where the network says a distribution."""

    def __init__(self, autoencoder: Any, *, distribution: bool, film: bool) -> None:
        """``distribution``: the encoder gives mean and variance. ``film``: it wants (N, 3, frames, H, W).

        Takes over the parts of ``autoencoder``, with the weights that they have, and changes them.
        """
        super().__init__()
        self.encoder = autoencoder.encoder
        self.quant_conv = getattr(autoencoder, "quant_conv", None)
        self.distribution, self.film = distribution, film
        self.patch = getattr(autoencoder.config, "patch_size", None) if film else None
        _adapt(self)

    def forward(self, x: Tensor) -> Tensor:
        """The latents of a batch."""
        x = x * 2 - 1
        if self.film:
            if self.patch:
                x = F.pixel_unshuffle(x.mT, self.patch).mT  # columns before rows
            x = x.unsqueeze(2)
        x = self.encoder(x)
        if self.quant_conv is not None:
            x = self.quant_conv(x)
        if self.distribution:
            x = x.chunk(2, 1)[0]
        return x.squeeze(2) if self.film else x


def _adapt(module: nn.Module) -> None:
    """To single pictures and little memory; in place."""
    for name, child in list(module.named_children()):
        if name == "time_conv":
            delattr(module, name)  # joins frames, of which there is only one
        elif isinstance(child, nn.Conv3d):
            setattr(module, name, _OneFrame(child))
        else:
            _adapt(child)
            if type(child).__name__ in REPEATED:
                setattr(module, name, _Repeated(child))


class _OneFrame(nn.Module):
    """A convolution that is causal in time, for (N, C, 1, H, W): of its kernel only the last slice meets the frame."""

    def __init__(self, causal: Any) -> None:
        super().__init__()
        left, _, top, *_ = causal._padding  # diffusers empties ``padding`` and keeps its own
        self.flat = nn.Conv2d(1, 1, 1, causal.stride[1:], (top, left))
        self.flat.weight, self.flat.bias = nn.Parameter(causal.weight[:, :, -1].contiguous()), causal.bias

    def forward(self, x: Tensor, past: Tensor | None = None) -> Tensor:
        """(N, C, 1, H, W) → (N, D, 1, h, w). ``past`` is what diffusers hands on between frames: nothing."""
        return F.conv2d(x.squeeze(2), self.flat.weight, self.flat.bias, self.flat.stride, self.flat.padding).unsqueeze(
            2
        )


class _Repeated(nn.Module):
    """A block whose inside isn't remembered where it is large, but computed again for the gradient."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.block = block

    def forward(self, x: Tensor, *rest: Any, **named: Any) -> Any:
        """What the block makes of its arguments."""
        if x.requires_grad and x.nbytes > LARGE:
            return checkpoint(self.block, x, *rest, use_reentrant=False, preserve_rng_state=False, **named)
        return self.block(x, *rest, **named)
