"""The docker *Belladonna*: how the daemon is, what is under way, what came of the last jobs."""

from __future__ import annotations

from typing import Any

from krita import DockWidget  # pyright: ignore[reportMissingImports]

from .common import paths, wording
from .controller import Controller
from .job import Job, Phase
from .jobs_view import JobsView
from .qt import QtCore, QtGui, QtWidgets

ID = "belladonna"
TITLE = "Belladonna"
NOTHING = "Nothing shaded yet."


class BelladonnaDocker(DockWidget):
    """Krita makes one for each window. ``attach`` gives it the controller."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle(TITLE)
        self._controller: Controller | None = None
        self._home: Any = None
        self._state = _label("state")
        self._start = QtWidgets.QPushButton("Start")
        self._start.setObjectName("belladonna_start")
        self._start.clicked.connect(self._start_daemon)
        log = QtWidgets.QPushButton("Open log")
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

    def attach(self, controller: Controller, home: Any) -> None:
        """``home`` is Belladonna's, for the log."""
        self._controller, self._home = controller, home
        self.refresh()

    def canvasChanged(self, canvas: Any) -> None:
        """Krita calls this when another picture is shown; nothing here depends on it."""

    def refresh(self) -> None:
        """Show how things are now."""
        controller = self._controller
        if controller is None:
            return
        session = controller.session
        state = wording.state(session.state, controller.device)
        if session.state == "ready" and controller.jobs:
            state = state.replace(wording.state("ready"), "Busy")
        line = f"Daemon: {state}"
        if session.problem is not None:
            line += f"\n{f'{session.problem.message} {session.problem.hint}'.strip()}"
        self._state.setText(line)
        self._start.setEnabled(session.state not in ("ready", "starting"))
        self._jobs.refresh(controller.jobs)
        self._reports.setText("\n\n".join(_report(job) for job in controller.history) or NOTHING)

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
            sentence = "There is no log yet: the daemon writes it when it is first started."
            QtWidgets.QMessageBox.information(self, TITLE, sentence)


def _report(job: Job) -> str:
    return f"{job.name}: {'Cancelled.' if job.phase is Phase.CANCELLED else job.line}"


def _label(name: str) -> Any:
    label = QtWidgets.QLabel()
    label.setObjectName(f"belladonna_{name}")
    label.setWordWrap(True)
    label.setTextInteractionFlags(QtCore.Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
