"""The bench of methods in small: what it scales, purifies, judges and adds up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from daemon.shading import anchors, concepts
from tests.bench import jury
from tests.bench.methods import noise
from tests.bench.methods.scaled import changed, scorer, to_floor
from tests.bench.strength import comparison, lines, plot, purify, visible
from tests.bench.strength.adverse_cleaner import cleaned
from tests.bench.strength.drawn import DRAWN
from tests.bench.strength.pipelines import VIEWS
from tests.proof.places import MODELS, READERS

judged = pytest.mark.skipif(not (MODELS / "taef2_encoder.pth").exists(), reason=f"no judges' weights in {MODELS}")


@pytest.fixture
def picture() -> Image.Image:
    """A piece of a photograph, large enough for the independent SSIMULACRA2."""
    return Image.open(anchors.photographs.folder() / "coffee.png").convert("RGB").crop((100, 40, 356, 280))


@pytest.mark.parametrize("floor", [90.0, 70.0])
def test_a_change_is_brought_to_the_floor_by_somebody_elses_metric(picture: Image.Image, floor: float) -> None:
    shaded = to_floor(picture, noise.direction(picture, "cat", floor).levels, floor)
    assert floor <= jury.ssimulacra2(picture, shaded) < floor + 0.6
    assert scorer(picture)(shaded) == pytest.approx(floor, abs=1.5)


def test_half_a_level_stays_half_a_level_and_nothing_stays_nothing(picture: Image.Image) -> None:
    one = np.ones((picture.height, picture.width, 3), np.float32)
    before = np.minimum(np.asarray(picture, np.float32), 250)
    after = np.asarray(changed(Image.fromarray(before.astype(np.uint8)), one, 0.5), np.float32)
    assert (after - before).mean() == pytest.approx(0.5, abs=0.01)
    assert changed(picture, one, 0.0).tobytes() == picture.tobytes()


def test_alpha_and_what_it_hides_are_kept() -> None:
    sticker = DRAWN["sticker"][0](96)
    after = np.array(changed(sticker, np.full((96, 96, 3), 5.0, np.float32), 1.0))
    before = np.array(sticker)
    hidden = before[..., 3] == 0
    assert 0.1 < hidden.mean() < 0.9
    assert np.array_equal(after[..., 3], before[..., 3])
    assert np.array_equal(after[hidden], before[hidden])
    assert not np.array_equal(after[~hidden], before[~hidden])


@pytest.mark.parametrize("name", [name for name in purify.PURIFIERS if name != "TAEF2 round trip"])
def test_purifiers_keep_the_size_and_the_picture_and_take_noise_away(picture: Image.Image, name: str) -> None:
    smooth = DRAWN["gradient"][0](72)
    noisy = changed(smooth, noise.direction(smooth, "cat", 70.0).levels, 2.0)
    pure = purify.PURIFIERS[name](noisy)
    assert (pure.mode, pure.size) == ("RGB", smooth.size)
    errors = [np.asarray(image, np.float32) - np.asarray(smooth, np.float32) for image in (noisy, pure)]
    assert np.square(errors[1]).mean() < np.square(errors[0]).mean()
    assert purify.PURIFIERS[name](noisy).tobytes() == pure.tobytes(), "chance must draw the same"


@judged
def test_the_round_trip_keeps_a_size_that_fits_no_block(picture: Image.Image) -> None:
    odd = picture.crop((0, 0, 71, 50))
    pure = purify.PURIFIERS["TAEF2 round trip"](odd)
    assert pure.size == odd.size
    assert 1 < np.abs(np.asarray(pure, np.float32) - np.asarray(odd, np.float32)).mean() < 20


def test_adverse_cleaner_keeps_edges() -> None:
    edge = np.zeros((24, 24, 3), np.float32)
    edge[:, 12:] = 1
    assert np.abs(cleaned(edge) - edge).max() < 0.02


def test_views_show_the_picture_in_other_sizes_and_quality(picture: Image.Image) -> None:
    seen = {name: through(picture) for name, through in VIEWS.items()}
    assert seen["none"].tobytes() == picture.tobytes()
    assert seen["×0.5"].size == (picture.width // 2, picture.height // 2)
    assert len({image.tobytes() for image in seen.values()}) == len(VIEWS) - (min(picture.size) > 256)
    assert all(image.mode == "RGB" for image in seen.values())


def test_pieces_cover_the_picture_and_stay_inside() -> None:
    covered = np.zeros((300, 520), bool)
    for left, top, right, bottom in visible.pieces((520, 300), 256, 128):
        assert (right - left, bottom - top) == (256, 256)
        covered[top:bottom, left:right] = True
    assert covered.all()
    assert visible.pieces((40, 30), 64, 32) == [(0, 0, 40, 30)]


def test_the_worst_piece_is_where_the_change_is(picture: Image.Image) -> None:
    spoilt = picture.copy()
    spoilt.paste((255, 0, 255), (10, 10, 74, 74))
    figures = visible.Sight(picture).measured(spoilt)
    assert figures["worst tile"] <= figures["SSIMULACRA2"] + 1
    assert figures["worst ΔE"] > 20
    assert visible.Sight(picture).measured(picture) == {
        "SSIMULACRA2": pytest.approx(100),
        "by ours": pytest.approx(100, abs=0.1),  # in floats of 32 bits, equal structure isn't quite 1
        "worst tile": pytest.approx(100, abs=0.1),
        "FLIP": pytest.approx(0, abs=1e-6),
        "worst ΔE": 0,
        "PNG": 1,
        "JPEG": 1,
    }


@pytest.mark.parametrize("name", DRAWN)
def test_drawn_pictures_are_the_same_each_time_and_show_something(name: str) -> None:
    draw, target = DRAWN[name]
    image = draw(128)
    assert image.size == (128, 128)
    assert image.tobytes() == draw(128).tobytes()
    assert len(image.convert("RGB").getcolors(128 * 128) or []) > 8
    assert target in concepts.TARGETS


def row(picture: str, arm: str, shift: float, purified: dict[str, float]) -> dict[str, Any]:
    numbers = dict.fromkeys(lines.PLAIN, 1.0)
    views = {"none": shift, "JPEG 75": shift / 2}
    score = dict.fromkeys(purified, 60.0)
    named = {"picture": picture, "arm": arm, "encoders": "embedded", "floor": 80.0}
    return {**numbers, **named, "views": views, "purified": purified, "purified score": score, "unseen": shift}


def test_lines_compare_only_pictures_that_all_methods_have() -> None:
    rows = [
        row("a", "reference, 4 steps", 0.1, {"TV 0.1": 0.01, "JPEG 50": 0.04}),
        row("a", "ours", 0.2, {"TV 0.1": 0.05, "JPEG 50": 0.03}),
        row("b", "ours", 0.9, {"TV 0.1": 0.9, "JPEG 50": 0.9}),
    ]
    reference, ours = lines.lines(rows)
    assert (ours["pictures"], ours["shift"]) == (1, pytest.approx(0.15))
    assert (ours["view"], ours["worst view"]) == ("JPEG 75", pytest.approx(0.1))
    assert (reference["purifier"], ours["purifier"]) == ("TV 0.1", "JPEG 50")
    ((*_, name, shift, view, purifier, unseen, seconds),) = lines.against_reference([reference, ours])
    assert name == "ours"
    assert [shift, view, purifier, unseen, seconds] == [pytest.approx(x) for x in (2, 2, 3, 2, 1)]


def test_lines_compare_only_purifiers_that_all_rows_have() -> None:
    full, quick = {"TV 0.1": 0.01, "JPEG 50": 0.04}, {"JPEG 50": 0.08}
    rows = [row("a", "reference, 4 steps", 0.1, full), row("a", "ours", 0.2, quick)]
    assert [one["worst purifier"] for one in lines.lines(rows)] == [0.04, 0.08]


def test_a_picture_that_one_method_refuses_counts_for_none() -> None:
    rows = [row(name, arm, 0.1, {"TV 0.1": 0.01}) for name in ("a", "b") for arm in ("ours", "noise")]
    refused = {key: rows[0][key] for key in ("picture", "arm", "encoders", "floor")} | {"refused": "engine.pixel_art"}
    assert [one["pictures"] for one in lines.lines([refused, *rows[1:]])] == [1, 1]


def test_the_plot_has_a_picture_for_each_set_of_encoders(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra “proof” draws plots")
    rows = [row("a", arm, 0.1, {"TV 0.1": 0.01}) for arm in ("ours, default", "noise")]
    sizes = []
    for sets in (["embedded"], ["embedded", "taef2"]):
        plot.draw(lines.lines([{**one, "encoders": name} for one in rows for name in sets]), tmp_path / "plot.png")
        with Image.open(tmp_path / "plot.png") as drawn:
            sizes.append(drawn.size)
    assert sizes[1] == (2 * sizes[0][0], sizes[0][1])


@judged
@pytest.mark.skipif(not READERS.exists(), reason=f"no readers in {READERS}")
def test_a_run_in_small_goes_on_where_it_was_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = tmp_path / "rows.jsonl"
    small = ["--quick", "--side", "64", "--steps", "1", "--count", "1", "--rows", str(rows), "--purifiers", "JPEG 50"]
    assert comparison.main([*small, "--methods", "noise"]) == 0
    assert comparison.main([*small, "--methods", "noise", "reference"]) == 0
    found = [json.loads(line) for line in rows.read_text("utf-8").splitlines()]
    assert [one["arm"] for one in found] == ["noise", "reference, 1 steps"]
    assert all(one["SSIMULACRA2"] >= 79.9 for one in found)
    assert found[1]["views"]["none"] > found[0]["views"]["none"]
    assert "| embedded | 80 | reference, 1 steps | 1 |" in capsys.readouterr().out
