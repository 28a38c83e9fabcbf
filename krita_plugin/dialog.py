"""The window of *Shade layer*: what the picture shows, what models learn instead, how strong, how well."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import choices, marks
from .choices import Choices
from .controller import Controller
from .qt import QtCore, QtWidgets
from .read import active_document, layer_of
from .vendored import LAYER, Enquiry, events, messages, what_labels, wording

if TYPE_CHECKING:
    from krita import Krita

TYPING_PAUSE = 250  # milliseconds without a key before the daemon is asked which target the concept gets
LONGEST_NAME = 40  # characters of a layer's name


class ShadeDialog(QtWidgets.QDialog):
    """Asks for everything that a job needs.

    ``accepted_with(concept, choices)`` is called when the artist presses Shade, ``closed`` in any case at the end.
    ``shaded``: the active layer, called ``layer_name``, is a shaded one.
    """

    def __init__(
        self,
        parent: Any,
        controller: Controller,
        layer_name: str,
        shaded: bool,
        concept: str,
        last: Choices,
        accepted_with: Callable[[str, Choices], None],
        closed: Callable[[], None],
    ) -> None:
        super().__init__(parent)
        self.setObjectName("belladonna_dialog")
        self.setWindowTitle(wording.text("editor.menu"))
        self._controller, self._accepted_with, self._closed = controller, accepted_with, closed
        self._shaded, self._last = shaded, last
        self._enquiry = Enquiry(controller.client)
        self._suggested: tuple[str, ...] = ()

        self._concept = QtWidgets.QLineEdit(concept)
        self._concept.setObjectName("belladonna_concept")
        self._concept.setPlaceholderText(wording.text("editor.example"))
        self._concept.setMaxLength(messages.Limits().text)
        self._target = _choice("target", {"": wording.text("editor.automatic")}, "")
        self._intensity = _choice("intensity", wording.intensities(), last.intensity)
        self._quality = _choice("quality", wording.qualities(), last.quality)
        self._what = _choice("what", what_labels(_shortened(layer_name)), last.what)
        self._expect = QtWidgets.QLabel(wording.text("dose.expect"))
        self._expect.setObjectName("belladonna_expect")
        self._expect.setWordWrap(True)
        self._note = QtWidgets.QLabel()
        self._note.setObjectName("belladonna_note")
        self._note.setWordWrap(True)
        self._lay_out()

        self._pause = QtCore.QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(TYPING_PAUSE)
        self._pause.timeout.connect(self._ask_for_target)
        self._concept.textChanged.connect(lambda _: self._concept_changed())
        self._what.currentIndexChanged.connect(lambda _: self._show())
        controller.listeners.append(self._hear)
        self._concept_changed()
        self._ask_for_target()

    def _lay_out(self) -> None:
        form = QtWidgets.QFormLayout()
        for name in ("concept", "target", "intensity", "quality", "what"):
            form.addRow(f"{_mnemonic(wording.text(f'editor.label_{name}'))}:", getattr(self, f"_{name}"))
        buttons = QtWidgets.QDialogButtonBox(QtWidgets.QDialogButtonBox.StandardButton.Cancel)
        shade = _mnemonic(wording.text("editor.label_shade"))
        self._shade = buttons.addButton(shade, QtWidgets.QDialogButtonBox.ButtonRole.AcceptRole)
        self._shade.setObjectName("belladonna_shade")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QtWidgets.QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self._expect)
        layout.addWidget(self._note)
        layout.addWidget(buttons)
        self.setMinimumWidth(440)
        # Return shades. Said last, because a button that isn't inside the window yet doesn't count.
        buttons.button(QtWidgets.QDialogButtonBox.StandardButton.Cancel).setAutoDefault(False)
        self._shade.setDefault(True)

    def done(self, result: int) -> None:
        """Qt calls this when the window closes, for whatever reason."""
        if self._hear in self._controller.listeners:
            self._controller.listeners.remove(self._hear)
        self._pause.stop()
        if result == QtWidgets.QDialog.DialogCode.Accepted:
            chosen = Choices(
                target=self._target.currentData() or "",
                intensity=self._intensity.currentData(),
                quality=self._quality.currentData(),
                what=self._what.currentData(),
            )
            self._accepted_with(self._concept.text().strip(), chosen)
        self._closed()
        super().done(result)

    def _concept_changed(self) -> None:
        # Without a word for what it shows, a picture adds up with nobody else's.
        self._shade.setEnabled(bool(self._concept.text().strip()))
        self._target.setItemText(0, wording.text("editor.automatic"))
        self._enquiry.ask("")  # an answer about the old concept is of no use any more
        self._pause.start()

    def _ask_for_target(self) -> None:
        self._enquiry.ask(self._concept.text())
        self._show()

    def _hear(self, event: events.Event) -> None:
        self._enquiry.hear(event)
        self._show()

    def _show(self) -> None:
        """Show what the daemon has said so far, and how it is."""
        enquiry = self._enquiry
        if enquiry.targets and self._target.count() == 1:
            chosen = self._target.currentData() or self._last.target
            for target in enquiry.targets:
                self._target.addItem(target, target)
            self._target.setCurrentIndex(max(0, self._target.findData(chosen)))
        if enquiry.automatic:
            self._target.setItemText(0, wording.text("editor.automatic_target", target=enquiry.automatic))
        if enquiry.words != self._suggested:
            self._suggested = enquiry.words
            completer = QtWidgets.QCompleter(list(enquiry.words), self)
            completer.setCaseSensitivity(QtCore.Qt.CaseSensitivity.CaseInsensitive)
            completer.setFilterMode(QtCore.Qt.MatchFlag.MatchContains)
            self._concept.setCompleter(completer)
        client = self._controller.client
        problem = enquiry.problem or (client.problem if client.state in ("missing", "lost") else None)
        state = wording.text("editor.daemon", state=wording.state(client.state, self._controller.device))
        lines = [state if problem is None else problem.told]
        if self._shaded and self._what.currentData() == LAYER:
            lines.insert(0, wording.text("editor.note_shaded"))
        self._note.setText("\n".join(lines))


def open_dialog(
    parent: Any,
    app: Krita,
    controller: Controller,
    accepted_with: Callable[[str, Choices], None],
    closed: Callable[[], None],
) -> None:
    """Show the window for the active document. Raises ``Problem`` if there is none."""
    document = active_document(app)
    layer = layer_of(document.activeNode())
    dialog = ShadeDialog(
        parent,
        controller,
        wording.text("editor.no_layer") if layer is None else layer.name(),
        layer is not None and marks.read(document, layer) is not None,
        choices.concept_of(document),
        choices.load(app),
        accepted_with,
        closed,
    )
    dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


def _choice(name: str, labels: dict[str, str], chosen: str) -> Any:
    """A combo box whose items have the keys as their data."""
    box = QtWidgets.QComboBox()
    box.setObjectName(f"belladonna_{name}")
    for value, label in labels.items():
        box.addItem(label, value)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    return box


def _mnemonic(label: str) -> str:
    """A label of the catalogue, in which the key to press is marked as GTK does, as Qt marks it."""
    return label.replace("_", "&")


def _shortened(name: str) -> str:
    half = LONGEST_NAME // 2
    return name if len(name) <= LONGEST_NAME else f"{name[: half - 1]}…{name[-half:]}"
