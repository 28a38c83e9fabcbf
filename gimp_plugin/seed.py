"""The dialog's row for the seed: from the picture, or a number."""

from __future__ import annotations

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gimp, Gtk  # noqa: E402 - after the version

from . import procedure  # noqa: E402


class SeedBox(Gtk.Box):
    """A check box for the seed that comes from the picture, and beside it the number that is used without."""

    def __init__(self, config: Gimp.ProcedureConfig) -> None:
        super().__init__(spacing=6)
        self._config = config
        self._check = Gtk.CheckButton.new_with_mnemonic("_From the picture")
        self._number = Gtk.SpinButton.new_with_range(0, procedure.MOST_SEED, 1)
        self.pack_start(self._check, False, False, 0)
        self.pack_start(self._number, True, True, 0)
        self._show()
        self._check.connect("toggled", self._changed)
        self._number.connect("value-changed", self._changed)
        self._handler = config.connect("notify::seed", self._show)
        self.connect("destroy", lambda _: config.disconnect(self._handler))

    def _show(self, *_: object) -> None:
        seed = self._config.get_property("seed")
        self._check.set_active(seed == procedure.FROM_PICTURE)
        self._number.set_sensitive(seed != procedure.FROM_PICTURE)
        if seed != procedure.FROM_PICTURE:
            self._number.set_value(seed)

    def _changed(self, *_: object) -> None:
        seed = procedure.FROM_PICTURE if self._check.get_active() else self._number.get_value_as_int()
        if seed != self._config.get_property("seed"):
            self._config.set_property("seed", seed)
