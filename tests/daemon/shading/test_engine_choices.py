"""What the engine moves a picture toward, and with which encoders."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checked_shading import shade
from made_pictures import layer, waves
from PIL import Image
from random_encoders import save_kl, save_tiny

from daemon.shading import anchors, concepts
from daemon.shading import engine as engine_module
from daemon.shading.concepts import table
from daemon.shading.engine import STANDARD_SIDE, Engine, _photographs
from daemon.shading.recipes import RECIPES, Recipe
from shared.problem import Problem
from shared.protocol.messages import Code


def test_the_target_is_the_tables_or_the_artists(engine: Engine) -> None:
    pixels = layer(waves(64, 72))
    table, own = shade(engine, pixels, concept="dog"), shade(engine, pixels, concept="dog", target="rocket")
    assert (table.report["concept"], table.report["target"], own.report["target"]) == ("dog", "cat", "rocket")
    assert not np.array_equal(table.pixels, own.pixels)


def test_a_target_without_a_picture_is_said_to_have_none(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "TARGETS", (*concepts.TARGETS, "zebra"))
    monkeypatch.setattr(table, "STAND_INS", {"zebra": "cow"})
    report = shade(engine, layer(waves(64, 72)), target="zebra").report
    assert report["target"] == report["anchor"]["name"] == "cow"
    assert report["note_keys"] == [{"key": "engine.stand_in", "values": {"target": "zebra", "instead": "cow"}}]


def test_other_encoders_are_standardised_on_the_photographs() -> None:
    """Not on the drawings: their white would change what every encoder that somebody brings says."""
    seen = list(_photographs())
    assert len(seen) == len(concepts.PHOTOGRAPHS) == 11
    assert np.array_equal(seen[0], anchors.of_target("cat").covering(STANDARD_SIDE, STANDARD_SIDE))


def test_an_artists_own_anchor(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "my teapot.png"
    Image.fromarray(waves(90, 70, 5)).save(path)
    pixels = layer(waves(64, 72))
    result = shade(engine, pixels, anchor=str(path))
    assert result.report["target"] == "my teapot"
    assert result.report["anchor"] == {
        "name": "my teapot",
        "file": "my teapot.png",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "source": "file",
    }
    assert result.report["shift"]["mean"] > 0


@pytest.mark.parametrize(
    ("options", "key", "code"),
    [
        ({"target": "zebra"}, "engine.unknown_target", Code.UNSUPPORTED),
        ({"anchor": "missing.png"}, "engine.anchor_unreadable", Code.BAD_REQUEST),
        ({"encoders": ("missing",)}, "engine.encoder_missing", Code.MODEL_MISSING),
        ({"encoders": ("embedded", "missing")}, "engine.encoder_missing", Code.MODEL_MISSING),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(options: dict[str, Any], key: str, code: Code, engine: Engine) -> None:
    with pytest.raises(Problem) as refusal:
        shade(engine, layer(waves(16, 16)), **options)
    assert (refusal.value.key, refusal.value.code) == (key, code)
    assert refusal.value.sentence[0].isupper()
    assert refusal.value.sentence.endswith(".")
    assert refusal.value.hint.endswith(".")


def test_an_ensemble_of_foreign_encoders(engine: Engine, tmp_path: Path) -> None:
    names = (str(save_kl(tmp_path / "kl")), str(save_tiny(tmp_path / "tiny")), "embedded")
    pixels = layer(waves(48, 56))
    result = shade(engine, pixels, encoders=names)
    assert result.report["surrogates"] == list(names)
    assert result.report["shift"]["mean"] > 0
    assert not np.array_equal(result.pixels, shade(engine, pixels).pixels)


def test_best_finishes_on_the_large_encoders_that_were_fetched(
    engine: Engine, coffee: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RECIPES, "best", Recipe(96, 8, RECIPES["fast"].views, finish=4))
    pixels, large = layer(coffee[100:196, 200:320]), str(save_kl(tmp_path / "large"))
    without = shade(engine, pixels, quality="best")
    assert "finished_on" not in without.report
    monkeypatch.setattr(engine_module, "finishing", lambda: (large,))
    with_it = shade(engine, pixels, quality="best")
    assert with_it.report["surrogates"] == ["embedded"]
    assert with_it.report["finished_on"] == [large]
    assert not np.array_equal(with_it.pixels, without.pixels)
    assert "finished_on" not in shade(engine, pixels, quality="fast").report
    assert "finished_on" not in shade(engine, pixels, quality="best", encoders=("embedded",)).report
