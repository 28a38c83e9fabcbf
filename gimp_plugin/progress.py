"""Progress: GIMP's progress bar. Its Cancel button kills this process; the daemon notices and drops the job."""

from __future__ import annotations

from gi.repository import Gimp

from shared import wording
from shared.client.events import Event
from shared.protocol.messages import Progress, Queued


class ProgressBar:
    """Shows where one job is. A plug-in has only one at a time, so the events' ids don't matter."""

    def __init__(self) -> None:
        self._told = wording.text("editor.phase_reading")
        Gimp.progress_init(self._told)

    def waiting(self) -> None:
        """The layer was read, and now needs a daemon."""
        self._tell(wording.text("editor.phase_waiting"))

    def show(self, event: Event) -> None:
        """Show an event; those that say nothing about a job's progress are ignored."""
        if isinstance(event, Queued | Progress):
            Gimp.progress_update(wording.fraction(event))
            self._tell(wording.stage(event))

    def writing(self) -> None:
        """The shaded pixels are there."""
        self._tell(wording.text("editor.phase_writing"))

    def end(self) -> None:
        """Take the bar away."""
        Gimp.progress_end()

    def _tell(self, text: str) -> None:
        if text != self._told:
            self._told = text
            Gimp.progress_set_text(text)
