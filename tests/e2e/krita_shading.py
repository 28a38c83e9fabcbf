"""What tests in real Krita do again and again: shade, wait, look at layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.e2e.krita_app import KritaApp

SECONDS = 180.0  # far more than a job takes, with the engine to be loaded on a busy machine

HELPERS = """
import gc
import belladonna.plugin
# Krita 6 crashes when app.extensions() is called for the second time.
plugin = next(each for each in gc.get_objects() if isinstance(each, belladonna.plugin.Belladonna))
controller = plugin.controller

def layers():
    return [layer.name() for layer in doc().topLevelNodes()]

def layer(name):
    def walk(nodes):
        for each in nodes:
            if each.name() == name:
                return each
            found = walk(each.childNodes())
            if found is not None:
                return found
    found = walk(doc().topLevelNodes())
    if found is None:
        raise LookupError(name)
    return found

def pixels(name, x=None, y=None, width=None, height=None):
    node = layer(name)
    bounds = node.bounds()
    if x is None:
        x, y, width, height = bounds.x(), bounds.y(), bounds.width(), bounds.height()
    return node.projectionPixelData(x, y, width, height)

def srgb(name, x, y, width, height):
    '''Pixels as 8-bit sRGB (B, G, R, A), converted by Krita in a document of its own.'''
    node = layer(name)
    made = app.createDocument(8, 8, "srgb", node.colorModel(), node.colorDepth(), node.colorProfile(), 72.0)
    copy = made.createNode("copy", "paintlayer")
    copy.setPixelData(node.projectionPixelData(x, y, width, height), 0, 0, width, height)
    copy.setColorSpace("RGBA", "U8", SRGB)
    data = copy.pixelData(0, 0, width, height)
    made.setModified(False)
    made.close()
    return data

def add_layer(name, x, y, width, height, data):
    made = doc().createNode(name, "paintlayer")
    made.setPixelData(data, x, y, width, height)
    doc().rootNode().addChildNode(made, None)
    doc().waitForDone()
    doc().setActiveNode(made)
    return made
"""


def prepare(krita: KritaApp, quality: str = "fast", intensity: str = "default") -> None:
    """Bring the helpers into this Krita, and set what *Shade layer again* does."""
    krita.run(HELPERS)
    for name, value in {"target": "", "intensity": intensity, "quality": quality, "what": "layer"}.items():
        krita.run("app.writeSetting('belladonna', name, value)", name=name, value=value)
    krita.run("controller.history.clear(); controller.failures.clear()")


def begin(krita: KritaApp) -> None:
    """Press *Shade layer again*; returns once the job is there, or was, if it failed at once."""
    krita.run("trigger('shade_layer_again')")
    krita.until("controller.jobs or len(controller.history)", "a job")


def finish(krita: KritaApp, seconds: float = SECONDS) -> dict[str, Any]:
    """Wait until no job is left; the last one must have gone well. Returns its report."""
    krita.until("not controller.jobs", "the end of all jobs", seconds)
    phase, line = krita.eval("[controller.history[0].phase.name, controller.history[0].line]")
    assert phase == "DONE", line
    krita.run("doc().waitForDone()")
    return krita.eval("controller.history[0].report")


def shade(krita: KritaApp) -> dict[str, Any]:
    """Shade the active layer with the settings of ``prepare``; returns the report."""
    begin(krita)
    return finish(krita)


def failure(krita: KritaApp, seconds: float = SECONDS) -> str:
    """Wait until no job is left; the last one must have failed. Returns what the artist reads."""
    krita.until("not controller.jobs and len(controller.history)", "the end of all jobs", seconds)
    phase, line = krita.eval("[controller.history[0].phase.name, controller.history[0].line]")
    assert phase == "FAILED", phase
    return line


def array(data: bytes, width: int, height: int, dtype: str = "u1") -> np.ndarray:
    """Pixel data as (height, width, channels)."""
    return np.frombuffer(data, dtype).reshape(height, width, -1)
