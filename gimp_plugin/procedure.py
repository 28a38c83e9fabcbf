"""What the procedure is called in GIMP's menus and what it takes, the arguments of a script and of the dialog alike."""

from __future__ import annotations

from gi.repository import Gimp, GObject

from shared import wording
from shared.protocol.messages import Options

LAYER, IMAGE = "layer", "image"
WHAT = {LAYER: "The layer", IMAGE: "The visible image"}
MOST_SEED = 2**31 - 1  # what an integer argument can hold
FROM_PICTURE = -1

_WRITABLE = GObject.ParamFlags.READWRITE


def declare(procedure: Gimp.ImageProcedure) -> None:
    """Give a new procedure its menu entry, its words and its arguments."""
    procedure.set_image_types("RGB*, GRAY*")
    procedure.set_sensitivity_mask(Gimp.ProcedureSensitivityMask.DRAWABLE)
    procedure.set_menu_label("_Shade layer…")
    procedure.add_menu_path("<Image>/Filters/Belladonna")
    procedure.set_documentation(
        "Add a change that people hardly see, but that teaches models which train on the picture something else",
        "The change moves the picture toward another concept in the latent space that text-to-image models train on. "
        "It is made by Belladonna's daemon, on this computer. The result is a new layer above the one that was shaded.",
        None,
    )
    procedure.set_attribution("The Belladonna authors", "MIT licence", "2026")
    procedure.add_string_argument(
        "concept",
        "_Concept",
        "What the picture shows, in English, as someone would prompt for it: dog",
        "",
        _WRITABLE,
    )
    procedure.add_string_argument(
        "target",
        "_Target",
        "What models are to learn instead. Empty: everybody's pictures of a concept get the same target",
        "",
        _WRITABLE,
    )
    _add_choice(procedure, "intensity", "_Intensity", "How strong, and how visible", wording.intensities(), "default")
    _add_choice(procedure, "quality", "_Quality", "How long to search", wording.qualities(), "default")
    _add_choice(procedure, "what", "_Shade", "The chosen layer, or all that is visible", WHAT, LAYER)
    procedure.add_int_argument(
        "seed",
        "S_eed",
        "Another variant for each number. −1: the seed comes from the picture, which is then always shaded the same",
        FROM_PICTURE,
        MOST_SEED,
        FROM_PICTURE,
        _WRITABLE,
    )
    procedure.add_boolean_aux_argument("preview", "_Preview", "Show a part before and after", False, _WRITABLE)
    procedure.add_layer_return_value("shaded", "Shaded layer", "The new layer", True, _WRITABLE)


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


def _add_choice(
    procedure: Gimp.Procedure, name: str, label: str, what: str, values: dict[str, str], default: str
) -> None:
    choice = Gimp.Choice.new()
    for number, (value, described) in enumerate(values.items()):
        choice.add(value, number, described, "")
    procedure.add_choice_argument(name, label, what, choice, default, _WRITABLE)
