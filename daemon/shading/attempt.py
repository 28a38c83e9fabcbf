"""One attempt at shading a layer, at one size on one device. If memory runs out, engine.py makes another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from shared.wording.note import Note

from . import pixels, recipes, report, views
from .anchors import Anchor
from .encoders.surrogate import Surrogate
from .objective import AnchorLatents, TowardAnchor
from .optimise import optimise
from .pace import Pace
from .pixels import Canvas, Enlarged
from .visibility.budget import MaskingBudget
from .visibility.fit import Visibility

REFIT_AT = 0.4  # share of the steps after which the budget's strength is first measured


@dataclass(frozen=True)
class Plan:
    """What an attempt has to do. ``floor`` is the lowest SSIMULACRA2 score allowed; ``work_side`` is in pixels.

    ``known`` holds the anchor's latents on this device from earlier attempts.
    """

    recipe: recipes.Recipe
    work_side: int
    anchor: Anchor
    seed: int
    floor: float
    known: AnchorLatents = field(default_factory=dict)


def attempt(
    picture: Canvas, plan: Plan, surrogates: Sequence[Surrogate], pace: Pace
) -> tuple[np.ndarray, dict[str, Any]]:
    """(shaded pixels of the picture's shape and dtype, facts for the report). Raises what ``pace`` raises."""
    on = surrogates[0].device.torch
    height, width = recipes.work_size(*picture.size, plan.work_side)
    small, opacity = (plane.to(on) for plane in pixels.work_copy(picture, height, width))
    facts = {"work_size": [width, height], "steps": plan.recipe.steps}
    if float(opacity.max()) == 0.0:
        nothing = {
            "notes": [Note("engine.all_hidden")],
            "shift": report.shift_summary({view.name: 0.0 for view in views.REPORTED}),
            "visibility": {"ssimulacra2": 100.0, "floor": plan.floor},
        }
        return picture.pixels.copy(), {**facts, **nothing}

    anchor = plan.anchor.covering(height, width).to(on)
    objective = TowardAnchor(surrogates, plan.recipe.views, small, anchor, plan.known)
    budget = MaskingBudget(small)
    sample = Visibility.sample(picture)

    def enlarged(change: Tensor) -> Enlarged:
        # Where the change can't be seen, the optimisation may leave noise; it must not bleed over an edge.
        return Enlarged(change * (opacity > 0), *picture.size)

    def on_step(step: int, distance: float, change: Tensor) -> None:
        pace.stepped(step, distance)
        if step == round(plan.recipe.steps * REFIT_AT):
            fit = sample.fit(enlarged(change), plan.floor, pace.beat)
            budget.strength *= max(fit.strength, 0.1)

    generator = torch.Generator().manual_seed(plan.seed)
    steps = plan.recipe.steps
    change = optimise(small, opacity, objective, budget, steps=steps, generator=generator, on_step=on_step)
    pace.finishing()
    final = enlarged(change)
    fit = sample.fit(final, plan.floor, pace.beat)
    if not sample.is_whole:
        fit = Visibility.of(picture).fit(final, plan.floor, pace.beat, fit.strength or 1.0)
    shaded = np.empty_like(picture.pixels)
    for top in range(0, picture.size[0], pixels.BAND_ROWS):
        bottom = min(picture.size[0], top + pixels.BAND_ROWS)
        shaded[top:bottom] = picture.shaded(top, bottom, final.rows(top, bottom) * fit.strength)
    pace.beat()
    shifts = _shifts(picture, Canvas(shaded), plan, surrogates, objective)
    measured = {
        "notes": [] if fit.strength else [Note("engine.too_visible")],
        "shift": report.shift_summary(shifts),
        "visibility": {"ssimulacra2": report.finite(round(fit.score, 2)), "floor": plan.floor},
    }
    return shaded, {**facts, **measured}


def _shifts(
    picture: Canvas, shaded: Canvas, plan: Plan, surrogates: Sequence[Surrogate], objective: TowardAnchor
) -> dict[str, float]:
    """The shift through the reported views, at the size that models are trained at whatever the work size was."""
    on = surrogates[0].device.torch
    height, width = recipes.work_size(*picture.size, recipes.REPORTED_SIDE)
    if (height, width) != recipes.work_size(*picture.size, plan.work_side):
        before = pixels.work_copy(picture, height, width)[0].to(on)
        anchor = plan.anchor.covering(height, width).to(on)
        objective = TowardAnchor(surrogates, views.REPORTED, before, anchor, plan.known)
    return objective.shifts(pixels.work_copy(shaded, height, width)[0].to(on), views.REPORTED)
