"""The part of the driver that Krita calls: hooks for exceptions first, the connection to the tests once it is up."""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false

from __future__ import annotations

import os
import sys
import threading
import traceback
from typing import Any

from krita import Extension, Krita

from . import qt
from .remote import Remote


class Driver(Extension):
    """Connects to the tests at the first turn of the event loop after Krita's window has got its menus."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self.remote = Remote(os.environ["BELLADONNA_DRIVER_LOG"])
        self.begun = False
        # Krita's own hook shows a modal dialog, at which a run without a person would stay for ever.
        sys.excepthook = self.uncaught
        threading.excepthook = lambda args: self.uncaught(args.exc_type, args.exc_value, args.exc_traceback)
        sys.unraisablehook = lambda args: self.uncaught(args.exc_type, args.exc_value, args.exc_traceback)

    def uncaught(self, kind: Any, error: Any, trace: Any) -> None:
        """Keep an exception that nobody caught, for the test that caused it to fail."""
        self.remote.uncaught.append("".join(traceback.format_exception(kind, error, trace)))
        self.remote.log(f"uncaught\n{self.remote.uncaught[-1]}")

    def setup(self) -> None:
        """Called by Krita before there is a window."""

    def createActions(self, window: Any) -> None:
        """Called by Krita for each window."""
        if not self.begun:
            self.begun = True
            qt.QTimer.singleShot(0, self.begin)

    def begin(self) -> None:
        """Krita is up."""
        app: Any = Krita.instance()
        app.setBatchmode(True)  # questions are answered with their default instead of being asked
        app.activeWindow().qwindow().setGeometry(0, 0, 1280, 800)
        self.remote.connect(os.environ["BELLADONNA_DRIVER_SOCKET"])


Krita.instance().addExtension(Driver(Krita.instance()))
