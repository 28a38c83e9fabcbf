"""The engine: one picture in, one shaded picture and its report out.

How the parts work together: the loop (optimise) moves a small copy of the layer over white (pixels) toward the
anchor's latents (objective), seen through what training pipelines do to pictures (views), within a map of what the eye
forgives (visibility/penalty, visibility/budget). The change is enlarged to the layer's size (change), made as strong in
each place as the intensity's SSIMULACRA2 floor allows (visibility/fit), and rounded. Flat art is spared (flat).
"""

from __future__ import annotations

import gc
import hashlib
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from shared.problem import Problem
from shared.protocol.messages import Code, Options
from shared.wording.note import Note, reported

from . import anchors, concepts, device, flat, recipes, report
from .attempt import Plan, attempt
from .device import Device
from .encoders.shelf import Shelf
from .encoders.table import default, finishing
from .objective import AnchorLatents
from .pace import OnProgress, Pace
from .pixels import Canvas

__all__ = ["Canvas", "Engine", "OnProgress", "Result"]

log = logging.getLogger(__name__)
MUCH = 0.2  # share of a layer: an artist is told if that much of it stays as it is
MOST_LATENTS = 64  # kept for an anchor: one for each view, size and surrogate, half a megabyte each
STANDARD_SIDE = 256  # pixels, of the photographs on which another encoder's latents are standardised


@dataclass(frozen=True)
class Result:
    """The shaded pixels, in the picture's shape and dtype, and the report (JSON values only)."""

    pixels: np.ndarray
    report: dict[str, Any]


class Engine:
    """Shades pictures, one at a time. Surrogates and the last anchor's latents stay in memory between pictures."""

    def __init__(self) -> None:
        self._device = device.pick()
        self._shelf = Shelf(_photographs)
        self._anchor: tuple[str, str] = ("", "")  # SHA-256 of the last anchor, and the device its latents are on
        self._anchor_latents: AnchorLatents = {}

    @property
    def device(self) -> str:
        """The device's name for people, e.g. ``CPU (bfloat16)``."""
        return self._device.name

    def shade(self, picture: Canvas, options: Options, on_progress: OnProgress) -> Result:
        """Shade a picture. The picture is left untouched; the result is a new array.

        ``on_progress`` is called at least once a step and may raise ``Cancelled``. Raises ``Problem`` if the picture
        can't be shaded as asked.
        """
        started = time.monotonic()
        recipe = recipes.RECIPES[options.quality]
        pace = Pace(on_progress, recipe.steps)
        pace.beat()
        anchor, notes = _anchor(options)
        seed = options.seed if options.seed is not None else _seed_of(picture)
        limits = recipes.LIMITS[options.intensity]
        plan = Plan(recipe, recipe.work_side, anchor, seed, limits, survival=options.survival)
        shadeable = picture
        if limits.spares_flat_art:
            flat.refuse_pixel_art(picture)
            shadeable, spared = flat.without_flat_areas(picture)
            if MUCH <= spared < 1:
                notes.append(Note("engine.flat_spared", percent=round(spared * 100)))
        shaded, facts = self._smaller_until_it_fits(shadeable, plan, options, pace, notes)
        difference = report.difference(picture, shaded)
        return Result(
            shaded,
            {
                "concept": options.concept,
                "target": anchor.name,
                "anchor": {name: getattr(anchor, name) for name in ("name", "file", "sha256", "source")},
                "intensity": options.intensity,
                "quality": options.quality,
                "seed": seed,
                **facts,
                "difference": {key: report.finite(value) for key, value in difference.items()},
                "seconds": round(time.monotonic() - started, 2),
            },
        )

    def _smaller_until_it_fits(
        self, picture: Canvas, plan: Plan, options: Options, pace: Pace, notes: list[Note]
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Attempts in turn: on this device, there at a smaller size, on the processor, there at a smaller size.

        A device that fails otherwise isn't asked again: drivers that have failed once tend to fail for good.
        """
        names = options.encoders or default()
        slow = finishing() if plan.recipe.finish and not options.encoders else ()
        for on, side in self._fallbacks(plan.work_side):
            if on.torch.type not in (self._device.torch.type, "cpu"):
                continue  # it has failed
            try:
                taken = self._shelf.take([*names, *slow], on)
                known = self._known(plan.anchor, on)
                smaller = replace(plan, work_side=side, known=known, finishing=tuple(taken[len(names) :]))
                shaded, facts = attempt(picture, smaller, taken[: len(names)], pace)
            except (RuntimeError, MemoryError) as error:
                if device.is_out_of_memory(error):
                    notes.append(Note("engine.memory_ran_out", side=side, device=on.name))
                elif on.torch.type != "cpu":
                    log.exception("%s failed", on.name)
                    notes.append(Note("engine.device_failed", device=on.name))
                    self._device = device.cpu()
                else:
                    raise
            else:
                notes += facts.pop("notes")
                used = {"surrogates": list(names), **({"finished_on": list(slow)} if slow else {})}
                return shaded, {**used, "device": on.name, **facts, **reported(notes)}
            self._give_memory_back()
        raise Problem("engine.out_of_memory", Code.OUT_OF_MEMORY)

    def _fallbacks(self, side: int) -> list[tuple[Device, int]]:
        first, last = self._device, device.cpu()
        between = [(last, side)] if first.torch.type != "cpu" else []
        return [(first, side), (first, side * 2 // 3), *between, (last, side // 2)]

    def _known(self, anchor: anchors.Anchor, on: Device) -> AnchorLatents:
        """The anchor's latents from earlier jobs: pictures of one size and target often come in a row."""
        if self._anchor != (anchor.sha256, on.name) or len(self._anchor_latents) > MOST_LATENTS:
            self._anchor, self._anchor_latents = (anchor.sha256, on.name), {}
        return self._anchor_latents

    def _give_memory_back(self) -> None:
        self._shelf.clear()
        self._anchor_latents = {}
        gc.collect()
        if self._device.torch.type == "cuda":
            torch.cuda.empty_cache()


def _anchor(options: Options) -> tuple[anchors.Anchor, list[Note]]:
    """The artist's own anchor or the target's, and a note if that target has no picture of its own."""
    if options.anchor:
        return anchors.of_file(options.anchor), []
    target = options.target or concepts.resolve(options.concept).target
    anchor = anchors.of_target(target)
    notes = [] if anchor.name == target else [Note("engine.stand_in", target=target, instead=anchor.name)]
    return anchor, notes


def _photographs() -> Iterator[Tensor]:
    """The pictures on which another encoder's latents are standardised."""
    for name in concepts.PHOTOGRAPHS:
        yield anchors.of_target(name, shipped=True).covering(STANDARD_SIDE, STANDARD_SIDE)


def _seed_of(picture: Canvas) -> int:
    """The picture's own seed: the same layer is always shaded the same way, another layer another way."""
    return int.from_bytes(hashlib.sha256(np.ascontiguousarray(picture.pixels).data).digest()[:8], "big") >> 1
