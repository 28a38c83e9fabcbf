"""Run all checks at the same time, so that none can spoil another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from shared.problem import Problem

from . import editors, files, installation, running
from .finding import Finding, fail, failed

Check = Callable[[Path], list[Finding]]

CHECKS: Mapping[str, Check] = {
    "disk": files.disk,
    "environment": installation.environment,
    "engine": installation.engine,
    "weights": files.weights,
    "models": files.fetched,
    "connection": files.connection,
    "daemon": running.check,
    "login": installation.login,
    "editors": editors.check,
}
"""Topic → check, in the order of the findings: what others need comes first."""


def examine(home: Path, checks: Mapping[str, Check] = CHECKS) -> list[Finding]:
    """The findings of all checks of the installation in ``home``. Changes nothing."""
    with ThreadPoolExecutor(len(checks)) as threads:
        answers = [threads.submit(_guarded, topic, check, home) for topic, check in checks.items()]
        return [finding for answer in answers for finding in answer.result()]


def healthy(findings: list[Finding]) -> bool:
    """Whether nothing failed; warnings don't count."""
    return all(finding.state != "fail" for finding in findings)


def _guarded(topic: str, check: Check, home: Path) -> list[Finding]:
    try:
        return check(home)
    except Problem as problem:
        return [failed(topic, problem)]
    except Exception as error:  # what is broken may break the check in any way; the others still have their say
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        return [fail(topic, "doctor.not_checked", reason=what)]
