"""The dialog: the procedure's arguments, a line about the daemon's state, and the preview.

GIMP's own ``ProcedureDialog`` remembers the values and brings the buttons. The rows are laid out here, since the
targets are only known once the daemon has said which it has.
"""

from __future__ import annotations

import gi

gi.require_version("GimpUi", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gimp, GimpUi, GLib, Gtk  # noqa: E402 - after the versions

from shared import wording  # noqa: E402
from shared.client.client import Client  # noqa: E402
from shared.client.events import Connected, Event  # noqa: E402
from shared.editor.choices import what_labels  # noqa: E402
from shared.editor.enquiry import Enquiry  # noqa: E402
from shared.protocol.messages import DaemonStatus  # noqa: E402

from . import choices  # noqa: E402
from .preview import Preview  # noqa: E402

TURN = 60  # milliseconds between two looks at what the daemon says
ASK = 33  # turns between two questions about the daemon's state


def ask(called: Gimp.Procedure, config: Gimp.ProcedureConfig, client: Client, layer: Gimp.Layer) -> bool:
    """Let the user choose; the arguments are then in ``config``. Whether the dialog was left with its OK button.

    The daemon is started at the same time, to be there when it is needed.
    """
    GimpUi.init("belladonna")
    dialog = GimpUi.ProcedureDialog.new(called, config, wording.text("editor.menu"))
    dialog.set_ok_label(wording.text("editor.label_shade"))
    form = Form(dialog, config, client, layer)
    client.start()
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
        self, dialog: GimpUi.ProcedureDialog, config: Gimp.ProcedureConfig, client: Client, layer: Gimp.Layer
    ) -> None:
        self._dialog, self._config, self._client = dialog, config, client
        self._enquiry = Enquiry(client)
        self._suggested: tuple[str, ...] = ()
        self._turns = 0
        self._device = ""
        self._grid = Gtk.Grid(column_spacing=12, row_spacing=6)
        self._concept = self._add_concept()
        self._target = self._add_target()
        self._add_choice("intensity", wording.intensities())
        self._add_choice("quality", wording.qualities())
        self._add_choice("what", what_labels())
        self._add_seed()
        self._expect = Gtk.Label(label=wording.text("dose.expect"), xalign=0, wrap=True, max_width_chars=60)
        self._state = Gtk.Label(xalign=0, wrap=True, max_width_chars=60)
        self._preview = Preview(config, client, layer)
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12, border_width=12)
        for part in (self._grid, self._expect, self._state, self._preview):
            box.pack_start(part, False, False, 0)
        box.show_all()
        dialog.get_content_area().pack_start(box, True, True, 0)
        self._handler = config.connect("notify::concept", self._concept_changed)
        self._concept_changed()

    def turn(self) -> bool:
        """Hear the daemon and show what it says."""
        events = self._client.poll()
        for event in events:
            self._hear(event)
        self._turns += 1
        if self._turns % ASK == 0 and self._client.state == "ready":
            self._client.status()
        self._preview.poll(events)
        self._show()
        return GLib.SOURCE_CONTINUE

    def close(self) -> None:
        """Listen to nothing any more: the dialog is left."""
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
        entry = Gtk.Entry(activates_default=True, placeholder_text=wording.text("editor.example"))
        choices.bind(self._config, "concept", entry, "text")
        self._add("concept", entry)
        return entry

    def _add_target(self) -> Gtk.ComboBoxText:
        combo = Gtk.ComboBoxText()
        combo.append("", _automatic())
        chosen = self._config.get_property("target")
        if chosen:
            combo.append(chosen, chosen)
        choices.bind(self._config, "target", combo, "active-id")
        self._add("target", combo)
        return combo

    def _add_choice(self, name: str, values: dict[str, str]) -> None:
        combo = Gtk.ComboBoxText()
        for value, label in values.items():
            combo.append(value, label)
        choices.bind(self._config, name, combo, "active-id")
        self._add(name, combo)

    def _add_seed(self) -> None:
        self._add("seed", SeedBox(self._config))

    def _hear(self, event: Event) -> None:
        self._enquiry.hear(event)
        if isinstance(event, Connected):
            self._device = event.welcome.device
        elif isinstance(event, DaemonStatus):
            self._device = event.device

    def _concept_changed(self, *_: object) -> None:
        concept = choices.options(self._config).concept
        self._dialog.set_response_sensitive(Gtk.ResponseType.OK, bool(concept))
        self._enquiry.ask(concept)
        self._show()

    def _show(self) -> None:
        """Show what the daemon has said so far, and how it is."""
        rows = self._target.get_model()
        known = [row[1] for row in rows]  # a ComboBoxText's columns: text, id
        if any(target not in known for target in self._enquiry.targets):
            chosen = self._config.get_property("target")
            for target in self._enquiry.targets:
                if target not in known:
                    self._target.append(target, target)
            self._target.set_active_id(chosen)
        target = self._enquiry.automatic
        automatic = wording.text("editor.automatic_target", target=target) if target else _automatic()
        if rows[0][0] != automatic:
            rows[0][0] = automatic
        if self._enquiry.words != self._suggested:
            self._suggested = self._enquiry.words
            self._suggest()
        problem = self._enquiry.problem or self._client.problem
        state = wording.state(self._client.state, self._device)
        text = wording.text("editor.daemon", state=state) if problem is None else problem.told
        if text != self._state.get_text():
            self._state.set_text(text)

    def _suggest(self) -> None:
        """Offer the table's concepts while one is being typed; any other text will do as well."""
        model = Gtk.ListStore(str)
        for word in self._suggested:
            model.append([word])
        completion = Gtk.EntryCompletion(model=model, inline_completion=False, popup_single_match=False)
        completion.set_text_column(0)
        self._concept.set_completion(completion)


def _automatic() -> str:
    return wording.text("editor.automatic")


class SeedBox(Gtk.Box):
    """A check box for the seed that comes from the picture, and beside it the number that is used without."""

    def __init__(self, config: Gimp.ProcedureConfig) -> None:
        super().__init__(spacing=6)
        self._config = config
        self._check = Gtk.CheckButton.new_with_mnemonic(wording.text("editor.seed_from_picture"))
        self._number = Gtk.SpinButton.new_with_range(0, choices.MOST_SEED, 1)
        self.pack_start(self._check, False, False, 0)
        self.pack_start(self._number, True, True, 0)
        self._show()
        self._check.connect("toggled", self._changed)
        self._number.connect("value-changed", self._changed)
        self._handler = config.connect("notify::seed", self._show)
        self.connect("destroy", lambda _: config.disconnect(self._handler))

    def _show(self, *_: object) -> None:
        seed = self._config.get_property("seed")
        self._check.set_active(seed == choices.FROM_PICTURE)
        self._number.set_sensitive(seed != choices.FROM_PICTURE)
        if seed != choices.FROM_PICTURE:
            self._number.set_value(seed)

    def _changed(self, *_: object) -> None:
        seed = choices.FROM_PICTURE if self._check.get_active() else self._number.get_value_as_int()
        if seed != self._config.get_property("seed"):
            self._config.set_property("seed", seed)
