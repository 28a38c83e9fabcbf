"""What a person sees while and after a picture is shaded."""

from __future__ import annotations

import sys
from typing import Any

from tqdm import tqdm

from shared import wording
from shared.client.events import Connected, Event, Lost
from shared.protocol.messages import Progress, Queued
from shared.wording import value_at

BAR = "{desc} {bar:24} {n_fmt}/{total_fmt}{postfix}"
LINE = "{desc}"


class ProgressBar:
    """A bar on standard error, if that is a terminal; for ``with``. Call it with the client's events."""

    def __init__(self, name: str, wanted: bool = True) -> None:
        self._name = name if len(name) <= 32 else f"{name[:15]}…{name[-16:]}"
        self._bar = tqdm(
            file=sys.stderr,
            disable=not (wanted and sys.stderr.isatty()),
            leave=False,
            miniters=1,
            mininterval=0,
            dynamic_ncols=True,
            bar_format=LINE,
        )

    def __enter__(self) -> ProgressBar:
        self._show("sending")
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def __call__(self, event: Event) -> None:
        if isinstance(event, Queued):
            self._show(_within(wording.stage(event)))
        elif isinstance(event, Lost):
            self._show(event.message)
        elif isinstance(event, Connected):
            self._show("connected again")
        elif isinstance(event, Progress):
            self._progress(event)

    def _progress(self, event: Progress) -> None:
        if event.steps:
            self._bar.bar_format = BAR
            self._bar.total, self._bar.n = event.steps, event.step
            left = "" if event.eta is None else f", {event.eta:.0f} s left"
            self._bar.set_postfix_str(f"shift {event.shift:.3f}{left}", refresh=False)
        self._show(_within(wording.stage_name(event.stage)), bar=event.steps > 0)

    def _show(self, text: str, bar: bool = False) -> None:
        if not bar:
            self._bar.bar_format = LINE
        self._bar.set_description_str(f"{self._name}: {text}", refresh=True)


def result_line(target: object, report: dict[str, Any]) -> str:
    """One line: where the picture is, how far it moved, how visible that is."""
    toward = f" toward {report['target']}" if report.get("target") else ""
    anchor = value_at(report, "anchor", "name")
    return (
        f"{target}: shift {number(value_at(report, 'shift', 'mean'), 3)}{toward}"
        f"{f' (anchor: {anchor})' if anchor else ''}, "
        f"SSIMULACRA2 {number(value_at(report, 'visibility', 'ssimulacra2'), 1)}, "
        f"{number(report.get('seconds'), 1)} s"
    )


def number(value: Any, digits: int) -> str:
    """A measured number, or a dash where nothing was measured."""
    return f"{value:.{digits}f}" if isinstance(value, int | float) else "–"


def _within(text: str) -> str:
    """A text as it stands after a colon: the first letter small."""
    return text[:1].lower() + text[1:]
