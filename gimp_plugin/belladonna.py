#!/usr/bin/env python3
"""What GIMP starts: tells it which procedure there is, and runs it.

GIMP finds this file by its place, ``plug-ins/belladonna/belladonna.py``, and also runs it at its own start, to ask what
is in it. So hardly anything is imported before the procedure really runs.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import gi

gi.require_version("Gegl", "0.4")
gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, GLib  # noqa: E402 - after the versions

FOLDER = Path(__file__).resolve().parent
PROCEDURE = "plug-in-belladonna-shade-layer"


def load(module: str) -> Any:
    """A module of this folder, as one of the package that the folder is, whatever it is called."""
    if FOLDER.name not in sys.modules:
        sys.path.insert(0, str(FOLDER.parent))
        importlib.import_module(FOLDER.name)  # the folder, not this file, whose name it has in an installation
        importlib.import_module(f"{FOLDER.name}.vendored")
    return importlib.import_module(f"{FOLDER.name}.{module}")


class Belladonna(Gimp.PlugIn):
    """The plug-in, with GIMP's own names for what it asks."""

    def do_set_i18n(self, name: str) -> bool:
        """GIMP asks whether it is to translate."""
        return False

    def do_query_procedures(self) -> list[str]:
        """GIMP asks which procedures there are."""
        return [PROCEDURE]

    def do_create_procedure(self, name: str) -> Gimp.Procedure:
        """GIMP asks for one of them, to put it into its menus or to run it."""
        procedure = Gimp.ImageProcedure.new(self, name, Gimp.PDBProcType.PLUGIN, self.run, None)
        try:
            load("choices").declare(procedure)
        except ImportError:  # it stays in the menu: ``run`` says what is wrong
            procedure.set_menu_label("Shade layer")
            procedure.add_menu_path("<Image>/Filters/Belladonna")
        return procedure

    def run(
        self,
        procedure: Gimp.Procedure,
        mode: Gimp.RunMode,
        image: Gimp.Image,
        drawables: list[Gimp.Drawable],
        config: Gimp.ProcedureConfig,
        data: object,
    ) -> Gimp.ValueArray:
        """GIMP has the procedure run."""
        try:
            run = load("plugin").run
        except ImportError as problem:
            sentence = f"Belladonna's plug-in is incomplete ({problem}). Run Belladonna's install.py again."
            return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, GLib.Error(sentence))
        return run(procedure, mode, image, drawables, config)


if __name__ == "__main__":
    Gimp.main(Belladonna.__gtype__, sys.argv)
