"""The result of a check, and how it is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from shared import wording
from shared.problem import Problem

State = Literal["ok", "warn", "fail"]

_NAMED = 5


@dataclass(frozen=True)
class Finding:
    """One thing that was checked.

    ``fail``: something doesn't work, or isn't what was installed. ``warn``: it works, but worse than it could. Both
    have a ``hint``, which says what to do. ``topic`` is a word or two that several findings may share; ``key`` is that
    of the text.
    """

    state: State
    topic: str
    key: str
    sentence: str
    hint: str = ""


def ok(topic: str, key: str, /, **values: object) -> Finding:
    """Everything is in order."""
    return Finding("ok", topic, key, wording.text(key, **values))


def warn(topic: str, key: str, /, **values: object) -> Finding:
    """It works, but could be better."""
    return Finding("warn", topic, key, wording.text(key, **values), _hint(key, values))


def fail(topic: str, key: str, /, **values: object) -> Finding:
    """It doesn't work."""
    return Finding("fail", topic, key, wording.text(key, **values), _hint(key, values))


def failed(topic: str, problem: Problem) -> Finding:
    """A failure from a problem that a check ran into."""
    return Finding("fail", topic, problem.key, problem.sentence, problem.hint)


def some(names: Sequence[object]) -> str:
    """The first few names, and how many more there are."""
    more = [wording.text("doctor.more", count=len(names) - _NAMED)] if len(names) > _NAMED else []
    return ", ".join([*map(str, names[:_NAMED]), *more])


def lines(findings: Sequence[Finding]) -> list[str]:
    """The findings for people: a line each, a second one with the hint, and a summary."""
    width = max((len(finding.topic) for finding in findings), default=0)
    shown = []
    for finding in findings:
        shown.append(f"{finding.state:<5} {finding.topic:<{width}}  {finding.sentence}")
        if finding.hint:
            shown.append(f"{'':<{width + 6}}  → {finding.hint}")
    failed, warned = (sum(finding.state == state for finding in findings) for state in ("fail", "warn"))
    key = "doctor.sum_failed" if failed else "doctor.sum_warned" if warned else "doctor.sum_well"
    return [*shown, "", wording.text(key, failed=failed, warned=warned, total=len(findings))]


def _hint(key: str, values: dict[str, object]) -> str:
    """The text's own hint; without one, running install.py again fixes it."""
    return wording.hint(key, **values) or wording.text("doctor.install_again")
