"""The dialog: the procedure's arguments, a line that says how the daemon is, and the preview.

GIMP's own ``ProcedureDialog`` remembers the values and brings the buttons. The rows are laid out here, since the
targets are only known once the daemon has said which it has.
"""

from __future__ import annotations

import gi

gi.require_version("GimpUi", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gimp, GimpUi, GLib, Gtk  # noqa: E402 - after the versions

from shared import wording  # noqa: E402
from shared.client.events import Connected, Event, Unavailable  # noqa: E402
from shared.client.session import Session  # noqa: E402
from shared.protocol.admission import Refused  # noqa: E402
from shared.protocol.messages import Resolved, State, Words  # noqa: E402

from . import procedure  # noqa: E402
from .preview import Preview  # noqa: E402
from .seed import SeedBox  # noqa: E402

TURN = 60  # milliseconds between two looks at the session
ASK = 33  # turns between two questions to the daemon how it is
TITLE = "Shade layer"


def ask(called: Gimp.Procedure, config: Gimp.ProcedureConfig, session: Session, layer: Gimp.Layer) -> bool:
    """Let the user choose; the arguments are then in ``config``. Whether the dialog was left with its OK button.

    The daemon is started meanwhile, so that it is there when it is needed.
    """
    GimpUi.init("belladonna")
    dialog = GimpUi.ProcedureDialog.new(called, config, TITLE)
    dialog.set_ok_label("Sha_de")
    form = Form(dialog, config, session, layer)
    session.start()
    timer = GLib.timeout_add(TURN, form.turn)
    try:
        return dialog.run()
    finally:
        GLib.source_remove(timer)
        form.close()
        dialog.destroy()


class Form:
    """The dialog's rows. Call ``turn`` several times a second."""

    def __init__(
        self, dialog: GimpUi.ProcedureDialog, config: Gimp.ProcedureConfig, session: Session, layer: Gimp.Layer
    ) -> None:
        self._dialog, self._config, self._session = dialog, config, session
        self._resolving = ""
        self._turns = 0
        self._device = ""
        self._grid = Gtk.Grid(column_spacing=12, row_spacing=6)
        self._concept = self._add_concept()
        self._target = self._add_target()
        self._add_choice("intensity", wording.intensities())
        self._add_choice("quality", wording.qualities())
        self._add_choice("what", procedure.WHAT)
        self._add_seed()
        self._state = Gtk.Label(xalign=0, wrap=True, max_width_chars=60)
        self._preview = Preview(config, session, layer)
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12, border_width=12)
        for part in (self._grid, self._state, self._preview):
            box.pack_start(part, False, False, 0)
        box.show_all()
        dialog.get_content_area().pack_start(box, True, True, 0)
        self._handler = config.connect("notify::concept", self._concept_changed)
        self._concept_changed()
        self._show_state()

    def turn(self) -> bool:
        """Hear the daemon and show what it says."""
        events = self._session.poll()
        for event in events:
            self._hear(event)
        self._turns += 1
        if self._turns % ASK == 0 and self._session.state == "ready":
            self._session.status()
        self._preview.poll(events)
        self._show_state()
        return GLib.SOURCE_CONTINUE

    def close(self) -> None:
        self._config.disconnect(self._handler)
        self._preview.close()

    def _add(self, name: str, widget: Gtk.Widget) -> None:
        """A row with the argument's own label and explanation."""
        row = len(self._grid.get_children()) // 2
        argument = self._config.find_property(name)
        label = Gtk.Label(label=argument.nick, use_underline=True, mnemonic_widget=widget, xalign=0)
        widget.set_tooltip_text(argument.blurb)
        widget.set_hexpand(True)
        self._grid.attach(label, 0, row, 1, 1)
        self._grid.attach(widget, 1, row, 1, 1)

    def _add_concept(self) -> Gtk.Entry:
        entry = Gtk.Entry(activates_default=True, placeholder_text="What the picture shows: dog")
        procedure.bind(self._config, "concept", entry, "text")
        self._add("concept", entry)
        return entry

    def _add_target(self) -> Gtk.ComboBoxText:
        combo = Gtk.ComboBoxText()
        combo.append("", "Automatic")
        chosen = self._config.get_property("target")
        if chosen:
            combo.append(chosen, chosen)
        procedure.bind(self._config, "target", combo, "active-id")
        self._add("target", combo)
        return combo

    def _add_choice(self, name: str, values: dict[str, str]) -> None:
        combo = Gtk.ComboBoxText()
        for value, label in values.items():
            combo.append(value, label)
        procedure.bind(self._config, name, combo, "active-id")
        self._add(name, combo)

    def _add_seed(self) -> None:
        self._add("seed", SeedBox(self._config))

    def _hear(self, event: Event | Unavailable) -> None:
        if isinstance(event, Connected):
            self._device = event.welcome.device
            self._show_targets(event.welcome.targets)
            if "vocabulary" in event.welcome.capabilities:
                self._session.vocabulary()
            self._resolve()
        elif isinstance(event, State):
            self._device = event.device
        elif isinstance(event, Words):
            self._suggest(event.words)
        elif isinstance(event, Resolved) and event.id == self._resolving:
            self._name_automatic(f"Automatic (“{event.target}”)")

    def _show_targets(self, targets: tuple[str, ...]) -> None:
        chosen = self._config.get_property("target")
        known = [row[1] for row in self._target.get_model()]  # a ComboBoxText's columns: text, id
        for target in targets:
            if target not in known:
                self._target.append(target, target)
        self._target.set_active_id(chosen)

    def _name_automatic(self, label: str) -> None:
        self._target.get_model()[0][0] = label

    def _suggest(self, words: tuple[str, ...]) -> None:
        """Offer the table's concepts while one is typed; any other text is as good."""
        model = Gtk.ListStore(str)
        for word in words:
            model.append([word])
        completion = Gtk.EntryCompletion(model=model, inline_completion=False, popup_single_match=False)
        completion.set_text_column(0)
        self._concept.set_completion(completion)

    def _concept_changed(self, *_: object) -> None:
        concept = self._config.get_property("concept") or ""
        self._dialog.set_response_sensitive(Gtk.ResponseType.OK, bool(concept.strip()))
        self._resolve()

    def _resolve(self) -> None:
        """Ask which target the concept gets by itself."""
        concept = procedure.options(self._config).concept
        self._resolving = ""
        self._name_automatic("Automatic")
        if concept and self._session.state == "ready":
            try:
                self._resolving = self._session.resolve(concept)
            except Refused:
                return  # shading it will say why

    def _show_state(self) -> None:
        problem = self._session.problem
        text = f"Belladonna: {wording.state(self._session.state, self._device)}"
        if problem is not None:
            text = f"{problem.message} {problem.hint}".strip()
        if text != self._state.get_text():
            self._state.set_text(text)
