"""The proof in small: every part runs, and what can be known beforehand is right. The long runs are started by hand."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.proof import data, places
from tests.proof.judging.reading import Reading, read, wilson
from tests.proof.latents import SHAPE, Space
from tests.proof.model.flow import Flow, patches, unpatched
from tests.proof.model.sample import sample
from tests.proof.model.train import Lesson, train
from tests.proof.poison.arm import Arm, blend, label
from tests.proof.poison.attacks import ATTACKS, Attacker
from tests.proof.poison.blends import lesson, shift
from tests.proof.poison.reference import attack
from tests.proof.poison.runs import RUNS
from tests.proof.presets import GUIDANCE, PRESETS
from tests.proof.proof import Proof
from tests.proof.replica import run
from tests.proof.report.rows import results, rows
from tests.proof.report.table import HEAD, markdown

SMOKE = PRESETS["smoke"]
NAMES = ("apple", "bus", "cat")


@pytest.fixture
def latents() -> torch.Tensor:
    """Three classes of six pictures, each about its own mean."""
    torch.manual_seed(0)
    return (torch.randn(3, 6, 2, *SHAPE) + torch.arange(3)[:, None, None, None, None, None]).half()


@pytest.fixture(scope="module")
def space() -> Space:
    try:
        return Space("taef2")
    except places.Missing as missing:
        pytest.skip(str(missing))


def test_tokens_go_back_to_where_they_came_from() -> None:
    z = torch.randn(2, *SHAPE)
    assert torch.equal(unpatched(patches(z)), z)


def test_a_blend_has_the_shift_that_it_was_asked_for(latents: torch.Tensor) -> None:
    anchor = latents[1, 0]
    arms = {"cat": Arm("blend", 0.5, 0.4, "one", pictures=6), "bus": Arm(pictures=6)}
    taught = lesson(latents, NAMES, arms, "bus", {"one": anchor}, _no_attack, torch.Generator().manual_seed(0))
    before, after = latents[2, :, 0].float(), taught.latents[0, :, 0].float()
    moved = shift(before, after, anchor[0].float())
    assert moved[:3].tolist() == pytest.approx([0.4] * 3, abs=0.01)
    assert torch.equal(after[3:], before[3:])
    assert torch.equal(taught.latents[1], latents[1])


def test_a_dirty_label_is_the_target_itself(latents: torch.Tensor) -> None:
    arm = dataclasses.replace(label(1.0), pictures=6)
    taught = lesson(latents, NAMES, {"cat": arm}, "bus", {}, _no_attack, torch.Generator().manual_seed(0))
    assert sorted(taught.latents[0, :, 0, 0, 0, 0].tolist()) == sorted(latents[1, :, 0, 0, 0, 0].tolist())


def _no_attack(concept: str, target: str, arm: Arm) -> torch.Tensor:
    raise AssertionError("no arm asked for an attack")


def test_a_replica_learns_and_goes_on_where_it_was_stopped(latents: torch.Tensor, tmp_path: Path) -> None:
    taught = Lesson(latents, torch.tensor([6, 6, 6]))
    preset = dataclasses.replace(SMOKE, epochs=0.1)  # nine steps
    whole, minutes = train(taught, preset, 1, tmp_path / "whole.pt")
    again, _ = train(taught, preset, 1, tmp_path / "whole.pt")
    assert minutes > 0
    painted = [sample(model, 0, 4, 3.0, 2, 1) for model in (whole, again)]
    assert torch.equal(*painted)
    assert painted[0].shape == (4, *SHAPE)
    step = torch.load(tmp_path / "whole.pt", weights_only=True)["step"]
    assert step == preset.steps(3) == 9


def test_an_untrained_model_says_zero_and_paints_it() -> None:
    z = sample(Flow(32, 1, 3).eval(), 0, 16, 3.0, 40, seed=3)
    assert float(z.std()) < 0.1


def test_a_judge_counts_groups() -> None:
    def judge(z: torch.Tensor) -> torch.Tensor:
        return torch.tensor([[0.4, 0.35, 0.25], [0.3, 0.4, 0.3], [0.1, 0.1, 0.8]])

    together = torch.tensor([0, 1, 0])
    assert read(judge, torch.zeros(3, *SHAPE), 0, 1, together) == Reading(3, 3, 0)
    assert read(judge, torch.zeros(3, *SHAPE), 0, 1, torch.arange(3)) == Reading(3, 1, 1)


def test_wilson_as_published() -> None:
    # Newcombe 1998, table I, method 3: 81 of 263 and 0 of 20
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)


@pytest.mark.parametrize("name", sorted(RUNS))
def test_every_run_has_its_controls(name: str) -> None:
    for seed in (1, 2, 3):
        arms = RUNS[name].arms(seed)
        clean = [concept for concept, arm in arms.items() if arm.kind == "clean"]
        assert RUNS[name].target in clean
        assert len(clean) > RUNS[name].controls >= 4
    assert blend(0.5, "one") in RUNS["dose-all"].arms(1).values()


def test_the_reference_method_moves_pictures_and_keeps_its_limit(
    space: Space, photograph: Callable[[str], np.ndarray]
) -> None:
    def small(name: str) -> torch.Tensor:
        return torch.from_numpy(photograph(name)[:256:4, :256:4]).permute(2, 0, 1)

    picture, anchor = small("coffee.png"), small("chelsea.png")
    changed = attack(space, picture[None], anchor, 8, 6)[0]
    assert int((changed.int() - picture.int()).abs().max()) <= 8
    before, after, goal = (space.encode_all(x[None]) for x in (picture, changed, anchor))
    assert float(shift(before, after, goal[0])) > 0.1


def test_several_processes_attack_as_one_does(
    space: Space, photograph: Callable[[str], np.ndarray], tmp_path: Path
) -> None:
    tiles = torch.from_numpy(photograph("coffee.png")[:64, :192]).permute(2, 0, 1).split(64, 2)
    pictures = data.Pictures(("coffee",), torch.stack(tiles)[None].contiguous(), torch.stack(tiles)[None])
    noise = ATTACKS["noise at SSIMULACRA2 70"]
    one, two = (
        Attacker(pictures, space, tmp_path / f"{processes}", 2, processes=processes).changed("coffee", "cat", noise, 3)
        for processes in (1, 2)
    )
    assert torch.equal(one, two)
    assert not torch.equal(one, pictures.train[0])


def test_latents_turn_back_into_the_picture(space: Space, coffee: np.ndarray) -> None:
    picture = torch.from_numpy(coffee[:256, :256]).permute(2, 0, 1)[None].contiguous()
    decoded = space.decode(space.encode_all(picture))
    assert float((decoded - data.unit(picture)).square().mean()) < 0.01


def test_pictures_are_read_and_their_absence_is_said(tmp_path: Path) -> None:
    with pytest.raises(places.Missing, match="Tiny-ImageNet"):
        data.load(tmp_path, tmp_path / "nowhere")


def test_a_whole_run_in_small(tmp_path: Path) -> None:
    try:
        proof = Proof.open(tmp_path, SMOKE, "taef2")
        run(proof, "dose-all", 1, tmp_path / "dose-all-taef2-seed1.json")
    except places.Missing as missing:
        pytest.skip(str(missing))
    (written,) = results(tmp_path)
    arms = {arm["concept"]: arm for arm in written["arms"]}
    assert list(arms) == list(RUNS["dose-all"].arms(1))
    for arm in arms.values():
        if arm["kind"] == "blend" and arm["anchors"] == "one":
            assert arm["set"]["shift"] == pytest.approx(arm["dose"], abs=0.01)
        counts = [reading["count"] for reading in arm["latent"].values()]
        assert counts == [SMOKE.samples] * len(GUIDANCE)
        assert arm["pixel"]["3"]["count"] == SMOKE.seen


def _arm(concept: str, kind: str, read_as: int, accuracy: float) -> dict:
    reading = {"count": 10, "itself": 10 - read_as, "target": read_as}
    row = {"concept": concept, "arm": kind, "kind": kind, "share": 1.0, "dose": 0.5, "anchors": "", "attack": ""}
    row["pictures"] = 60
    by_guidance = {"1": reading, "3": reading, "7": reading}
    return {**row, "set": {**reading, "shift": 0.5}, "judges": {"latent": accuracy}, "latent": by_guidance, "pixel": {}}


def test_the_table_adds_seeds_up_and_keeps_badly_read_classes_apart() -> None:
    arms = [_arm("cat", "label", 8, 0.9), _arm("dog", "label", 6, 0.95), _arm("ox", "label", 0, 0.5)]
    found = rows([{"run": "x", "seed": 1, "space": "taef2", "target": "bus", "arms": arms}])
    assert [row.key[3] for row in found] == [True, False]
    counts = found[0].painted["latent", "3"]
    assert (counts.count, counts.target) == (20, 14)
    lines = markdown(found).splitlines()
    assert len(lines) == 4
    assert {line.count(" | ") for line in lines} == {len(HEAD) - 1}
    assert "†" in lines[3]


def test_an_attack_is_shown_beside_its_own_class_when_clean() -> None:
    attacked, twin, other = _arm("cat", "attack", 8, 0.9), _arm("cat", "clean", 1, 0.9), _arm("dog", "clean", 9, 0.9)
    again = {"run": "y", "seed": 2, "space": "taef2", "target": "bus", "arms": [twin, other]}
    *others, row = rows([{"run": "x", "seed": 1, "space": "taef2", "target": "bus", "arms": [attacked]}, again])
    assert [other.twins for other in others] == [{}] * len(others)
    assert row.kind == "attack"
    assert (row.twins["3"].count, row.twins["3"].itself) == (10, 9)


def test_the_clean_twin_of_a_run_has_its_classes_in_its_order() -> None:
    twins = [name for name in RUNS if name.endswith("-clean")]
    assert len(twins) >= 3
    for name in twins:
        attacked, clean = RUNS[name.removesuffix("-clean")].arms(2), RUNS[name].arms(2)
        assert [(concept, arm.pictures) for concept, arm in attacked.items()] == [
            (concept, arm.pictures) for concept, arm in clean.items()
        ]
        assert {arm.kind for arm in clean.values()} == {"clean"}
