"""The strength of a change: the score it is said to have is the score it has, by a metric that somebody else wrote."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from made_pictures import disc, layer, ramp, waves
from reference_metric import reference_score

from daemon.shading.change import Enlarged
from daemon.shading.pixels import Canvas
from daemon.shading.recipes import Limits
from daemon.shading.visibility.fit import Visibility
from daemon.shading.visibility.search import STRONGEST, TRIES, Fit, gentle

FLOORS = [85.0, 70.0, 60.0]
ANY_COLOUR = 1000.0


def change(picture: Canvas, coarse: int = 2, strength: float = 5 / 255) -> Enlarged:
    """Signs at a smaller size, as the optimisation makes them."""
    height, width = (max(1, side // coarse) for side in picture.size)
    signs = torch.randn(1, 3, height, width, generator=torch.Generator().manual_seed(0)).sign()
    return Enlarged(signs * strength, *picture.size)


def over(background: float, pixels: np.ndarray) -> np.ndarray:
    """(H, W, 3) in 0…1."""
    return Canvas(pixels).over(background, 0, pixels.shape[0]).permute(1, 2, 0).numpy().astype(np.float64)


def laid_on(picture: Canvas, fit: Fit) -> np.ndarray:
    height = picture.size[0]
    return picture.shaded(0, height, fit.change.rows(0, height))


def nothing() -> None:
    pass


@pytest.mark.parametrize("floor", FLOORS)
@pytest.mark.parametrize("kind", ["photograph", "16 bits", "float", "waves", "ramp", "soft alpha", "masked"])
def test_the_score_is_real_and_above_the_floor(kind: str, floor: float, coffee: np.ndarray) -> None:
    rgb = coffee[40:168, 100:240]
    dtype = {"16 bits": "uint16", "float": "float32"}.get(kind, "uint8")
    made = {"waves": waves(120, 90), "ramp": ramp(99, 128)}.get(kind, rgb)
    alpha = disc(*made.shape[:2]) if kind == "soft alpha" else 255
    picture = Canvas(layer(made, alpha, dtype), disc(*made.shape[:2]) if kind == "masked" else None)
    what, limits = change(picture), Limits(floor, ANY_COLOUR)
    fit = Visibility(picture).fit(what, limits, nothing)
    shaded = laid_on(picture, fit)
    score = fit.seen.scores.whole
    assert score >= floor
    backgrounds = (1.0, 0.0) if kind == "soft alpha" else (1.0,)
    lowest = min(reference_score(over(on, picture.pixels), over(on, shaded)) for on in backgrounds)
    assert lowest == pytest.approx(score, abs=0.1)
    assert score <= floor + 3 or float(fit.change.strength.max()) > 0.9 * STRONGEST or limits.most > 0.02, (
        "room was left"
    )
    assert not np.array_equal(shaded, picture.pixels)


def test_a_translucent_layer_keeps_the_floor_over_black_too(coffee: np.ndarray) -> None:
    pixels = layer(coffee[40:168, 100:240] // 4, disc(128, 140))  # dark, so that black shows more than white
    picture, limits = Canvas(pixels), Limits(80.0, ANY_COLOUR)
    what = change(picture)
    shaded = laid_on(picture, Visibility(picture).fit(what, limits, nothing))
    for background in (1.0, 0.0):
        assert reference_score(over(background, pixels), over(background, shaded)) >= 79.8


def test_every_tile_keeps_the_floor_and_takes_what_it_can(astronaut: np.ndarray) -> None:
    rgb = astronaut.copy()
    rgb[:256, :256] = ramp(256, 256)  # a quiet corner
    picture, limits = Canvas(layer(rgb)), Limits(80.0, ANY_COLOUR)
    what = change(picture)
    fit = Visibility(picture).fit(what, limits, nothing)
    assert fit.change.strength.shape == (2, 2)
    assert float(fit.change.strength[0, 0]) < 0.8 * float(fit.change.strength[1:].min())
    shaded = laid_on(picture, fit)
    for top in (0, 256):
        for left in (0, 256):
            tile = np.s_[top : top + 256, left : left + 256]
            # cut out, its edges have no surroundings, which the score there doesn't see
            assert reference_score(over(1, picture.pixels[tile]), over(1, shaded[tile])) >= 79


def test_no_tile_is_much_stronger_than_the_one_beside_it() -> None:
    """Around a drawing tiles have nothing to change, so any strength is allowed there, and would reach into others."""
    strength = torch.full((3, 5), STRONGEST, dtype=torch.float64)
    strength[1, 0] = 0.2
    found = gentle(strength)
    assert float(found[1, 0]) == 0.2
    assert found[0].tolist() == pytest.approx([0.32, 0.32, 0.512, 0.8192, 1.31072])
    assert (found <= strength).all()
    assert torch.equal(gentle(torch.ones(1, 1, dtype=torch.float64)), torch.ones(1, 1, dtype=torch.float64))


def test_colours_have_a_limit_of_their_own(astronaut: np.ndarray) -> None:
    picture = Canvas(layer(astronaut[:192, 100:300]))
    what = change(picture)
    free, held = (Visibility(picture).fit(what, Limits(50.0, colour), nothing) for colour in (ANY_COLOUR, 1.5))
    assert float(free.seen.colours.max()) > 2
    assert 1.2 < float(held.seen.colours.max()) <= 1.5
    assert held.seen.scores.worst > 55


def test_a_patch_that_shows_holds_nothing_else_back() -> None:
    """Colours are capped by patch: a smooth corner costs its tile little elsewhere."""
    rgb = np.random.default_rng(0).integers(60, 196, (256, 256, 3), np.uint8)
    rgb[:64, :64] = ramp(64, 64)
    picture, limits = Canvas(layer(rgb)), Limits(50.0, 2.0)
    fit = Visibility(picture).fit(change(picture), limits, nothing)
    there, colours = fit.change.at_patches(*fit.seen.colours.shape), fit.seen.colours
    assert float(colours.max()) <= limits.colour
    assert float(colours[0, 0]) > 1.5, "the corner has what it may have"
    assert float(there[0, 0]) < 0.4 * float(there[2:, 2:].mean())


def test_a_higher_floor_gives_a_weaker_change(astronaut: np.ndarray) -> None:
    picture = Canvas(layer(astronaut[:100, 150:260]))
    what, scorer = change(picture), Visibility(picture)
    fits = [scorer.fit(what, Limits(floor, ANY_COLOUR), nothing) for floor in (90.0, 80.0, 70.0, 60.0)]
    strengths = [float(fit.change.strength) for fit in fits]
    assert strengths == sorted(strengths)
    assert strengths[0] < strengths[-1]


@pytest.mark.parametrize("strength", [0.0005, 0.3])
def test_much_too_weak_and_much_too_strong_changes(strength: float, astronaut: np.ndarray) -> None:
    picture = Canvas(layer(astronaut[:80, 150:250]))
    fit = Visibility(picture).fit(change(picture, strength=strength), Limits(70.0, ANY_COLOUR), nothing)
    assert fit.seen.scores.worst >= 70
    assert 0 < float(fit.change.strength) <= STRONGEST


def test_too_small_for_the_metric() -> None:
    picture = Canvas(layer(waves(5, 40)))
    fit = Visibility(picture).fit(change(picture), Limits(70.0, ANY_COLOUR), nothing)
    assert fit.any
    assert math.isnan(fit.seen.scores.whole)


def test_every_try_can_be_cancelled(coffee: np.ndarray) -> None:
    picture = Canvas(layer(coffee[:64, :64]))
    tries = []
    Visibility(picture).fit(change(picture), Limits(70.0, ANY_COLOUR), lambda: tries.append(1))

    def stop() -> None:
        raise InterruptedError

    assert 2 <= len(tries) <= TRIES
    with pytest.raises(InterruptedError):
        Visibility(picture).fit(change(picture), Limits(70.0, ANY_COLOUR), stop)


def test_what_can_not_be_hidden_is_left_out() -> None:
    picture = Canvas(layer(np.full((64, 64, 3), 128, np.uint8)))
    fit = Visibility(picture).fit(change(picture), Limits(99.99, ANY_COLOUR), nothing)
    assert not fit.any
    assert np.array_equal(laid_on(picture, fit), picture.pixels)
