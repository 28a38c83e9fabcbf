"""What of Belladonna can be seen in Krita's windows: progress, dockers, messages."""

from __future__ import annotations

from typing import Any

from .controller import Controller
from .docker import BelladonnaDocker
from .job import Job, Phase
from .jobs_view import ProgressWindow
from .qt import QtCore, QtWidgets, sip

DONE_MS = 6_000  # how long a floating message stays
HIGH_PRIORITY = 0


class Interface:
    """``home`` is Belladonna's, for the log. All calls in Krita's thread."""

    def __init__(self, app: Any, controller: Controller, home: Any, icon: Any) -> None:
        self._app, self._controller, self._home, self._icon = app, controller, home, icon
        self._progress: list[ProgressWindow] = []  # one for each of Krita's windows that a job was started from
        self._dockers: list[BelladonnaDocker] = []

    def new_docker(self) -> BelladonnaDocker:
        """Krita asks for one for each of its windows."""
        docker = BelladonnaDocker()
        docker.attach(self._controller, self._home)
        docker.visibilityChanged.connect(lambda _: self._controller.watch(self.looked_at))
        self._dockers.append(docker)
        return docker

    @property
    def looked_at(self) -> bool:
        """Whether any docker is on the screen."""
        self._dockers = [docker for docker in self._dockers if not sip.isdeleted(docker)]
        return any(docker.isVisible() for docker in self._dockers)

    def main_window(self) -> Any | None:
        """Krita's window that the artist works in."""
        window = self._app.activeWindow()
        return None if window is None else window.qwindow()

    def show_progress(self) -> None:
        """A job was started from the active window: show it there."""
        parent = self.main_window()
        if parent is None:
            return
        window = next((each for each in self._alive() if each.parentWidget() is parent), None)
        if window is None:
            window = ProgressWindow(parent, self._controller.cancel)
            self._progress.append(window)
        window.refresh([*self._controller.jobs, *self._controller.failures])
        window.appear()

    def refresh(self) -> None:
        """Show how things are now."""
        for window in self._alive():
            window.refresh([*self._controller.jobs, *self._controller.failures])
        if self.looked_at:
            for docker in self._dockers:
                docker.refresh()

    def ended(self, job: Job) -> None:
        """Say what came of a job. A failure stays in the progress window until it is closed there."""
        if job.phase is Phase.DONE:
            self.tell(job.line)

    def tell(self, sentence: str) -> None:
        """A message over the canvas that goes away by itself."""
        window = self._app.activeWindow()
        view = None if window is None else window.activeView()
        if view is not None and view.document() is not None:
            view.showFloatingMessage(sentence, self._icon, DONE_MS, HIGH_PRIORITY)

    def refuse(self, message: str, hint: str) -> None:
        """Nothing could be begun: a window that says why, and that waits for nobody."""
        box = QtWidgets.QMessageBox(self.main_window())
        box.setObjectName("belladonna_refusal")
        box.setWindowTitle("Belladonna")
        box.setIcon(QtWidgets.QMessageBox.Icon.Information)
        box.setText(f"{message} {hint}".strip())
        box.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def _alive(self) -> list[ProgressWindow]:
        """Those whose Krita window was not closed."""
        self._progress = [window for window in self._progress if not sip.isdeleted(window)]
        return self._progress
