"""GIMP's progress bar. Its Cancel button ends this process; the daemon notices by itself and drops the job."""

from __future__ import annotations

from gi.repository import Gimp

from shared import wording
from shared.client.events import Event
from shared.protocol.messages import Progress, Queued


class ProgressBar:
    """Shows what the daemon says about one job, whose id isn't asked: a plug-in has only one at a time."""

    def __init__(self) -> None:
        Gimp.progress_init("Starting Belladonna")
        self._told = ""

    def reading(self) -> None:
        self._tell("Reading the layer")

    def show(self, event: Event) -> None:
        """Show an event; those that are not about how far a job is are passed over."""
        if isinstance(event, Queued | Progress):
            Gimp.progress_update(wording.fraction(event))
            self._tell(wording.stage(event))

    def writing(self) -> None:
        self._tell("Adding the shaded layer")

    def _tell(self, text: str) -> None:
        if text != self._told:
            self._told = text
            Gimp.progress_set_text(text)

    def end(self) -> None:
        Gimp.progress_end()
