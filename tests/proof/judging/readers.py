"""The four ImageNet classifiers of ``shared/models/readers``: what does somebody else's network read in a picture?"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.proof.places import READERS, needed

MOBILE = {
    "MobileNetV2": ("tf2_mobilenet_v2_1.0_224_ptq.tflite", 224),
    "MobileNetV2 (2)": ("mobilenet_v2_1.0_224_quant.tflite", 224),
    "MobileNetV1": ("mobilenet_v1_0.75_192_quant.tflite", 192),
}
SQUEEZE = ("squeezenet1_0_dc.pt", 227, (104.0, 117.0, 123.0))
BACKBONE = "MobileNetV2"  # its features are what the judge of pixels stands on
POOLING = 40  # TFLite's number for the mean over all places
SOFTMAX = 25


@dataclass(frozen=True)
class Reader:
    """``read``: pictures (N, 3, H, W) in 0…1 → probabilities of ImageNet's 1,000 classes (N, 1000)."""

    name: str
    read: Callable[[Tensor], Tensor]


def _tflite(file: str) -> Any:
    """A network that runs a .tflite file with torch, by the small reader that lies beside the weights."""
    place = needed(READERS / "tfl.py", "the reader of .tflite files")
    spec = importlib.util.spec_from_file_location("proof_tfl", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # that reader leaves it to chance when its file is closed
        return module.Net(str(needed(READERS / file, "the weights of a reader")))


def _resized(x: Tensor, side: int) -> Tensor:
    return F.interpolate(x, (side, side), mode="bicubic", antialias=True, align_corners=False).clamp(0, 1)


def _mobile(file: str, side: int) -> Callable[[Tensor], Tensor]:
    network = _tflite(file)

    @torch.no_grad()
    def read(x: Tensor) -> Tensor:
        answer = network(_resized(x, side) * 2 - 1).flatten(1)
        if all(code != SOFTMAX for code, *_ in network.ops):
            answer = answer.softmax(1)
        return answer[:, -1000:]  # some have a class for "nothing" before the others

    return read


def features(side: int) -> Callable[[Tensor], Tensor]:
    """(N, 3, H, W) in 0…1 → (N, 1280) features of one of the networks, at ``side`` pixels."""
    network = _tflite(MOBILE[BACKBONE][0])

    @torch.no_grad()
    def read(x: Tensor) -> Tensor:
        taps: list[tuple[int, Tensor]] = []
        network(_resized(x, side) * 2 - 1, taps=taps)
        return next(value for code, value in taps if code == POOLING).flatten(1)

    return read


class _Fire(nn.Module):
    def __init__(self, channels: int, squeezed: int, expanded: int) -> None:
        super().__init__()
        self.squeeze1x1, self.expand1x1 = nn.Conv2d(channels, squeezed, 1), nn.Conv2d(squeezed, expanded, 1)
        self.expand3x3 = nn.Conv2d(squeezed, expanded, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.squeeze1x1(x))
        return torch.cat([torch.relu(self.expand1x1(x)), torch.relu(self.expand3x3(x))], 1)


def _squeeze() -> Callable[[Tensor], Tensor]:
    """SqueezeNet 1.0 with Caffe's names, pooling and input: BGR in 0…255 less the means."""
    file, side, means = SQUEEZE
    state = torch.load(needed(READERS / file, "the weights of a reader"), map_location="cpu", weights_only=True)
    first, last = nn.Conv2d(3, 96, 7, 2), nn.Conv2d(512, 1000, 1)
    wide = [(96, 16, 64), (128, 16, 64), (128, 32, 128), (256, 32, 128), (256, 48, 192), (384, 48, 192)]
    fires = [_Fire(*sizes) for sizes in [*wide, (384, 64, 256), (512, 64, 256)]]
    parts: list[tuple[str, nn.Module]] = [("conv1", first), ("conv10", last)]
    parts += [(f"fire{number}", fire) for number, fire in enumerate(fires, 2)]
    for name, part in parts:
        keys = ((key, key.removeprefix(f"{name}.").removeprefix(f"{name}/")) for key in state)
        part.load_state_dict({own: state[key] for key, own in keys if own != key})

    def pooled(x: Tensor) -> Tensor:
        return F.max_pool2d(x, 3, 2, ceil_mode=True)

    @torch.no_grad()
    def read(x: Tensor) -> Tensor:
        x = _resized(x, side).flip(1) * 255 - torch.tensor(means)[:, None, None]
        x = pooled(torch.relu(first(x)))
        for number, fire in enumerate(fires, 2):
            x = fire(x)
            if number in (4, 8):
                x = pooled(x)
        return torch.relu(last(x)).mean((2, 3)).softmax(1)

    return read


def load() -> list[Reader]:
    """All four. Raises ``Missing`` where they aren't."""
    return [*(Reader(name, _mobile(*file)) for name, file in MOBILE.items()), Reader("SqueezeNet", _squeeze())]


def labels() -> list[str]:
    """The names of ImageNet's 1,000 classes, in order."""
    lines = needed(READERS / "imagenet_labels.txt", "the names of ImageNet's classes").read_text("utf-8").splitlines()
    return lines[-1000:] if len(lines) >= 1000 else lines
