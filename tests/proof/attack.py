"""Attack pictures and say how far they got, without training: ``python -m tests.proof.attack "ours low, white box" …``.

For each attack and concept: shift in the replica's latent space, SSIMULACRA2, and how many of the pictures the
latent judge reads as the concept and as the target. Without names, every attack of the run ``attacks`` on its class.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import sys
from pathlib import Path
from typing import Any

import torch

from tests.proof import places, shading
from tests.proof.judging.reading import read
from tests.proof.latents import SPACES
from tests.proof.poison import anchors, blends
from tests.proof.poison.attacks import ATTACKS, Attack, Attacker
from tests.proof.poison.runs import ATTACKED, RUNS
from tests.proof.presets import PRESETS
from tests.proof.proof import Proof

SCORED = 20  # pictures of which SSIMULACRA2 is measured


def facts(proof: Proof, attacker: Attacker, attack: Attack, concept: str, target: str, count: int) -> dict[str, Any]:
    """One row: how far an attack got on ``count`` pictures of a class."""
    names = proof.pictures.names
    changed = attacker.changed(concept, target, attack, count)
    clean = attacker.clean(concept, 0, count)
    after, before = proof.space.encode_all(changed), proof.latents[names.index(concept), :count, 0].float()
    anchor = anchors.latents(target, proof.space, proof.cache)[0]
    about = (names.index(concept), names.index(target), proof.judges.group_of)
    moved = float(blends.shift(before, after, anchor).mean())
    dose = blends.shift(before, torch.lerp(before, anchor[None], moved), anchor).mean()
    assert abs(float(dose) - moved) < 1e-3, "a blend's shift is its dose"
    rows = {
        "before": read(proof.judges.latent, before, *about),
        "after": read(proof.judges.latent, after, *about),
        "blend": read(proof.judges.latent, torch.lerp(before, anchor[None], moved), *about),
    }
    scores = [shading.score(x, y) for x, y in zip(clean[:SCORED], changed[:SCORED], strict=True)]
    return {
        "attack": attack.name,
        "engine": attacker.state,
        "concept": concept,
        "target": target,
        "shift": round(moved, 4),
        "ssimulacra2": round(statistics.mean(scores), 1),
        **{when: dataclasses.asdict(reading) for when, reading in rows.items()},
    }


def main() -> int:
    """Attack, write ``results/attacks-SPACE.json``; 1 and a sentence where pictures or weights are missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("attacks", nargs="*", help="names; none: those of the run “attacks”")
    parser.add_argument("--concepts", nargs="*", default=["goldfish"], help="classes that named attacks are made on")
    parser.add_argument("--target", default="school bus", choices=sorted(anchors.FILES))
    parser.add_argument("--pictures", type=int, default=ATTACKED)
    parser.add_argument("--preset", choices=sorted(PRESETS), default="cpu")
    parser.add_argument("--space", choices=SPACES, default="taef2")
    parser.add_argument("--cache", type=Path, help="folder for latents, attacks and checkpoints")
    parser.add_argument("--engine", default="", help="an earlier state of the engine, whose attacks are in the cache")
    parser.add_argument("--results", type=Path, default=places.RESULTS)
    parser.add_argument("--processes", type=int, default=1, help="that shade side by side, on one core each")
    parser.add_argument("--threads", type=int, default=0, help="of the processor; 0: torch decides")
    args = parser.parse_args()
    unknown = sorted(set(args.attacks) - set(ATTACKS))
    if unknown:
        parser.error(f"unknown attack “{unknown[0]}”; there are: {'; '.join(ATTACKS)}")
    if args.threads:
        torch.set_num_threads(args.threads)
    planned = [(concept, arm.attack) for concept, arm in RUNS["attacks"].fixed.items() if arm.attack]
    pairs = [(concept, name) for name in args.attacks for concept in args.concepts] or planned
    file = args.results / f"attacks-{args.space}.json"
    try:
        proof = Proof.open(places.cache(args.cache), PRESETS[args.preset], args.space, args.engine)
        steps = proof.preset.attack_steps
        attacker = Attacker(proof.pictures, proof.space, proof.cache, steps, proof.engine, args.processes)
        for concept, name in pairs:
            row = facts(proof, attacker, ATTACKS[name], concept, args.target, args.pictures)
            print(row, flush=True)
            rows = json.loads(file.read_text("utf-8")) if file.exists() else []
            others = [old for old in rows if (old["attack"], old["concept"]) != (name, concept)]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps([*others, row], indent=1) + "\n", "utf-8")
    except places.Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
