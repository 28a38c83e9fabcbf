"""One call of the procedure, from the dialog or a script's arguments to the new layer or a sentence."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

from gi.repository import Gegl, Gimp, GLib, GObject

from shared import wording
from shared.client.session import Session
from shared.machine import location
from shared.protocol.admission import Refused

from . import layers, procedure, snapshot
from .progress import ProgressBar
from .shading import shade
from .trouble import Trouble

FOLDER = Path(__file__).resolve().parent


def run(
    called: Gimp.Procedure,
    mode: Gimp.RunMode,
    image: Gimp.Image,
    drawables: list[Gimp.Drawable],
    config: Gimp.ProcedureConfig,
) -> Gimp.ValueArray:
    """Carry out the procedure; the values it returns: a status, then the new layer or an error."""
    Gegl.init(None)
    try:
        layer = chosen(image, drawables)
        session = Session(f"gimp {Gimp.version()}", location.read(FOLDER))
        try:
            if mode == Gimp.RunMode.INTERACTIVE and not _agreed(called, config, session, layer):
                return called.new_return_values(Gimp.PDBStatusType.CANCEL, None)
            shaded, report = _shade(session, image, layer, config)
        finally:
            session.close()
    except (Trouble, location.LocationError) as problem:
        return _failed(called, f"{problem} {problem.hint}".strip())
    except Refused as problem:
        return _failed(called, f"{problem.message} {problem.hint}".strip())
    except MemoryError:
        return _failed(called, "There is not enough memory for this layer. Close other images.")
    except Exception as problem:  # else GIMP only says that the plug-in crashed
        traceback.print_exc()
        return _failed(called, f"Belladonna's plug-in made a mistake ({problem!r}). Please report this.")
    if mode != Gimp.RunMode.NONINTERACTIVE:
        Gimp.displays_flush()
        if report.get("notes"):  # only then: GIMP may show it in a window that has to be closed
            Gimp.message(wording.finished(report))
    values = called.new_return_values(Gimp.PDBStatusType.SUCCESS, None)
    values.remove(1)
    values.insert(1, GObject.Value(Gimp.Layer, shaded))
    return values


def _shade(
    session: Session, image: Gimp.Image, layer: Gimp.Layer, config: Gimp.ProcedureConfig
) -> tuple[Gimp.Layer, dict[str, Any]]:
    """The new layer and the engine's report."""
    if not layer.is_valid():  # the dialog was open for a while
        raise layers.GONE
    bar = ProgressBar()
    bar.reading()
    of_image = config.get_property("what") == procedure.IMAGE
    taken = snapshot.of_image(image) if of_image else snapshot.of_layer(layer)
    mask = snapshot.of_selection(image, taken.place)
    finished = shade(session, taken, mask, procedure.options(config), bar.show)
    bar.writing()
    if of_image:
        made = layers.add_on_top(image, taken, finished.pixels)
    else:
        made = layers.add_above(layer, taken, finished.pixels)
    bar.end()
    return made, finished.report


def chosen(image: Gimp.Image, drawables: list[Gimp.Drawable]) -> Gimp.Layer:
    """The layer to shade. Raises ``Trouble`` if what is chosen is none, or can't be shaded."""
    if image.get_base_type() == Gimp.ImageBaseType.INDEXED:
        raise Trouble(
            "An image with indexed colours can't be shaded: a change that is hardly seen needs more of them.",
            "Convert it with Image > Mode > RGB first.",
        )
    if image.get_floating_sel() is not None:
        raise Trouble("There is a floating selection.", "Anchor it first, with Layer > Anchor Layer.")
    if len(drawables) != 1:
        raise Trouble(f"{len(drawables)} layers are chosen.", "Choose the one that is to be shaded.")
    (drawable,) = drawables
    if isinstance(drawable, Gimp.LayerMask):
        drawable = Gimp.Layer.from_mask(drawable)
    if not isinstance(drawable, Gimp.Layer):
        raise Trouble("A channel is chosen, which has no colours.", "Choose a layer.")
    return layers.source_of(drawable)


def _agreed(called: Gimp.Procedure, config: Gimp.ProcedureConfig, session: Session, layer: Gimp.Layer) -> bool:
    """Show the dialog; whether it was left with OK."""
    from .dialog import ask  # GTK: a script's GIMP may have no display

    return ask(called, config, session, layer)


def _failed(called: Gimp.Procedure, sentence: str) -> Gimp.ValueArray:
    return called.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, GLib.Error(sentence))
