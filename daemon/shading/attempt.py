"""One attempt at shading a layer, at one size on one device. If memory runs out, engine.py makes another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from shared.wording.note import Note

from . import pixels, recipes, report, views
from .anchors import Anchor
from .change import Enlarged
from .encoders.surrogate import Surrogate
from .objective import AnchorLatents, Finish, TowardAnchor
from .optimise import optimise
from .pace import Pace
from .pixels import Canvas
from .purifiers import PURIFIERS
from .visibility.budget import MaskingBudget
from .visibility.fit import Visibility
from .visibility.penalty import Penalty
from .visibility.search import Fit


@dataclass(frozen=True)
class Plan:
    """What an attempt has to do. ``work_side`` is in pixels.

    ``known`` holds the anchor's latents on this device from earlier attempts. ``survival``: whether to measure what is
    left after purifiers. ``finishing``: slow surrogates, which see the recipe's last steps.
    """

    recipe: recipes.Recipe
    work_side: int
    anchor: Anchor
    seed: int
    limits: recipes.Limits
    known: AnchorLatents = field(default_factory=dict)
    survival: bool = False
    finishing: tuple[Surrogate, ...] = ()


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
            **{key: report.no_shift(through) for key, through in _reported(plan).items()},
            "visibility": {"ssimulacra2": 100.0, "worst_tile": 100.0, "colour": 0.0, "floor": plan.limits.floor},
        }
        return picture.pixels.copy(), {**facts, **nothing}

    anchor = plan.anchor.covering(height, width).to(on)
    recipe, finish = plan.recipe, Finish(plan.finishing, plan.recipe.steps - plan.recipe.finish)
    objective = TowardAnchor(surrogates, recipe.views, small, anchor, plan.known, recipe.at_once, finish)
    penalty = Penalty(small, plan.limits, min(picture.size) / min(height, width))
    change = optimise(
        small,
        opacity,
        objective,
        penalty,
        MaskingBudget(small, plan.limits.most),
        steps=plan.recipe.steps,
        generator=torch.Generator().manual_seed(plan.seed),
        on_step=pace.stepped,
    )
    pace.finishing()
    # Where the change can't be seen, the optimisation may leave noise; it must not bleed over an edge.
    enlarged = Enlarged(change * (opacity > 0), *picture.size)
    fit = Visibility(picture, on).fit(enlarged, plan.limits, pace.beat)
    shaded = np.empty_like(picture.pixels)
    for top in range(0, picture.size[0], pixels.BAND_ROWS):
        bottom = min(picture.size[0], top + pixels.BAND_ROWS)
        shaded[top:bottom] = picture.shaded(top, bottom, fit.change.rows(top, bottom))
    pace.beat()
    measured = {
        "notes": [] if fit.any else [Note("engine.too_visible")],
        **_shifts(picture, Canvas(shaded), plan, surrogates, objective, pace),
        "visibility": _visibility(fit, plan.limits.floor),
    }
    return shaded, {**facts, **measured}


def _visibility(fit: Fit, floor: float) -> dict[str, float | None]:
    """{"ssimulacra2": of the whole, "worst_tile": the lowest, "colour": the largest CIEDE2000 of a patch, "floor": …}.

    See ``visibility/colour.py`` for "colour". None where the layer is too small to measure.
    """
    found = {"ssimulacra2": fit.seen.scores.whole, "worst_tile": float(fit.seen.scores.tiles.min())}
    found["colour"] = float(fit.seen.colours.max())
    return {**{name: report.finite(round(value, 2)) for name, value in found.items()}, "floor": floor}


def _reported(plan: Plan) -> dict[str, Sequence[views.View]]:
    """Through which views the report's shifts are measured, by their name in it."""
    return {"shift": views.REPORTED, **({"survival": PURIFIERS} if plan.survival else {})}


def _shifts(
    picture: Canvas,
    shaded: Canvas,
    plan: Plan,
    surrogates: Sequence[Surrogate],
    objective: TowardAnchor,
    pace: Pace,
) -> dict[str, Any]:
    """The report's shifts, at the size that models are trained at whatever the work size was."""
    on = surrogates[0].device.torch
    height, width = recipes.work_size(*picture.size, recipes.REPORTED_SIDE)
    if (height, width) != recipes.work_size(*picture.size, plan.work_side):
        before = pixels.work_copy(picture, height, width)[0].to(on)
        anchor = plan.anchor.covering(height, width).to(on)
        objective = TowardAnchor(surrogates, views.REPORTED, before, anchor, plan.known)
    after = pixels.work_copy(shaded, height, width)[0].to(on)
    found = {}
    for key, through in _reported(plan).items():
        found[key] = report.shift_summary(objective.shifts(after, through, pace.beat))
    return found
