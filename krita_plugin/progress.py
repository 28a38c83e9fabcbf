"""Progress: a row of widgets for each job, in the progress window and in the docker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .job import Job
from .qt import QtCore, QtWidgets
from .vendored import wording

MARGIN = 24  # pixels between the progress window and the canvas's edge, so that it leaves the scroll bars free
STEPS = 1000  # of a progress bar


class JobRow(QtWidgets.QWidget):
    """One job: its layer's name, a bar, where it is, and Cancel. For a failed one: why, and Close."""

    def __init__(self, job: Job, cancel: Callable[[Job], None]) -> None:
        super().__init__()
        self.job = job
        self._bar = QtWidgets.QProgressBar()
        self._bar.setObjectName("belladonna_bar")
        self._bar.setRange(0, STEPS)
        self._bar.setTextVisible(False)
        self._line = QtWidgets.QLabel()
        self._line.setObjectName("belladonna_line")
        self._line.setWordWrap(True)
        self._button = QtWidgets.QPushButton(wording.text("editor.cancel"))
        self._button.setObjectName("belladonna_cancel")
        self._button.clicked.connect(lambda: cancel(job))
        layout = QtWidgets.QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.addWidget(QtWidgets.QLabel(job.name), 0, 0)
        layout.addWidget(self._button, 0, 1)
        layout.addWidget(self._bar, 1, 0, 1, 2)
        layout.addWidget(self._line, 2, 0, 1, 2)
        layout.setColumnStretch(0, 1)
        self.refresh()

    def refresh(self) -> None:
        """Show where the job is now."""
        self._bar.setVisible(self.job.live)
        self._bar.setValue(round(STEPS * self.job.fraction))
        self._line.setText(self.job.line)
        self._button.setText(wording.text("editor.cancel" if self.job.live else "editor.close"))


class JobsView(QtWidgets.QWidget):
    """A row for each job. ``refresh`` brings them in line with the controller's lists."""

    def __init__(self, cancel: Callable[[Job], None]) -> None:
        super().__init__()
        self._cancel = cancel
        self._rows: list[JobRow] = []
        self._layout = QtWidgets.QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    def refresh(self, jobs: list[Job]) -> None:
        """Show these jobs as they are now."""
        for row in [row for row in self._rows if row.job not in jobs]:
            self._rows.remove(row)
            self._layout.removeWidget(row)
            row.deleteLater()
        for job in jobs:
            if all(row.job is not job for row in self._rows):
                self._rows.append(JobRow(job, self._cancel))
                self._layout.addWidget(self._rows[-1])
                self._rows[-1].show()
        self._layout.activate()  # now, so that the window around it can take its size
        for row in self._rows:
            row.refresh()

    def dismiss_failures(self) -> None:
        """Do what the Close button of each of them does."""
        for job in [row.job for row in self._rows if not row.job.live]:
            self._cancel(job)


class ProgressWindow(QtWidgets.QWidget):
    """A small window over Krita's while layers are being shaded. It takes no focus, and closing it stops nothing."""

    def __init__(self, parent: Any, cancel: Callable[[Job], None]) -> None:
        super().__init__(parent, QtCore.Qt.WindowType.Tool)
        self.setObjectName("belladonna_progress")
        self.setWindowTitle("Belladonna")
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setMinimumWidth(340)
        self._view = JobsView(cancel)
        self._shown = 0  # jobs
        layout = QtWidgets.QVBoxLayout(self)
        layout.addWidget(self._view)
        layout.addStretch(1)

    def refresh(self, jobs: list[Job]) -> None:
        """Show the jobs. Without any the window is hidden; for one that failed it appears."""
        bottom = self.y() + self.height()
        self._view.refresh(jobs)
        if len(jobs) != self._shown and self.isVisible():  # its bottom stays where it is, or it would leave the screen
            self.adjustSize()
            self.move(self.x(), bottom - self.height())
        self._shown = len(jobs)
        if not jobs:
            self.hide()
        elif any(not job.live for job in jobs):
            self.appear()

    def appear(self) -> None:
        """Open in the lower right corner of the canvas."""
        if not self.isVisible():
            self.adjustSize()
            canvas = self.parentWidget().centralWidget()
            corner = canvas.mapToGlobal(canvas.rect().bottomRight())
            self.move(corner.x() - self.width() - MARGIN, corner.y() - self.height() - MARGIN)
            self.show()

    def closeEvent(self, event: Any) -> None:
        """Qt calls this when the artist closes it, which dismisses the failures: they don't bring it back."""
        self._view.dismiss_failures()
        super().closeEvent(event)
