"""What every editor says in the same words: the choices, where a job is, what came of it."""

from __future__ import annotations

from typing import Any

from .protocol.messages import Progress, Queued

INTENSITIES = {
    "low": "Low – hardly visible",
    "default": "Default – visible to a close look",
    "high": "High – visible on flat colour",
}
"""``Options.intensity`` → its label."""

QUALITIES = {
    "fast": "Fast – a few seconds",
    "default": "Default – about ten seconds",
    "best": "Best – a minute or two without a graphics card",
}
"""``Options.quality`` → its label, with the time that a layer takes on two processor cores."""

STAGES = {
    "starting": "Starting the engine",
    "preparing": "Preparing",
    "shading": "Shading",
    "finishing": "Finishing",
}
"""``Progress.stage`` → what it is called."""

_STATES = {
    "missing": "Not installed",
    "stopped": "Not running",
    "starting": "Starting…",
    "ready": "Ready",
    "lost": "Not connected",
}
_BEGINS = {"preparing": 0.02, "shading": 0.05, "finishing": 0.9}  # share of a job's time before a stage, roughly


def stage(event: Queued | Progress) -> str:
    """Where a job is, in one line: “Step 5 of 16 · shift 8 % · about 3 s left”."""
    if isinstance(event, Queued):
        return f"Waiting, place {event.place}"
    if event.stage != "shading" or event.steps < 1:
        return STAGES.get(event.stage, event.stage)
    parts = [f"Step {event.step} of {event.steps}", f"shift {_percent(event.shift)}"]
    if event.eta is not None and event.eta >= 0.5:
        parts.append(f"about {_duration(event.eta)} left")
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
    """What was achieved, from a job's report: “Shaded: 14 % of the way to “cat”.” and what else there is to know."""
    target, shift = report.get("target"), value_at(report, "shift", "mean")
    toward = f" to “{target}”" if isinstance(target, str) and target else ""
    notes = report.get("notes")
    told = [note for note in notes if isinstance(note, str) and note] if isinstance(notes, list) else []
    if value_at(report, "difference", "changed") == 0 and told:
        return " ".join(told)  # they say that nothing was changed, and why
    achieved = f"Shaded: {_percent(shift)} of the way{toward}." if isinstance(shift, int | float) else "Shaded."
    return " ".join([achieved, *told])


def problem(message: str, hint: str) -> str:
    """A sentence and what to do about it, as one text."""
    return f"{message} {hint}".strip()


def state(session_state: str, device: str = "") -> str:
    """A session's state in a few words; ``device``: what the daemon computes on, "" while it hasn't yet."""
    words = _STATES[session_state]
    return f"{words} on {device}" if session_state == "ready" and device else words


def value_at(report: dict[str, Any], *keys: str) -> Any:
    """A value deep in a report, ``None`` where a key is missing: a daemon may measure less than this one knows of."""
    value: Any = report
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _percent(share: float) -> str:
    """A share, which may be slightly negative, without decimals."""
    return "less than 1 %" if share < 0.005 else f"{share:.0%}".replace("%", " %")


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
