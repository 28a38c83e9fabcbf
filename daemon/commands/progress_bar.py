"""What a person sees while and after a picture is shaded."""

from __future__ import annotations

import sys
from typing import Any

from tqdm import tqdm

from shared import wording
from shared.client.events import Connected, Event, Lost
from shared.protocol.messages import Progress, Queued
from shared.wording import text, value_at

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
        self._show(text("command.sending"))
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def __call__(self, event: Event) -> None:
        """Show what an event says."""
        if isinstance(event, Queued):
            self._show(_within(wording.stage(event)))
        elif isinstance(event, Lost):
            self._show(event.problem.sentence)
        elif isinstance(event, Connected):
            self._show(text("command.connected_again"))
        elif isinstance(event, Progress):
            self._progress(event)

    def _progress(self, event: Progress) -> None:
        if event.steps:
            self._bar.bar_format = BAR
            self._bar.total, self._bar.n = event.steps, event.step
            key = "command.bar_shift" if event.eta is None else "command.bar_shift_left"
            self._bar.set_postfix_str(text(key, shift=event.shift, seconds=event.eta), refresh=False)
        self._show(_within(wording.stage_name(event.stage)), bar=event.steps > 0)

    def _show(self, news: str, bar: bool = False) -> None:
        if not bar:
            self._bar.bar_format = LINE
        self._bar.set_description_str(f"{self._name}: {news}", refresh=True)


def result_line(target: object, report: dict[str, Any]) -> str:
    """One line: where the picture is, how far it moved, how visible that is."""
    concept, anchor = report.get("target"), value_at(report, "anchor", "name")
    key = "command.result" if not concept else "command.result_anchor" if anchor else "command.result_toward"
    return text(
        key,
        target=target,
        shift=number(value_at(report, "shift", "mean"), 3),
        concept=concept,
        anchor=anchor,
        ssimulacra2=number(value_at(report, "visibility", "ssimulacra2"), 1),
        seconds=number(report.get("seconds"), 1),
    )


def survival_line(report: dict[str, Any]) -> str:
    """One line: how much of the shift the worst purifier left."""
    left = {name: share for name, share in report["survival"]["views"].items() if isinstance(share, int | float)}
    worst = min(left, key=left.__getitem__)
    return text("command.survival", purifier=worst, shift=number(left[worst], 3), count=len(left))


def number(value: Any, digits: int) -> str:
    """A measured number, or a dash where nothing was measured."""
    return f"{value:.{digits}f}" if isinstance(value, int | float) else "–"


def _within(sentence: str) -> str:
    """A sentence as it is written after a colon: in lower case."""
    return sentence[:1].lower() + sentence[1:]
