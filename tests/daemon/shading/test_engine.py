"""The whole engine: any layer in, the same layer shaded out, and a report that holds when it is checked."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from checked_shading import shade
from made_pictures import disc, layer, ramp, unit, waves

from daemon.shading import anchors
from daemon.shading.encoders import embedded
from daemon.shading.engine import Canvas, Engine
from daemon.shading.errors import Cancelled
from daemon.shading.purifiers import PURIFIERS
from daemon.shading.recipes import FLOORS, LIMITS, RECIPES, Recipe
from shared.problem import Problem
from shared.protocol.messages import STAGES, Code, Options

Call = tuple[str, int, int, float]


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (8, 8), (17, 4099), (300, 451)], ids=str)
def test_any_size(size: tuple[int, int], engine: Engine) -> None:
    result = shade(engine, layer(waves(*size)))
    assert result.report["work_size"] == [size[1], size[0]]
    assert result.report["difference"]["changed"] > 0


KINDS = {
    "photograph": lambda rgb: (layer(rgb), None),
    "16 bits": lambda rgb: (layer(rgb, dtype="uint16"), None),
    "float": lambda rgb: (layer(rgb, dtype="float32"), None),
    "grey ramp": lambda rgb: (layer(ramp(96, 120)), None),
    "flat colour": lambda rgb: (layer(np.full((96, 120, 3), (180, 90, 60), np.uint8)), None),
    "black": lambda rgb: (layer(np.zeros((96, 120, 3), np.uint8)), None),
    "white, 16 bits": lambda rgb: (layer(np.full((96, 120, 3), 255, np.uint8), dtype="uint16"), None),
    "soft alpha": lambda rgb: (layer(rgb, disc(96, 120)), None),
    "masked": lambda rgb: (layer(rgb), disc(96, 120)),
    "masked, soft alpha, float": lambda rgb: (layer(rgb, disc(96, 120), "float32"), ramp(96, 120)[..., 0]),
    "one pixel": lambda rgb: (layer(rgb), np.pad(np.full((1, 1), 255, np.uint8), ((40, 55), (50, 69)))),
    "every other row of a larger one": lambda rgb: (layer(np.repeat(rgb, 2, 0))[::2], None),
}  # fmt: skip


FLAT = ("flat colour", "black", "white, 16 bits", "every other row of a larger one")


@pytest.mark.parametrize("kind", KINDS)
def test_any_layer(kind: str, engine: Engine, coffee: np.ndarray) -> None:
    pixels, mask = KINDS[kind](coffee[100:196, 200:320])
    result = shade(engine, pixels, mask, intensity="high" if kind in FLAT else "default")
    assert result.report["notes"] == []
    if kind != "one pixel":
        assert result.report["difference"]["changed"] > 0.1


def test_floats_outside_the_range_of_display_stay(engine: Engine) -> None:
    pixels = layer(waves(64, 64), dtype="float32")
    pixels[10, 10] = np.nan
    pixels[20, 20, :3] = (np.inf, -np.inf, 4.5)
    pixels[30, 30, :3] = -0.25
    kept = pixels.copy()
    result = engine.shade(Canvas(pixels), Options(quality="fast"), lambda *call: None)
    for row in (10, 20, 30):
        assert result.pixels[row, row].tobytes() == kept[row, row].tobytes()
    assert pixels.tobytes() == kept.tobytes()
    json.dumps(result.report, allow_nan=False)
    assert result.report["shift"]["mean"] > 0


@pytest.mark.parametrize("kind", ["transparent", "masked out", "transparent where not masked out"])
def test_nothing_to_shade_is_said(kind: str, engine: Engine) -> None:
    rgb, left = waves(60, 70), np.zeros((60, 70), np.uint8)
    left[:, :30] = 255
    pixels, mask = {
        "transparent": (layer(rgb, 0), None),
        "masked out": (layer(rgb), np.zeros((60, 70), np.uint8)),
        "transparent where not masked out": (layer(rgb, left), 255 - left),
    }[kind]
    result = shade(engine, pixels, mask)
    assert np.array_equal(result.pixels, pixels)
    assert [note["key"] for note in result.report["note_keys"]] == ["engine.all_hidden"]
    assert len(result.report["notes"]) == 1
    assert result.report["shift"]["mean"] == 0
    assert result.report["difference"] == {"psnr": None, "most": 0, "changed": 0}


def test_flat_areas_stay_unless_more_is_asked_for(engine: Engine, coffee: np.ndarray) -> None:
    rgb = coffee[100:196, 200:320].copy()
    rgb[:, :60] = (250, 240, 200)
    for intensity, spared in (("low", True), ("default", True), ("high", False)):
        result = shade(engine, layer(rgb), intensity=intensity)
        assert np.array_equal(result.pixels[:, :60], layer(rgb)[:, :60]) == spared, intensity
        assert not np.array_equal(result.pixels[:, 60:], layer(rgb)[:, 60:])
        notes = [{"key": "engine.flat_spared", "values": {"percent": 50}}] if spared else []
        assert result.report["note_keys"] == notes


def test_pixel_art_is_refused_unless_more_is_asked_for(engine: Engine) -> None:
    pixels = layer(waves(16, 20).repeat(4, 0).repeat(4, 1))
    with pytest.raises(Problem) as refusal:
        shade(engine, pixels)
    assert (refusal.value.key, refusal.value.code) == ("engine.pixel_art", Code.UNSUPPORTED)
    assert shade(engine, pixels, intensity="high").report["shift"]["mean"] > 0


def test_what_survives_purifiers_is_measured_if_asked(engine: Engine, coffee: np.ndarray) -> None:
    pixels = layer(coffee[100:228, 200:360])
    asked, plain = (shade(engine, pixels, survival=wanted) for wanted in (True, False))
    assert "survival" not in plain.report
    survival = asked.report["survival"]
    assert list(survival["views"]) == [purifier.name for purifier in PURIFIERS]
    assert survival["worst"] == min(survival["views"].values()) < asked.report["shift"]["mean"]
    assert np.array_equal(asked.pixels, plain.pixels)
    hidden = shade(engine, layer(coffee[:64, :64], 0), survival=True).report
    assert set(hidden["survival"]["views"].values()) == {0}


PHOTOGRAPHS = ("astronaut.png", "coffee.png", "rocket.jpg")


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_photographs_move_toward_the_anchor_the_more_the_stronger(
    name: str, engine: Engine, photograph: Callable[[str], np.ndarray]
) -> None:
    # At 16 bits: rounding to 8 makes the score jump where many pixels of a flat region move by one level at once.
    pixels = layer(photograph(name)[100:260, 150:320], dtype="uint16")
    results = {intensity: shade(engine, pixels, intensity=intensity) for intensity in FLOORS}
    means = [result.report["shift"]["mean"] for result in results.values()]
    scores = [result.report["visibility"]["ssimulacra2"] for result in results.values()]
    assert means[0] > 0.01
    assert means == sorted(means)
    assert means[-1] < 1
    assert all(share > 0 for result in results.values() for share in result.report["shift"]["views"].values())
    assert scores == sorted(scores, reverse=True)
    colours = [result.report["visibility"]["colour"] for result in results.values()]
    for intensity, score, colour in zip(FLOORS, scores, colours, strict=True):
        limits = LIMITS[intensity]
        assert score - limits.floor < 3 or colour > 0.9 * limits.colour, f"{intensity}: room was left"


def test_the_reported_shift_can_be_computed_again(engine: Engine, coffee: np.ndarray) -> None:
    """From nothing but the two layers, the anchor that the report names and the embedded encoder."""
    pixels = layer(coffee[100:220, 200:344])
    result = shade(engine, pixels)
    anchor = anchors.of_target(result.report["target"])
    facts = {"name": anchor.name, "file": anchor.file, "sha256": anchor.sha256, "source": "photograph"}
    assert result.report["anchor"] == facts
    encoder = embedded.load()
    before, after, there = (
        encoder(x) for x in (unit(pixels[..., :3]), unit(result.pixels[..., :3]), anchor.covering(120, 144))
    )
    shift = 1 - float((after - there).norm() / (before - there).norm())
    assert result.report["shift"]["views"]["none"] == pytest.approx(shift, abs=0.01)  # computed in bfloat16 there


def test_layers_larger_than_the_work_size(
    engine: Engine, astronaut: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """δ is enlarged, and its strength is found at the layer's size."""
    monkeypatch.setitem(RECIPES, "fast", Recipe(96, 12, RECIPES["fast"].views))
    pixels = layer(astronaut[:430, 30:470], disc(430, 440))
    result = shade(engine, pixels)
    assert min(result.report["work_size"]) == 96
    assert result.report["shift"]["mean"] > 0


def test_the_seed_decides(engine: Engine) -> None:
    pixels = layer(waves(72, 80))
    own, again = shade(engine, pixels), shade(Engine(), pixels)
    assert np.array_equal(own.pixels, again.pixels)
    assert own.report["seed"] == again.report["seed"]
    named = shade(engine, pixels, seed=own.report["seed"])
    assert np.array_equal(own.pixels, named.pixels)
    other = shade(engine, pixels, seed=7)
    assert other.report["seed"] == 7
    assert not np.array_equal(own.pixels, other.pixels)
    pixels[0, 0, 0] ^= 1
    assert shade(engine, pixels).report["seed"] != own.report["seed"]


def progress_of(engine: Engine, stop: Callable[[Call], bool], quality: str = "fast") -> list[Call]:
    """All calls until ``stop`` says so of one, at which ``Cancelled`` is raised; or all there are."""
    calls: list[Call] = []

    def on_progress(*call: Any) -> None:
        assert not stop_was_called
        calls.append(call)
        if stop(call):
            stop_was_called.append(True)
            raise Cancelled

    stop_was_called: list[bool] = []
    try:
        engine.shade(Canvas(layer(waves(64, 64))), Options(quality=quality), on_progress)
    except Cancelled:
        return calls
    assert not stop_was_called, "Cancelled was swallowed"
    return calls


@pytest.mark.parametrize("quality", ["fast", "default"])
def test_progress_tells_every_step_in_order(quality: str, engine: Engine) -> None:
    calls = progress_of(engine, lambda call: False, quality)
    steps = RECIPES[quality].steps
    stages = [call[0] for call in calls]
    assert list(dict.fromkeys(stages)) == ["preparing", "shading", "finishing"]
    assert set(stages) <= set(STAGES)
    assert {call[2] for call in calls} == {steps}
    counted = [call[1] for call in calls]
    assert counted == sorted(counted)
    assert set(counted) == set(range(steps + 1))
    assert all(0 <= call[3] < 1 for call in calls)
    assert calls[-1][3] > 0


@pytest.mark.parametrize("step", [1, 3, 6, RECIPES["fast"].steps])
def test_cancel_stops_within_the_step(step: int, engine: Engine) -> None:
    calls = progress_of(engine, lambda call: call[1] == step)
    assert calls[-1][1] == step
    assert [call[1] for call in calls].count(step) == 1


@pytest.mark.parametrize("stage", ["preparing", "finishing"])
def test_cancel_before_and_after_the_steps(stage: str, engine: Engine) -> None:
    assert progress_of(engine, lambda call: call[0] == stage)[-1][0] == stage


def test_the_engine_goes_on_after_a_cancel(engine: Engine) -> None:
    progress_of(engine, lambda call: call[1] == 2)
    assert shade(engine, layer(waves(40, 40))).report["notes"] == []
