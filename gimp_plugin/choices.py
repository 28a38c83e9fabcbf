"""What the artist chooses: the procedure's arguments, which a script passes and the dialog shows."""

from __future__ import annotations

from gi.repository import Gimp, GObject

from shared import wording
from shared.editor.choices import LAYER, what_labels
from shared.protocol.messages import Options

MOST_SEED = 2**31 - 1  # what an integer argument can hold
FROM_PICTURE = -1

_WRITABLE = GObject.ParamFlags.READWRITE


def declare(procedure: Gimp.ImageProcedure) -> None:
    """Give a new procedure its menu entry, its words and its arguments."""
    procedure.set_image_types("RGB*, GRAY*")
    procedure.set_sensitivity_mask(Gimp.ProcedureSensitivityMask.DRAWABLE)
    procedure.set_menu_label(wording.text("editor.menu_dialog"))
    procedure.add_menu_path("<Image>/Filters/Belladonna")
    procedure.set_documentation(wording.text("editor.about"), wording.text("editor.about_more"), None)
    procedure.set_attribution("The Belladonna authors", "MIT licence", "2026")
    procedure.add_string_argument("concept", *_words("concept"), "", _WRITABLE)
    procedure.add_string_argument("target", *_words("target"), "", _WRITABLE)
    _add_choice(procedure, "intensity", wording.intensities(), "default")
    _add_choice(procedure, "quality", wording.qualities(), "default")
    _add_choice(procedure, "what", what_labels(), LAYER)
    procedure.add_int_argument("seed", *_words("seed"), FROM_PICTURE, MOST_SEED, FROM_PICTURE, _WRITABLE)
    procedure.add_boolean_aux_argument("preview", *_words("preview"), False, _WRITABLE)
    result = wording.text("editor.result"), wording.text("editor.about_result")
    procedure.add_layer_return_value("shaded", *result, True, _WRITABLE)


def options(config: Gimp.ProcedureConfig) -> Options:
    """What the arguments ask the daemon for."""
    seed = config.get_property("seed")
    return Options(
        concept=(config.get_property("concept") or "").strip(),
        target=(config.get_property("target") or "").strip() or None,
        intensity=config.get_property("intensity"),
        quality=config.get_property("quality"),
        seed=None if seed == FROM_PICTURE else seed,
    )


def bind(config: Gimp.ProcedureConfig, name: str, widget: GObject.Object, property: str) -> None:
    """Keep an argument and a widget's property the same, starting with the argument's value."""
    both_ways = GObject.BindingFlags.BIDIRECTIONAL | GObject.BindingFlags.SYNC_CREATE
    config.bind_property(name, widget, property, both_ways)


def _words(name: str) -> tuple[str, str]:
    """An argument's label and what it is about."""
    return wording.text(f"editor.label_{name}"), wording.text(f"editor.about_{name}")


def _add_choice(procedure: Gimp.Procedure, name: str, values: dict[str, str], default: str) -> None:
    choice = Gimp.Choice.new()
    for number, (value, described) in enumerate(values.items()):
        choice.add(value, number, described, "")
    procedure.add_choice_argument(name, *_words(name), choice, default, _WRITABLE)
