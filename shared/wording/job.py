"""What every editor and the command line say of a job in the same words: the choices, where it is, what came of it."""

from __future__ import annotations

from typing import Any

from ..protocol.messages import INTENSITIES, QUALITIES, STAGES, Progress, Queued
from .catalogue import text
from .dose import measured, verdict

_BEGINS = {"preparing": 0.02, "shading": 0.05, "finishing": 0.9}  # share of a job's time before a stage, roughly


def intensities() -> dict[str, str]:
    """``Options.intensity`` → its label."""
    return {name: text(f"job.intensity_{name}") for name in INTENSITIES}


def qualities() -> dict[str, str]:
    """``Options.quality`` → its label, with the time that a layer takes on two processor cores."""
    return {name: text(f"job.quality_{name}") for name in QUALITIES}


def stage_name(stage: str) -> str:
    """``Progress.stage`` → what it is called; one that this version doesn't know as it is."""
    return text(f"job.stage_{stage}") if stage in STAGES else stage


def stage(event: Queued | Progress) -> str:
    """Where a job is, in one line: “Step 5 of 16 · shift 8 % · about 3 s left”."""
    if isinstance(event, Queued):
        return text("job.waiting", place=event.place)
    if event.stage != "shading" or event.steps < 1:
        return stage_name(event.stage)
    parts = [text("job.step", step=event.step, steps=event.steps), text("job.shift", share=_percent(event.shift))]
    if event.eta is not None and event.eta >= 0.5:
        parts.append(text("job.left", duration=_duration(event.eta)))
    return " · ".join(parts)


def fraction(event: Queued | Progress) -> float:
    """How much of a job is done, for a bar: from 0 to 1, and never less for a later event of a job."""
    if isinstance(event, Queued):
        return 0.0
    begin = _BEGINS.get(event.stage, 0.0)
    if event.stage != "shading" or event.steps < 1:
        return begin
    return begin + (_BEGINS["finishing"] - begin) * min(1.0, max(0.0, event.step / event.steps))


def finished(report: dict[str, Any]) -> str:
    """What was achieved, from a job's report, and what else there is to know.

    “Shaded: 14 % of the way to “cat”, a deterrent at most.”
    """
    target, shift = report.get("target"), measured(report)
    notes = report.get("notes")
    told = [note for note in notes if isinstance(note, str) and note] if isinstance(notes, list) else []
    if value_at(report, "difference", "changed") == 0 and told:
        return " ".join(told)  # they say that nothing was changed, and why
    if shift is None:
        achieved = text("job.shaded")
    elif isinstance(target, str) and target:
        achieved = text("job.shaded_toward", share=_percent(shift), target=target, verdict=verdict(shift))
    else:
        achieved = text("job.shaded_by", share=_percent(shift), verdict=verdict(shift))
    return " ".join([achieved, *told])


def state(client_state: str, device: str = "") -> str:
    """A client's state in a few words; ``device``: what the daemon computes on, "" while it hasn't yet."""
    if client_state == "ready" and device:
        return text("client.state_ready_on", device=device)
    return text(f"client.state_{client_state}")


def value_at(report: dict[str, Any], *keys: str) -> Any:
    """A value deep in a report, ``None`` where a key is missing: a daemon may measure less than this one knows of."""
    value: Any = report
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _percent(share: float) -> str:
    """A share, which may be slightly negative, without decimals."""
    return text("job.under_one_percent") if share < 0.005 else text("job.percent", count=f"{share * 100:.0f}")


def _duration(seconds: float) -> str:
    if seconds < 90:
        return text("job.seconds", count=f"{seconds:.0f}")
    return text("job.minutes", count=f"{seconds / 60:.0f}")
