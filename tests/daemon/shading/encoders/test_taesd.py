"""Encoders of the TAESD family, rebuilt from the numbering of their weights alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from random_encoders import taesd_state
from safetensors.torch import save_file

from daemon.shading.encoders import taesd

KINDS = {"8-fold": taesd_state(4), "8-fold, pooled": taesd_state(32, pooled=8), "32-fold": taesd_state(32, fold=32)}


def written(state: dict[str, torch.Tensor], path: Path) -> Path:
    if path.suffix == ".safetensors":
        save_file(state, path)
    else:
        torch.save(state, path)
    return path


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_encoder_comes_back(kind: str, suffix: str, tmp_path: Path) -> None:
    state = KINDS[kind]
    encoder = taesd.load(written(state, tmp_path / f"encoder{suffix}"))
    assert {key: value.shape for key, value in encoder.state_dict().items()} == {k: v.shape for k, v in state.items()}
    assert all(torch.equal(encoder.state_dict()[key], value) for key, value in state.items())
    assert not any(weight.requires_grad for weight in encoder.parameters())
    fold = 32 if kind == "32-fold" else 8
    latents = encoder(torch.rand(1, 3, 64, 96))
    assert latents.shape == (1, 4 if kind == "8-fold" else 32, 64 // fold, 96 // fold)
    assert torch.isfinite(latents).all()
    assert latents.std() > 0


def test_half_precision_files_are_used_in_float32(tmp_path: Path) -> None:
    halves = {key: value.half() for key, value in taesd_state(4).items()}
    encoder = taesd.load(written(halves, tmp_path / "encoder.pth"))
    assert encoder(torch.rand(1, 3, 16, 16)).dtype == torch.float32


def test_the_pooled_branch_sees_the_whole_picture() -> None:
    for pooled in (0, 8):
        encoder = taesd.build(taesd_state(4, pooled=pooled)).requires_grad_(False)
        x = torch.rand(1, 3, 256, 256, generator=torch.Generator().manual_seed(0))
        changed = x.clone()
        changed[..., :16, :16] = 1
        far = (encoder(changed) - encoder(x))[..., -8:, -8:]
        assert bool((far != 0).any()) == bool(pooled)


@pytest.mark.parametrize(
    "state",
    [{}, {"weight": torch.zeros(1)}, {"a.0.weight": torch.zeros(1)}, {"1.conv.0.weight": torch.zeros(8, 8, 3, 3)}],
    ids=["empty", "no numbers", "prefixed", "no first layer"],
)
def test_other_weights_are_refused(state: dict[str, torch.Tensor]) -> None:
    with pytest.raises(ValueError, match="TAESD"):
        taesd.build(state)


def test_a_missing_file_is_an_oserror(tmp_path: Path) -> None:
    for suffix in ("pth", "safetensors"):
        with pytest.raises(OSError, match="none"):
            taesd.load(tmp_path / f"none.{suffix}")


@pytest.mark.parametrize(("name", "fold"), [("taef2", 8), ("taesana", 32)])
def test_the_real_ones(name: str, fold: int, judges: Path) -> None:
    encoder = taesd.load(judges / f"{name}_encoder.pth")
    latents = encoder(torch.rand(1, 3, 64, 128))
    assert latents.shape == (1, 32, 64 // fold, 128 // fold)
    assert torch.isfinite(latents).all()
