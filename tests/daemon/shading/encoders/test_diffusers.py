"""Folders of diffusers: each class means the same to us as to diffusers, and nothing but the encoder is taken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from made_pictures import unit, waves
from random_encoders import AUTOENCODERS, autoencoder, save
from safetensors.torch import load_file, save_file
from torch import Tensor

from daemon.shading import device
from daemon.shading.device import Device
from daemon.shading.encoders import diffusers, latents
from daemon.shading.encoders.surrogate import Surrogate
from shared.problem import Problem
from shared.protocol.messages import Code

EXACT = Device(torch.device("cpu"), torch.float32, "CPU (float32)")
REDUCTION = {"KL": 4, "FLUX.2": 8, "Tiny": 8, "DC": 32, "Qwen": 8, "Wan 2.1": 8, "Wan 2.2": 16}
FILMS = ("Qwen", "Wan 2.1", "Wan 2.2")
LARGE = ("KL", "FLUX.2", "DC", *FILMS)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("autoencoders")
    return {name: save(name, folder / name) for name in AUTOENCODERS}


def load(folder: Path, on: Device = EXACT) -> Surrogate:
    encoder = diffusers.read(folder)
    return Surrogate(folder.name, encoder.module, encoder.multiple, on)


def by_diffusers(model: Any, x: Tensor) -> Tensor:
    """The mean of the latents as diffusers itself gives it."""
    film = hasattr(model.config, "dim_mult")
    with torch.no_grad():
        encoded = model.encode((x.unsqueeze(2) if film else x) * 2 - 1)
        for field in ("latents", "latent"):
            if hasattr(encoded, field):
                return encoded[field]
        mean = encoded.latent_dist.mode()
    return mean.squeeze(2) if film else mean


@pytest.mark.parametrize("name", AUTOENCODERS)
def test_it_means_the_same_to_diffusers(name: str, saved: dict[str, Path]) -> None:
    x = unit(waves(64, 96))
    ours = load(saved[name]).encode(x)
    theirs = by_diffusers(autoencoder(name), x)
    assert ours.shape == theirs.shape
    assert ours.std() > 1e-3
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-3)


@pytest.mark.parametrize("name", AUTOENCODERS)
def test_the_reduction_is_that_of_the_class(name: str, saved: dict[str, Path]) -> None:
    surrogate = load(saved[name])
    assert surrogate.multiple == REDUCTION[name]
    for height, width in ((1, 1), (33, 70), (64, 96)):
        x = torch.rand(1, 3, height, width, requires_grad=True)
        found = surrogate.encode(x)
        assert found.shape[2:] == (-(-height // REDUCTION[name]), -(-width // REDUCTION[name]))
        (gradient,) = torch.autograd.grad(found.square().sum(), x)
        assert torch.isfinite(gradient).all()
        assert (gradient != 0).any()


@pytest.mark.parametrize("name", AUTOENCODERS)
def test_bfloat16_gives_about_the_same(name: str, saved: dict[str, Path]) -> None:
    x = unit(waves(64, 64))
    low = Device(torch.device("cpu"), torch.bfloat16, "CPU (bfloat16)")
    exact, fast = (load(saved[name], on).encode(x).flatten() for on in (EXACT, low))
    assert torch.cosine_similarity(exact - exact.mean(), fast - fast.mean(), 0) > 0.98


@pytest.mark.parametrize("name", AUTOENCODERS)
def test_only_the_encoder_is_taken(name: str, saved: dict[str, Path]) -> None:
    module = load(saved[name]).module
    names = [key for key, _ in module.named_parameters()]
    assert all(key.startswith(diffusers.PARTS) for key in names)
    assert not any("time_conv" in key for key in names)
    ours, whole = (sum(weight.numel() for weight in each.parameters()) for each in (module, autoencoder(name)))
    assert ours < 0.6 * whole


def test_a_damaged_decoder_does_no_harm(saved: dict[str, Path], tmp_path: Path) -> None:
    folder = save("DC", tmp_path / "dc")
    weights = load_file(folder / diffusers.WEIGHTS)
    save_file({key: value for key, value in weights.items() if key.startswith("encoder")}, folder / diffusers.WEIGHTS)
    x = unit(waves(32, 32))
    assert torch.equal(load(folder).encode(x), load(saved["DC"]).encode(x))


@pytest.mark.parametrize("harm", ["one is missing", "one too many", "of another shape"])
@pytest.mark.parametrize("name", AUTOENCODERS)
def test_weights_that_do_not_fit(name: str, harm: str, tmp_path: Path) -> None:
    folder = save(name, tmp_path / "model")
    weights = load_file(folder / diffusers.WEIGHTS)
    key = next(key for key in weights if key.startswith("encoder") and key.endswith("weight"))
    if harm == "one is missing":
        del weights[key]
    elif harm == "one too many":
        weights["encoder.more.weight"] = torch.zeros(3)
    else:
        weights[key] = weights[key][:-1].contiguous()
    save_file(weights, folder / diffusers.WEIGHTS)
    with pytest.raises(Problem) as refusal:
        diffusers.read(folder)
    assert (refusal.value.key, refusal.value.code) == ("engine.weights_damaged", Code.MODEL_MISSING)


@pytest.mark.parametrize("name", ["DC", "Wan 2.2"])
def test_a_pipeline_has_its_encoder_in_vae(name: str, saved: dict[str, Path], tmp_path: Path) -> None:
    save(name, tmp_path / "vae")
    (tmp_path / "model_index.json").write_text('{"_class_name": "SomePipeline"}')
    x = unit(waves(32, 48))
    assert torch.equal(load(tmp_path).encode(x), load(saved[name]).encode(x))


@pytest.mark.parametrize("name", ["KL", "Qwen"])
def test_older_folders_with_a_pickle(name: str, saved: dict[str, Path], tmp_path: Path) -> None:
    autoencoder(name).save_pretrained(tmp_path, safe_serialization=False)
    assert not (tmp_path / diffusers.WEIGHTS).exists()
    x = unit(waves(32, 48))
    assert torch.equal(load(tmp_path).encode(x), load(saved[name]).encode(x))


def test_older_names_of_the_attention_and_half_precision(saved: dict[str, Path], tmp_path: Path) -> None:
    folder = save("KL", tmp_path / "kl")
    weights = load_file(folder / diffusers.WEIGHTS)
    for old, new in diffusers.OLD_NAMES.items():
        weights = {key.replace(new, old): value.half() for key, value in weights.items()}
    assert any(".proj_attn." in key for key in weights)
    save_file(weights, folder / diffusers.WEIGHTS)
    x = unit(waves(32, 48))
    torch.testing.assert_close(load(folder).encode(x), load(saved["KL"]).encode(x), atol=1e-2, rtol=1e-2)


@pytest.mark.parametrize(
    "kind", ["AutoencoderKLHunyuanVideo", "AsymmetricAutoencoderKL", "VQModel", 7, ["AutoencoderKL"]]
)
def test_a_class_that_is_not_supported(kind: object, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"_class_name": kind}))
    with pytest.raises(Problem) as refusal:
        diffusers.read(tmp_path)
    assert (refusal.value.key, refusal.value.code) == ("engine.encoder_unsupported", Code.UNSUPPORTED)
    assert refusal.value.values["known"] == ", ".join(diffusers.CLASSES)


def remembered(surrogate: Surrogate, x: Tensor) -> tuple[int, Tensor]:
    """(bytes kept for the way back, gradient at the picture)."""
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    x = x.clone().requires_grad_(True)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        distance = surrogate.encode(x).square().sum()
    return sum(kept.values()), torch.autograd.grad(distance, x)[0]


@pytest.mark.parametrize("name", LARGE)
def test_large_blocks_are_computed_again(name: str, saved: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    surrogate, x = load(saved[name]), unit(waves(96, 96))
    all_kept, gradient = remembered(surrogate, x)
    monkeypatch.setattr(latents, "LARGE", 1)
    less_kept, same = remembered(surrogate, x)
    assert less_kept < 0.6 * all_kept
    assert torch.equal(same, gradient)
    with torch.no_grad():
        assert torch.equal(surrogate.encode(x), surrogate.encode(x))


@pytest.mark.parametrize("name", FILMS)
def test_a_picture_is_no_film(name: str, saved: dict[str, Path]) -> None:
    """A third of the kernels: nothing of them is five-dimensional any more."""
    module = load(saved[name], device.cpu()).module
    assert all(weight.dim() <= 4 for weight in module.parameters())


def photographs() -> Iterator[Tensor]:
    for seed in range(3):
        yield unit(waves(64, 64, seed))


@pytest.mark.parametrize("name", AUTOENCODERS)
def test_latents_can_be_standardised(name: str, saved: dict[str, Path]) -> None:
    surrogate = load(saved[name])
    surrogate.standardise(photographs())
    found = torch.cat([surrogate.encode(x).flatten(2) for x in photographs()], 2)
    assert found.mean(2).abs().max() < 0.02
    assert (found.std(2) - 1).abs().max() < 0.05
