"""Belladonna's user interface in Krita's windows: the docker, the progress windows, messages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from krita import DockWidget

from .controller import Controller
from .job import Job, Phase
from .progress import JobsView, ProgressWindow
from .qt import QtCore, QtGui, QtWidgets, message_box, sip
from .vendored import Client, Problem, paths, wording

if TYPE_CHECKING:
    from krita import Canvas, Krita

ID = "belladonna"
TITLE = "Belladonna"
DONE_MS = 6_000  # how long a floating message stays
HIGH_PRIORITY = 0


class BelladonnaDocker(DockWidget):
    """The state of the daemon, the jobs that are under way, and what came of the last ones.

    Krita makes one for each window. ``attach`` gives it the controller.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle(TITLE)
        self._controller: Controller | None = None
        self._home: Path | None = None
        self._state = _label("state")
        self._start = QtWidgets.QPushButton(wording.text("editor.start"))
        self._start.setObjectName("belladonna_start")
        self._start.clicked.connect(self._start_daemon)
        log = QtWidgets.QPushButton(wording.text("editor.open_log"))
        log.setObjectName("belladonna_log")
        log.clicked.connect(self._open_log)
        self._jobs = JobsView(self._cancel)
        self._reports = _label("reports")
        buttons = QtWidgets.QHBoxLayout()
        buttons.addWidget(self._start)
        buttons.addWidget(log)
        buttons.addStretch(1)
        body = QtWidgets.QWidget()
        layout = QtWidgets.QVBoxLayout(body)
        layout.addWidget(self._state)
        layout.addLayout(buttons)
        layout.addWidget(self._jobs)
        layout.addWidget(self._reports)
        layout.addStretch(1)
        area = QtWidgets.QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(body)
        self.setWidget(area)

    def attach(self, controller: Controller, home: Path) -> None:
        """Show this controller's jobs. ``home`` is Belladonna's folder, for the log."""
        self._controller, self._home = controller, home
        self.refresh()

    def canvasChanged(self, canvas: Canvas | None) -> None:
        """Krita calls this when another picture is shown; nothing here depends on it."""

    def refresh(self) -> None:
        """Show how things are now."""
        controller = self._controller
        if controller is None:
            return
        client = controller.client
        self._state.setText(_state(client, controller.device, bool(controller.jobs)))
        self._start.setEnabled(client.state not in ("ready", "starting"))
        self._jobs.refresh(controller.jobs)
        self._reports.setText("\n\n".join(_reports(controller)) or wording.text("editor.nothing_yet"))

    def _start_daemon(self) -> None:
        if self._controller is not None:
            self._controller.start()

    def _cancel(self, job: Job) -> None:
        if self._controller is not None:
            self._controller.cancel(job)

    def _open_log(self) -> None:
        log = paths.log_file(self._home)
        if log.exists():
            QtGui.QDesktopServices.openUrl(QtCore.QUrl.fromLocalFile(str(log)))
        else:
            message_box(self, wording.text("editor.no_log_yet"))


class Interface:
    """Everything of Belladonna's in Krita's windows. ``home`` is its folder, for the log; ``icon`` a QIcon."""

    def __init__(self, app: Krita, controller: Controller, home: Path, icon: Any) -> None:
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
        """The QMainWindow that the artist works in."""
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

    def refuse(self, problem: Problem) -> None:
        """Nothing could be begun: say why in a window that waits for nobody."""
        message_box(self.main_window(), problem.told)

    def _alive(self) -> list[ProgressWindow]:
        """Those whose Krita window was not closed."""
        self._progress = [window for window in self._progress if not sip.isdeleted(window)]
        return self._progress


def _state(client: Client, device: str, busy: bool) -> str:
    """How the daemon is, and what to do about it if there is none."""
    state = wording.state(client.state, device)
    if client.state == "ready" and busy:
        state = wording.text("editor.busy_on", device=device) if device else wording.text("editor.busy")
    line = wording.text("editor.daemon", state=state)
    return line if client.problem is None else f"{line}\n{client.problem.told}"


def _reports(controller: Controller) -> list[str]:
    """What came of the last jobs, and what the newest result means."""
    lines = [f"{job.name}: {job.line}" for job in controller.history]
    return [*lines, controller.meaning] if controller.meaning else lines


def _label(name: str) -> Any:
    label = QtWidgets.QLabel()
    label.setObjectName(f"belladonna_{name}")
    label.setWordWrap(True)
    label.setTextInteractionFlags(QtCore.Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
