"""One picture in, one shaded picture and its report out.

The parts: a small copy over white (pixels) is moved toward the anchor's latents (objective) as seen through what
training pipelines do (views), within a map of what the eye forgives (budget), by the loop (optimise). The change is
enlarged to the layer's size, made as strong as the intensity's SSIMULACRA2 floor allows (visibility), and rounded.
"""

from __future__ import annotations

import gc
import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from shared.protocol.messages import Options

from . import anchors, concepts, device, recipes, report
from .attempt import Plan, attempt
from .device import Device
from .encoders import surrogates
from .encoders.surrogates import Surrogate
from .errors import ShadingError
from .objective import AnchorLatents
from .pixels import Picture
from .progress import OnProgress, Progress

__all__ = ["Engine", "OnProgress", "Picture", "Result"]

MOST_LATENTS = 64  # of an anchor that are kept: views times sizes times surrogates, half a megabyte each
STANDARD_SIDE = 256  # pixels, of the photographs that a foreign encoder's latents are standardised on


@dataclass(frozen=True)
class Result:
    """The shaded pixels, of the picture's shape and dtype, and the report (JSON values only)."""

    pixels: np.ndarray
    report: dict[str, Any]


class Engine:
    """Shades pictures, one at a time. Surrogates stay loaded between pictures."""

    def __init__(self) -> None:
        self._device = device.pick()
        self._surrogates: dict[tuple[str, str], Surrogate] = {}
        self._anchor: tuple[str, str] = ("", "")  # SHA-256 of the last anchor, and the device its latents are on
        self._anchor_latents: AnchorLatents = {}

    @property
    def device(self) -> str:
        """The device's name for people, e.g. ``CPU (bfloat16)``."""
        return self._device.name

    def shade(self, picture: Picture, options: Options, on_progress: OnProgress) -> Result:
        """Shade a picture, which stays as it is; the result is a new array.

        ``on_progress`` is called at least once a step and may raise ``Cancelled``. Raises ``ShadingError`` with a
        sentence for what can't be done.
        """
        started = time.monotonic()
        recipe = recipes.RECIPES[options.quality]
        progress = Progress(on_progress, recipe.steps)
        progress.beat()
        target = options.target or concepts.resolve(options.concept).target
        anchor = anchors.of_file(options.anchor) if options.anchor else anchors.of_target(target)
        seed = options.seed if options.seed is not None else _seed_of(picture)
        plan = Plan(recipe, recipe.work_side, anchor, seed, recipes.FLOORS[options.intensity])
        shaded, facts = self._smaller_until_it_fits(picture, plan, options, progress)
        difference = report.difference(picture, shaded)
        return Result(
            shaded,
            {
                "concept": options.concept,
                "target": anchor.name,
                "anchor": {"name": anchor.name, "file": anchor.file, "sha256": anchor.sha256},
                "intensity": options.intensity,
                "quality": options.quality,
                "seed": seed,
                **facts,
                "difference": {key: report.finite(value) for key, value in difference.items()},
                "seconds": round(time.monotonic() - started, 2),
            },
        )

    def _smaller_until_it_fits(
        self, picture: Picture, plan: Plan, options: Options, progress: Progress
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Attempts in turn: this device, this device at a smaller size, the processor, the processor smaller."""
        names = options.surrogates or (surrogates.EMBEDDED,)
        notes: list[str] = []
        for on, side in self._fallbacks(plan.work_side):
            try:
                smaller = replace(plan, work_side=side, known=self._known(plan.anchor, on))
                shaded, facts = attempt(picture, smaller, self._load(names, on), progress)
            except (RuntimeError, MemoryError) as error:
                if not device.is_out_of_memory(error):
                    raise
                notes.append(f"Memory ran out at {side} px on {on.name}, so a smaller way was taken.")
            else:
                facts["notes"] = notes + facts["notes"]
                return shaded, {"surrogates": list(names), "device": on.name, **facts}
            self._give_memory_back()
        raise ShadingError(
            "out_of_memory",
            "There is not enough memory to shade this picture.",
            "Close other programs, or use quality “fast”.",
        )

    def _fallbacks(self, side: int) -> Iterator[tuple[Device, int]]:
        yield self._device, side
        yield self._device, side * 2 // 3
        if self._device.torch.type != "cpu":
            yield device.cpu(), side
        yield device.cpu(), side // 2

    def _known(self, anchor: anchors.Anchor, on: Device) -> AnchorLatents:
        """Latents of the anchor from the jobs before: pictures of one size and target often follow each other."""
        if self._anchor != (anchor.sha256, on.name) or len(self._anchor_latents) > MOST_LATENTS:
            self._anchor, self._anchor_latents = (anchor.sha256, on.name), {}
        return self._anchor_latents

    def _give_memory_back(self) -> None:
        self._surrogates.clear()
        self._anchor_latents = {}
        gc.collect()
        if self._device.torch.type == "cuda":
            torch.cuda.empty_cache()

    def _load(self, names: tuple[str, ...], on: Device) -> list[Surrogate]:
        def photographs() -> Iterator[Tensor]:
            for name in concepts.TARGETS:
                yield anchors.of_target(name).covering(STANDARD_SIDE, STANDARD_SIDE)

        for name in names:
            if (name, on.name) not in self._surrogates:
                self._surrogates[name, on.name] = surrogates.load(name, on, photographs)
        return [self._surrogates[name, on.name] for name in names]


def _seed_of(picture: Picture) -> int:
    """The picture's own seed: the same layer is shaded the same way, two layers in two ways."""
    return int.from_bytes(hashlib.sha256(np.ascontiguousarray(picture.pixels).data).digest()[:8], "big") >> 1
