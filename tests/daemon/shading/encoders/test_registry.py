"""Surrogates: what diffusers saves, what the TAESD family saves, and what is neither."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from made_pictures import unit, waves
from random_encoders import save_kl, save_tiny, taesd_state
from torch import Tensor

from daemon.shading import anchors, concepts, device
from daemon.shading.device import Device
from daemon.shading.encoders import registry, taesd
from daemon.shading.encoders.surrogate import Surrogate
from daemon.shading.encoders.table import EMBEDDED, ENCODERS
from shared.problem import Problem
from shared.protocol.messages import Code

ROOT = Path(__file__).parents[4]
EXACT = Device(torch.device("cpu"), torch.float32, "CPU (float32)")


def photographs() -> Iterator[Tensor]:
    for target in concepts.TARGETS[:4]:
        yield anchors.of_target(target).covering(64, 64)


def load(path: Path | str, on: Device = EXACT) -> Surrogate:
    return registry.load(str(path), on, photographs)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One of each kind on disk."""
    folder = tmp_path_factory.mktemp("surrogates")
    save_kl(folder / "pipeline" / "vae", seed=1)
    (folder / "pipeline" / "model_index.json").write_text('{"_class_name": "FluxPipeline"}')
    torch.save(taesd_state(4), folder / "plain.pth")
    torch.save(taesd_state(32, pooled=8), folder / "pooled.pth")
    torch.save(taesd_state(32, fold=32), folder / "fold32.pth")
    return {
        "kl": save_kl(folder / "kl"),
        "tiny": save_tiny(folder / "tiny"),
        "pipeline": folder / "pipeline",
        **{name: folder / f"{name}.pth" for name in ("plain", "pooled", "fold32")},
    }


FOLDS = {"kl": 4, "tiny": 8, "pipeline": 4, "plain": 8, "pooled": 8, "fold32": 32}


@pytest.mark.parametrize("kind", FOLDS)
def test_any_picture_gets_standardised_latents(kind: str, saved: dict[str, Path]) -> None:
    surrogate = load(saved[kind])
    latents = torch.cat([surrogate.encode(picture).flatten(2) for picture in photographs()], 2)
    assert latents.mean(2).abs().max() < 0.02
    assert (latents.std(2) - 1).abs().max() < 0.02
    for height, width in ((1, 1), (17, 41), (64, 96)):
        x = torch.rand(1, 3, height, width, requires_grad=True)
        latents = surrogate.encode(x)
        fold = FOLDS[kind]
        assert latents.shape[2:] == (-(-height // fold), -(-width // fold))
        assert latents.dtype == torch.float32
        (gradient,) = torch.autograd.grad(latents.square().sum(), x)
        assert torch.isfinite(gradient).all()
        assert (gradient != 0).any()


@pytest.mark.parametrize("kind", FOLDS)
def test_the_fastest_dtype_gives_about_the_same(kind: str, saved: dict[str, Path]) -> None:
    picture = unit(waves(64, 64))
    exact, fast = (load(saved[kind], on).encode(picture) for on in (EXACT, device.cpu()))
    assert torch.cosine_similarity(exact.flatten(), fast.flatten(), 0) > 0.98


def test_a_tiny_autoencoder_means_the_same_to_diffusers_and_to_us(saved: dict[str, Path]) -> None:
    """The same weights through diffusers and through our own reading of the TAESD family."""
    from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny

    autoencoder = AutoencoderTiny.from_pretrained(saved["tiny"])
    prefix = "encoder.layers."
    state = {k.removeprefix(prefix): v for k, v in autoencoder.state_dict().items() if k.startswith(prefix)}
    ours = Surrogate("ours", taesd.build(state), 8, EXACT)
    ours.standardise(photographs())
    picture = unit(waves(64, 80))
    torch.testing.assert_close(ours.encode(picture), load(saved["tiny"]).encode(picture), atol=1e-4, rtol=1e-4)


def test_only_the_encoder_stays_in_memory(saved: dict[str, Path]) -> None:
    for kind in ("kl", "tiny"):
        assert not any("decoder" in name for name, _ in load(saved[kind]).module.named_parameters())


def test_two_loads_are_the_same_surrogate(saved: dict[str, Path]) -> None:
    picture = unit(waves(32, 32))
    assert torch.equal(load(saved["kl"]).encode(picture), load(saved["kl"]).encode(picture))
    assert not torch.equal(load(saved["kl"]).encode(picture), load(saved["pipeline"]).encode(picture))


def test_the_embedded_one_needs_no_pictures() -> None:
    def none() -> Iterator[Tensor]:
        raise AssertionError("not asked for")

    surrogate = registry.load(EMBEDDED, EXACT, none)
    assert surrogate.encode(torch.rand(1, 3, 17, 41)).shape == (1, 32, 3, 6)


@pytest.mark.parametrize("name", ENCODERS)
def test_every_name_of_the_table_can_be_loaded(name: str) -> None:
    entry = ENCODERS[name]
    assert entry.family in registry.READERS
    assert entry.licence
    assert entry.stands_for
    surrogate = load(name)
    assert surrogate.name == name
    assert surrogate.bytes > 1_000_000
    assert load(f"sha256:{entry.sha256}").name == name
    assert not entry.path.is_file() or hashlib.sha256(entry.path.read_bytes()).hexdigest() == entry.sha256


@pytest.mark.parametrize("reference", ["sha256:" + "0" * 64, "sha256:", "taef9"])
def test_an_unknown_name_or_digest(reference: str) -> None:
    with pytest.raises(Problem) as refusal:
        load(reference)
    assert (refusal.value.key, refusal.value.code) == ("engine.encoder_missing", Code.MODEL_MISSING)


def test_a_name_goes_before_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / EMBEDDED).mkdir()
    assert load(EMBEDDED).name == EMBEDDED
    with pytest.raises(Problem) as refusal:
        load(tmp_path / EMBEDDED)
    assert refusal.value.key == "engine.no_encoder_inside"


def test_a_relative_path_is_no_path(saved: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker's folder isn't the artist's."""
    monkeypatch.chdir(saved["kl"].parent)
    for path in ("kl", "./kl"):
        with pytest.raises(Problem) as refusal:
            load(path)
        assert refusal.value.key == "engine.encoder_missing"


def test_the_names_are_known_without_torch() -> None:
    script = "import sys; from daemon.shading.encoders.table import ENCODERS; print(*ENCODERS, 'torch' in sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    assert found.stdout.split() == [*ENCODERS, "False"]


@pytest.mark.parametrize("config", ["UNet2DConditionModel", "AutoencoderKLLTXVideo", "", None, 7, ["AutoencoderKL"]])
def test_other_models_are_unsupported(config: object, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"_class_name": config}))
    with pytest.raises(Problem) as refusal:
        load(tmp_path)
    assert refusal.value.key == ("engine.encoder_unsupported" if config else "engine.encoder_unknown")
    assert refusal.value.code is Code.UNSUPPORTED
    assert refusal.value.values["folder"] == str(tmp_path)
    assert str(refusal.value.values.get("kind", "")) == str(config or "")


@pytest.mark.parametrize("config", [None, b"", b"\xff\xfe\x00", b"{", b"[]", b"null", b'"AutoencoderKL"', b"7"])
def test_a_folder_without_a_config_holds_no_encoder(config: bytes | None, tmp_path: Path) -> None:
    if config is not None:
        (tmp_path / "config.json").write_bytes(config)
    with pytest.raises(Problem) as refusal:
        load(tmp_path)
    assert (refusal.value.key, refusal.value.code) == ("engine.no_encoder_inside", Code.MODEL_MISSING)
    assert refusal.value.values == {"folder": str(tmp_path)}


@pytest.mark.parametrize("harm", ["missing", "cut off", "garbage", "of another shape", "wild config"])
@pytest.mark.parametrize("kind", ["kl", "tiny"])
def test_weights_that_cannot_be_used(kind: str, harm: str, tmp_path: Path) -> None:
    folder = save_kl(tmp_path / "m") if kind == "kl" else save_tiny(tmp_path / "m")
    weights, config = folder / "diffusion_pytorch_model.safetensors", folder / "config.json"
    assert weights.is_file()
    if harm == "missing":
        weights.unlink()
    elif harm == "cut off":
        weights.write_bytes(weights.read_bytes()[:3000])
    elif harm == "garbage":
        weights.write_bytes(b"garbage" * 100)
    elif harm == "of another shape":
        config.write_text(config.read_text().replace('"latent_channels": 4', '"latent_channels": 16'))
    else:
        wild = {**json.loads(config.read_text()), "block_out_channels": "many", "encoder_block_out_channels": "many"}
        config.write_text(json.dumps(wild))
    with pytest.raises(Problem) as refusal:
        load(folder)
    assert (refusal.value.key, refusal.value.code) == ("engine.weights_damaged", Code.MODEL_MISSING)
    assert refusal.value.values["folder"] == str(folder)


@pytest.mark.parametrize("path", ["nowhere", "~nobody-has-this-name/vae", "\0", "x" * 5000, ""])
def test_a_path_where_nothing_is(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Problem) as refusal:
        load(path)
    assert (refusal.value.key, refusal.value.code) == ("engine.encoder_missing", Code.MODEL_MISSING)


@pytest.mark.parametrize("name", ["model.pth", "model.safetensors", "model.ckpt"])
@pytest.mark.parametrize("content", [b"", b"garbage" * 100, b"PK\x03\x04 no archive"])
def test_a_file_that_is_no_encoder(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Problem) as refusal:
        load(tmp_path / name)
    assert (refusal.value.key, refusal.value.code) == ("engine.no_taesd_encoder", Code.MODEL_MISSING)
    assert refusal.value.values == {"path": str(tmp_path / name)}


def test_a_checkpoint_of_something_else(tmp_path: Path) -> None:
    for index, content in enumerate(({"weight": torch.zeros(3)}, [1, 2], torch.zeros(4))):
        torch.save(content, tmp_path / f"{index}.pth")
        with pytest.raises(Problem) as refusal:
            load(tmp_path / f"{index}.pth")
        assert refusal.value.key == "engine.no_taesd_encoder"


@pytest.mark.parametrize(("name", "fold"), [("taef2", 8), ("taesana", 32)])
def test_the_real_ones(name: str, fold: int, judges: Path) -> None:
    surrogate = load(judges / f"{name}_encoder.pth")
    assert surrogate.encode(torch.rand(1, 3, 65, 64)).shape == (1, 32, -(-65 // fold), 64 // fold)


SHADE_AND_LIST = """
import sys
import numpy as np
from daemon.shading.engine import Engine, Canvas
from shared.protocol.messages import Options
pixels = np.random.default_rng(0).integers(0, 255, (48, 48, 4), np.uint8)
Engine().shade(Canvas(pixels), Options(quality="fast"), lambda *progress: None)
print(*sorted(sys.modules))
"""


def test_shading_with_the_embedded_surrogate_needs_neither_diffusers_nor_skimage() -> None:
    result = subprocess.run(
        [sys.executable, "-c", SHADE_AND_LIST],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    loaded = {name.split(".")[0] for name in result.stdout.split()}
    assert {"torch", "safetensors"} <= loaded
    assert loaded.isdisjoint({"diffusers", "transformers", "skimage", "scipy"})
