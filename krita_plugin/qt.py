"""The one place that names PyQt: Krita 5 comes with PyQt5, Krita 6 with PyQt6.

The binding is chosen by Krita's own version. Trying one and then the other would load a second Qt into Krita where both
are installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from krita import Krita

BINDING = "PyQt6" if int(Krita.instance().version().split(".")[0]) >= 6 else "PyQt5"

QtCore: Any = import_module(f"{BINDING}.QtCore")
QtGui: Any = import_module(f"{BINDING}.QtGui")
QtWidgets: Any = import_module(f"{BINDING}.QtWidgets")
sip: Any = import_module(f"{BINDING}.sip")


def message_box(parent: Any, text: str) -> None:
    """Show a window with a message; it waits for nobody."""
    box = QtWidgets.QMessageBox(parent)
    box.setObjectName("belladonna_refusal")
    box.setWindowTitle("Belladonna")
    box.setIcon(QtWidgets.QMessageBox.Icon.Information)
    box.setText(text)
    box.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
