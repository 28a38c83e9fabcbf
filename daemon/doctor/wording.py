"""The findings as lines for people."""

from __future__ import annotations

from collections.abc import Sequence

from .finding import Finding


def lines(findings: Sequence[Finding]) -> list[str]:
    """One for each finding, a second with its mend, and what it comes to."""
    width = max((len(finding.topic) for finding in findings), default=0)
    shown = []
    for finding in findings:
        shown.append(f"{finding.state:<5} {finding.topic:<{width}}  {finding.sentence}")
        if finding.mend:
            shown.append(f"{'':<{width + 6}}  → {finding.mend}")
    return [*shown, "", _sum(findings)]


def _sum(findings: Sequence[Finding]) -> str:
    failed, warned = (sum(finding.state == state for finding in findings) for state in ("fail", "warn"))
    if failed:
        return f"To be mended: {failed} of {len(findings)}."
    if warned:
        return f"Belladonna works. Could be better: {warned} of {len(findings)}."
    return "All is well."
