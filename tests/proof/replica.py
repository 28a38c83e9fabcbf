"""Train a replica on poisoned classes and ask it for them: ``python -m tests.proof.replica RUN --seed 1 --preset cpu``.

Writes what the judges say to ``results/RUN-SPACE-seedN.json``. Stop it whenever you like: the same command goes on
from the last checkpoint. See README.md for the method and for what each run holds.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tests.proof import places, shading
from tests.proof.judging.reading import read
from tests.proof.latents import SPACES
from tests.proof.model.flow import Flow
from tests.proof.model.sample import sample
from tests.proof.model.train import Lesson, train
from tests.proof.poison import anchors, blends
from tests.proof.poison.arm import Arm
from tests.proof.poison.attacks import Attacker
from tests.proof.poison.runs import RUNS
from tests.proof.presets import GUIDANCE, PRESETS
from tests.proof.proof import Proof

PIXEL_GUIDANCE = 3.0  # at which samples are decoded for the judge of pixels as well


def _set_facts(proof: Proof, taught: Tensor, anchor: Tensor, concept: str, target: str, arm: Arm) -> dict[str, Any]:
    """What the judge reads off an arm's poisoned pictures themselves, and how far they were moved."""
    pictures, names = proof.pictures, proof.pictures.names
    count = arm.poisoned or arm.pictures
    after, before = taught[:count, 0].float(), proof.latents[pictures.index(concept), :count, 0].float()
    reading = read(proof.judges.latent, after, names.index(concept), names.index(target), proof.judges.group_of)
    shift = float(blends.shift(before, after, anchor[0]).mean())
    return {**dataclasses.asdict(reading), "shift": round(shift, 4)}


def _paint(
    proof: Proof, model: Flow, number: int, count: int, concept: str, target: str, seed: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Readings by guidance of what the model paints for class ``number``: (by the judge of latents, of pixels)."""
    names, judges, preset = proof.pictures.names, proof.judges, proof.preset
    of_latents, of_pixels = {}, {}
    for guidance in GUIDANCE:
        z = sample(model, number, count, guidance, preset.sampling_steps, seed)
        about = (names.index(concept), names.index(target), judges.group_of)
        of_latents[f"{guidance:g}"] = dataclasses.asdict(read(judges.latent, z, *about))
        if judges.pixel is not None and guidance == PIXEL_GUIDANCE:
            of_pixels[f"{guidance:g}"] = dataclasses.asdict(read(judges.pixel, z[: preset.seen], *about))
    return of_latents, of_pixels


def _checkpoint(proof: Proof, name: str, seed: int) -> Path:
    size = f"{proof.space.name}-{proof.preset.width}x{proof.preset.depth}"
    return proof.cache / "replicas" / f"{name}-{size}-seed{seed}.pt"


def _taught(
    proof: Proof, name: str, seed: int, base: Path | None, single: Mapping[str, Tensor]
) -> tuple[dict[str, Arm], Lesson, Flow, float]:
    """The arms of a run by concept, what they were taught, the replica, its minutes of processor time."""
    plan, most = RUNS[name], proof.preset.pictures
    arms = {concept: replace(arm, pictures=min(arm.pictures, most)) for concept, arm in plan.arms(seed).items()}
    steps = proof.preset.attack_steps
    attacker = Attacker(proof.pictures, proof.space, proof.cache, steps, proof.engine, proof.processes)
    generator = torch.Generator().manual_seed(seed)
    names = proof.pictures.names
    lesson = blends.lesson(proof.latents, names, arms, plan.target, single, attacker.latents, generator)
    return arms, lesson, *train(lesson, proof.preset, seed, _checkpoint(proof, name, seed), base)


def _report(proof: Proof, name: str, seed: int, base: Path | None, minutes: float, file: Path) -> dict[str, Any]:
    """What is known before anything is painted, with the arms that an earlier call was asked for and got done."""
    preset = dataclasses.asdict(proof.preset)
    facts = {"run": name, "seed": seed, "space": proof.space.name, "target": RUNS[name].target, "preset": preset}
    facts |= {"steps": proof.preset.steps(len(RUNS[name].arms(seed))), "device": str(places.device())}
    facts |= {"engine": proof.engine or shading.state(), "begins with": base.stem if base else "nothing"}
    facts |= {"processor minutes": round(minutes, 1)}
    done = json.loads(file.read_text("utf-8")) if file.exists() else {}
    kept = done["arms"] if done and {**done, "arms": 0} == {**facts, "arms": 0} else []
    return {**facts, "arms": kept}


def run(proof: Proof, name: str, seed: int, file: Path, only_train: bool = False, base_seed: int | None = 0) -> None:
    """One run: train, sample, judge; the result is written after each arm, and done arms aren't done again.

    ``base_seed`` is the seed of the replica that it begins with, where it begins with one; 0: the run's own seed;
    None: it begins with nothing whatever the plan says.
    """
    target, names = RUNS[name].target, proof.pictures.names
    single = {"one": anchors.latents(target, proof.space, proof.cache)}
    if any(arm.anchors == "typical" for arm in RUNS[name].dealt):
        single["typical"] = anchors.typical(target, proof.space, proof.judges.latent, proof.pictures)
    begun = RUNS[name].base and base_seed is not None
    base = _checkpoint(proof, RUNS[name].base, base_seed or seed) if begun else None
    arms, lesson, model, minutes = _taught(proof, name, seed, base, single)
    if only_train:
        return
    report = _report(proof, name, seed, base, minutes, file)
    done = {arm["concept"] for arm in report["arms"]}
    for number, (concept, arm) in enumerate(arms.items()):
        if concept in done:
            continue
        anchor = single.get(arm.anchors, single["one"])
        facts = _set_facts(proof, lesson.latents[number], anchor, concept, target, arm)
        count = proof.preset.samples_of_clean if arm.pooled else proof.preset.samples
        of_latents, of_pixels = _paint(proof, model, number, count, concept, target, seed)
        row = {"concept": concept, "arm": arm.name, **dataclasses.asdict(arm), "set": facts}
        row["judges"] = proof.judges.accuracies(names.index(concept))
        report["arms"].append({**row, "latent": of_latents, "pixel": of_pixels})
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
        shown = " · ".join(f"{found['target']}/{found['itself']}" for found in of_latents.values())
        print(f"{concept}: {arm.name}, {arm.share:.0%}: target/itself of {count}: {shown}", flush=True)


def main() -> int:
    """Parse the command line and run; 1 and a sentence where pictures or weights are missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", choices=sorted(RUNS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--preset", choices=sorted(PRESETS), default="cpu")
    parser.add_argument("--space", choices=SPACES, default="taef2")
    parser.add_argument("--cache", type=Path, help="folder for latents, attacks and checkpoints")
    parser.add_argument("--engine", default="", help="an earlier state of the engine, whose attacks are in the cache")
    parser.add_argument("--results", type=Path, default=places.RESULTS)
    parser.add_argument("--epochs", type=float, help="instead of the preset's; a run that was stopped can be cut short")
    parser.add_argument(
        "--samples",
        type=int,
        help="for each arm and guidance, instead of the preset's; a quarter for whole clean classes",
    )
    parser.add_argument("--seen", type=int, help="of them for the judge of pixels, instead of the preset's")
    parser.add_argument("--base-seed", type=int, default=0, help="of the replica it begins with; 0: the run's own")
    parser.add_argument("--from-scratch", action="store_true", help="begin with nothing whatever the run's plan says")
    parser.add_argument("--processes", type=int, default=1, help="that shade side by side, on one core each")
    parser.add_argument("--only-train", action="store_true", help="leave painting and judging to another call")
    parser.add_argument("--threads", type=int, default=0, help="of the processor; 0: torch decides")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    given = {name: getattr(args, name) for name in ("epochs", "samples", "seen") if getattr(args, name) is not None}
    preset = replace(PRESETS[args.preset], **given)
    try:
        proof = Proof.open(places.cache(args.cache), preset, args.space, args.engine, args.processes)
        file = args.results / f"{args.run}-{args.space}-seed{args.seed}.json"
        run(proof, args.run, args.seed, file, args.only_train, None if args.from_scratch else args.base_seed)
    except places.Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
