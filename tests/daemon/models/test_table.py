"""The table of models as it ships."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
from safetensors.numpy import save

from daemon.models.store import Store
from daemon.models.table import SETS, Model, models, named
from daemon.shading.encoders.registry import READERS
from daemon.shading.encoders.table import ENCODERS, default, encoders, finishing, name_of

EACH = pytest.mark.parametrize("model", models().values(), ids=lambda model: model.name)


@EACH
def test_a_model_is_complete(model: Model) -> None:
    assert re.fullmatch(r"[a-z0-9-]+", model.name)
    assert model.name not in {*ENCODERS, *SETS}
    assert model.set in SETS
    assert model.family in READERS
    assert model.host in ("hub", "github")
    assert re.fullmatch(r"[\w.-]+/[\w.-]+", model.repository)
    assert model.revision == "main" or re.fullmatch("[0-9a-f]{40}", model.revision)
    assert model.stands_for
    assert model.licence
    assert model.scaling is None or model.scaling > 0


@EACH
def test_its_files_are_safe_to_load(model: Model) -> None:
    for file in model.files:
        path = PurePosixPath(file.path)
        assert not path.is_absolute()
        assert ".." not in path.parts
        assert file.bytes > 0
        assert file.sha256 is None or re.fullmatch("[0-9a-f]{64}", file.sha256)
        # Others hold code that runs when they are loaded; of a .pth only weights are loaded, and only a known one.
        assert path.suffix in (".json", ".safetensors") or (path.suffix == ".pth" and file.sha256)
    assert model.files[-1].path.endswith((".safetensors", ".pth")), "weights come last"
    assert len(model.files) == (1 if model.family == "taesd" else 2)


def test_sets() -> None:
    standard, full = named("standard"), named("full")
    assert {model.name for model in standard} < {model.name for model in full} == set(models())
    assert sum(model.bytes for model in standard) < 50e6, "what is offered at installation"
    assert not any(model.gated for model in standard)
    assert [model.name for model in named("taef2")] == ["taef2"]
    assert named("taef3") == []


def test_encoders_by_name_are_those_that_are_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLADONNA_HOME", str(tmp_path))
    assert list(encoders()) == list(ENCODERS)
    assert default() == ("embedded",)
    store = Store()
    for model in (models()["taesana"], models()["sd-vae"]):
        staging = store.staging(model)
        staging.mkdir(parents=True)
        for file in model.files:
            (staging / file.path).write_bytes(save({"x": np.zeros(1)}))
        monkeypatch.setattr(Store, "_hashes", lambda self, model: {})
        record = store.accept(model, "here")
        assert name_of(f"sha256:{record.files[-1].sha256}") is not None
    assert list(encoders()) == [*ENCODERS, "taesana", "sd-vae"]
    assert default() == ("taesana",), "only the tiny ones are quick enough for every step"
    assert finishing() == ("sd-vae",)
    assert encoders()["taesana"].path == store.place(models()["taesana"]) / "taesana_encoder.pth"
    assert encoders()["sd-vae"].path == store.place(models()["sd-vae"])
