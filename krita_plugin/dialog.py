"""The window of *Shade layer*: what the picture shows, what a model is to learn instead, how strong, how well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import preferences
from .common import Refused, events, messages, wording
from .controller import Controller
from .layers import NOTHING_OPEN, layer_of
from .new_layer import is_shaded
from .preferences import IMAGE, LAYER, Preferences
from .qt import QtCore, QtWidgets

AUTOMATIC = "Automatic"
TYPING_PAUSE = 250  # milliseconds without a key before the daemon is asked which target the concept gets


class ShadeDialog(QtWidgets.QDialog):
    """``accepted_with(concept, preferences)`` is called when the artist presses Shade, ``closed`` at the end anyway."""

    def __init__(
        self,
        parent: Any,
        controller: Controller,
        layer_name: str,
        concept: str,
        last: Preferences,
        accepted_with: Callable[[str, Preferences], None],
        closed: Callable[[], None],
    ) -> None:
        super().__init__(parent)
        self.setObjectName("belladonna_dialog")
        self.setWindowTitle("Shade layer")
        self._controller, self._accepted_with, self._closed, self._last = controller, accepted_with, closed, last
        self._question = ""  # id of the question about the concept's target
        self._words_question = ""

        self._concept = QtWidgets.QLineEdit(concept)
        self._concept.setObjectName("belladonna_concept")
        self._concept.setPlaceholderText("dog, portrait of a woman, castle …")
        self._concept.setMaxLength(messages.Limits().text)
        self._target = _choice("target", {"": AUTOMATIC}, "")
        self._intensity = _choice("intensity", wording.intensities(), last.intensity)
        self._quality = _choice("quality", wording.qualities(), last.quality)
        name = layer_name if len(layer_name) <= 40 else f"{layer_name[:19]}…{layer_name[-20:]}"
        self._what = _choice(
            "what", {LAYER: f"Active layer: {name}", IMAGE: "Visible image, as a new layer on top"}, last.what
        )
        self._note = QtWidgets.QLabel()
        self._note.setObjectName("belladonna_note")
        self._note.setWordWrap(True)
        self._layer_is_shaded = is_shaded(layer_name)

        form = QtWidgets.QFormLayout()
        form.addRow("What the picture &shows:", self._concept)
        form.addRow("What models &learn instead:", self._target)
        form.addRow("&Intensity:", self._intensity)
        form.addRow("&Quality:", self._quality)
        form.addRow("&What to shade:", self._what)
        buttons = QtWidgets.QDialogButtonBox(QtWidgets.QDialogButtonBox.StandardButton.Cancel)
        self._shade = buttons.addButton("Shade", QtWidgets.QDialogButtonBox.ButtonRole.AcceptRole)
        self._shade.setObjectName("belladonna_shade")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QtWidgets.QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self._note)
        layout.addWidget(buttons)
        self.setMinimumWidth(440)
        # Return shades. Said last, because a button that isn't inside the window yet doesn't count.
        buttons.button(QtWidgets.QDialogButtonBox.StandardButton.Cancel).setAutoDefault(False)
        self._shade.setDefault(True)

        self._pause = QtCore.QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(TYPING_PAUSE)
        self._pause.timeout.connect(self._ask_for_target)
        self._concept.textChanged.connect(lambda _: self._concept_changed())
        self._what.currentIndexChanged.connect(lambda _: self._show_note())
        controller.listeners.append(self._hear)
        self._concept_changed()
        self._connected()

    def done(self, result: int) -> None:
        """The window closes, for whatever reason."""
        if self._hear in self._controller.listeners:
            self._controller.listeners.remove(self._hear)
        self._pause.stop()
        if result == QtWidgets.QDialog.DialogCode.Accepted:
            chosen = Preferences(
                target=self._target.currentData() or "",
                intensity=self._intensity.currentData(),
                quality=self._quality.currentData(),
                what=self._what.currentData(),
            )
            self._accepted_with(self._concept.text().strip(), chosen)
        self._closed()
        super().done(result)

    def _concept_changed(self) -> None:
        # Without a word for what it shows a picture adds up with nobody else's.
        self._shade.setEnabled(bool(self._concept.text().strip()))
        self._question = ""
        self._target.setItemText(0, AUTOMATIC)
        self._pause.start()

    def _connected(self) -> None:
        """Show what the daemon offers, as far as it is there."""
        welcome = self._controller.session.welcome
        if self._controller.session.state == "ready" and welcome is not None:
            if self._target.count() == 1:
                chosen = self._target.currentData() or self._last.target
                for target in welcome.targets:
                    self._target.addItem(target, target)
                self._target.setCurrentIndex(max(0, self._target.findData(chosen)))
            if not self._words_question and "vocabulary" in welcome.capabilities:
                self._words_question = self._controller.session.vocabulary()
            self._ask_for_target()
        self._show_note()

    def _hear(self, event: Any) -> None:
        if isinstance(event, events.Connected):
            self._words_question = ""
            self._connected()
        elif isinstance(event, events.Unavailable | events.Lost):
            self._show_note()
        elif isinstance(event, messages.Words) and event.id == self._words_question:
            self._suggest(list(event.words))
        elif isinstance(event, messages.Resolved) and event.id == self._question:
            self._target.setItemText(0, f"{AUTOMATIC}: {event.target}")

    def _suggest(self, words: list[str]) -> None:
        completer = QtWidgets.QCompleter(words, self)
        completer.setCaseSensitivity(QtCore.Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(QtCore.Qt.MatchFlag.MatchContains)
        self._concept.setCompleter(completer)

    def _ask_for_target(self) -> None:
        concept = self._concept.text().strip()
        if concept and self._controller.session.state == "ready":
            try:
                self._question = self._controller.session.resolve(concept)
            except Refused as refusal:
                self._note.setText(f"{refusal.message} {refusal.hint}".strip())

    def _show_note(self) -> None:
        session = self._controller.session
        lines = []
        if self._layer_is_shaded and self._what.currentData() == LAYER:
            lines.append("This layer was shaded already. Shading it once more makes the change easier to see.")
        if session.problem is not None and session.state in ("missing", "lost"):
            lines.append(f"{session.problem.message} {session.problem.hint}".strip())
        else:
            lines.append(f"Daemon: {wording.state(session.state, self._controller.device)}")
        self._note.setText("\n".join(lines))


def _choice(name: str, labels: dict[str, str], chosen: str) -> Any:
    """A combo box whose items have the keys as their data."""
    box = QtWidgets.QComboBox()
    box.setObjectName(f"belladonna_{name}")
    for value, label in labels.items():
        box.addItem(label, value)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    return box


def open_dialog(
    parent: Any,
    app: Any,
    controller: Controller,
    accepted_with: Callable[[str, Preferences], None],
    closed: Callable[[], None],
) -> None:
    """Show the window for the active document. Raises ``LayerError`` if there is none."""
    document = app.activeDocument()
    if document is None:
        raise NOTHING_OPEN
    layer = layer_of(document.activeNode())
    dialog = ShadeDialog(
        parent,
        controller,
        "none" if layer is None else layer.name(),
        preferences.concept_of(document),
        preferences.load(app),
        accepted_with,
        closed,
    )
    dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
