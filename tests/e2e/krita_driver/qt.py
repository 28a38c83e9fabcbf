"""PyQt under one name, whichever Krita brings: 5 up to Krita 5, 6 from Krita 6 on."""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
# ruff: noqa: F401

from __future__ import annotations

from krita import Krita

if int(Krita.instance().version().split(".")[0]) >= 6:
    from PyQt6 import QtCore, QtGui, QtWidgets
else:
    from PyQt5 import QtCore, QtGui, QtWidgets

QTimer = QtCore.QTimer
QApplication = QtWidgets.QApplication
