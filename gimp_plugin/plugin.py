"""One call of the procedure, from the dialog or a script's arguments to the new layer or a sentence."""

from __future__ import annotations

import traceback
from typing import Any

from gi.repository import Gegl, Gimp, GLib, GObject

from shared import wording
from shared.client.block import Block
from shared.client.client import Client
from shared.client.finder import Starter
from shared.client.wait import shade_and_wait
from shared.editor.choices import IMAGE
from shared.editor.original import original
from shared.machine import location
from shared.problem import Problem

from . import choices, marks, read, write
from .progress import ProgressBar
from .vendored import HERE


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
        client = Client(f"gimp {Gimp.version()}", Starter(location.read(HERE)))
        try:
            if mode == Gimp.RunMode.INTERACTIVE and not _agreed(called, config, client, layer):
                return called.new_return_values(Gimp.PDBStatusType.CANCEL, None)
            shaded, report = _shade(client, image, layer, config)
        finally:
            client.close()
    except Problem as problem:
        return _failed(called, problem)
    except MemoryError:
        return _failed(called, Problem("editor.out_of_memory"))
    except Exception as error:  # else GIMP only says that the plug-in crashed
        traceback.print_exc()
        return _failed(called, Problem("editor.bug", error=f"{type(error).__name__}: {error}"))
    if mode != Gimp.RunMode.NONINTERACTIVE:
        Gimp.displays_flush()
        _tell(mode, report)
    values = called.new_return_values(Gimp.PDBStatusType.SUCCESS, None)
    values.remove(1)
    values.insert(1, GObject.Value(Gimp.Layer, shaded))
    return values


def _shade(
    client: Client, image: Gimp.Image, layer: Gimp.Layer, config: Gimp.ProcedureConfig
) -> tuple[Gimp.Layer, dict[str, Any]]:
    """The new layer and the engine's report."""
    read.check(image, layer)  # the dialog was open for a while
    bar = ProgressBar()
    what = config.get_property("what")
    taken = read.whole(layer, what)
    mask = read.selection(layer, taken.place)
    bar.waiting()
    submit = taken.submit(mask, choices.options(config))
    finished = shade_and_wait(client, submit, Block(taken.sent, mask), bar.show)
    bar.writing()
    read.check(image, layer)
    pixels = finished.pixels
    made = write.on_top(image, taken, pixels) if what == IMAGE else write.above(layer, taken, pixels)
    bar.end()
    return made, finished.report


def chosen(image: Gimp.Image, drawables: list[Gimp.Drawable]) -> Gimp.Layer:
    """The layer to shade: in place of a shaded one, the layer it was made from.

    Raises ``Problem`` if what is chosen is no layer, or can't be shaded.
    """
    if image.get_base_type() == Gimp.ImageBaseType.INDEXED:
        raise Problem("editor.indexed")
    if image.get_floating_sel() is not None:
        raise Problem("editor.floating")
    if len(drawables) != 1:
        raise Problem("editor.not_one_layer", count=len(drawables))
    (drawable,) = drawables
    if isinstance(drawable, Gimp.LayerMask):
        drawable = Gimp.Layer.from_mask(drawable)
    if not isinstance(drawable, Gimp.Layer):
        raise Problem("editor.channel")
    return original(drawable, drawable.get_name(), marks.read)


def _agreed(called: Gimp.Procedure, config: Gimp.ProcedureConfig, client: Client, layer: Gimp.Layer) -> bool:
    """Show the dialog; whether it was left with OK."""
    from .dialog import ask  # GTK: a script's GIMP may have no display

    return ask(called, config, client, layer)


def _tell(mode: Gimp.RunMode, report: dict[str, Any]) -> None:
    """Say what came of it. GIMP shows it in a window that has to be closed, so not at each repeat with Ctrl+F."""
    if mode == Gimp.RunMode.INTERACTIVE:
        Gimp.message("\n\n".join(filter(None, [wording.finished(report), wording.explained(report)])))
    elif report.get("notes"):
        Gimp.message(wording.finished(report))


def _failed(called: Gimp.Procedure, problem: Problem) -> Gimp.ValueArray:
    return called.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, GLib.Error(problem.told))
