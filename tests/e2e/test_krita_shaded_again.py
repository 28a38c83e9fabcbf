"""In real Krita a shaded layer is known by its mark: through renaming, saving, opening again and undo."""

from __future__ import annotations

import numpy as np
import pytest

from shared.problem import Problem
from tests.e2e.krita_app import KritaApp
from tests.e2e.krita_pictures import bgra
from tests.e2e.krita_shading import begin, finish, prepare, shade

SHADED = ["Background", "Background (shaded)"]


@pytest.fixture
def shaded(krita: KritaApp, coffee: np.ndarray) -> KritaApp:
    """A Krita with a photograph of 240 × 160 whose one layer was shaded."""
    prepare(krita)
    krita.run("new_document(240, 160, pixels=photo)", photo=bgra(coffee[120:280, 160:400]).tobytes())
    shade(krita)
    assert krita.eval("layers()") == SHADED
    return krita


def choose(krita: KritaApp, name: str) -> None:
    """Make a layer the active one. Said again until it is: Krita forgets it while it is still busy with the picture."""
    krita.run("None", name=name)
    krita.until("doc().setActiveNode(layer(name)) or node().name() == name", "the active layer")


def visible(krita: KritaApp) -> list[tuple[str, bool]]:
    """The layers from the bottom, and whether they can be seen."""
    found = krita.eval("[[each.name(), each.visible()] for each in doc().topLevelNodes()]")
    return [(name, seen) for name, seen in found]


def test_renamed_saved_and_opened_again_it_is_still_known(shaded: KritaApp) -> None:
    """Shading it again shades its original; the new result is seen, and not the old one that lies above it."""
    krita = shaded
    first = krita.eval("pixels('Background (shaded)')")
    krita.run("layer('Background (shaded)').setName('final')")
    saved = str(krita.folders.base / "marked.kra")
    assert krita.run("doc().saveAs(saved)", saved=saved)
    krita.tidy()
    krita.run("app.activeWindow().addView(app.openDocument(saved))")
    krita.until("layers() == ['Background', 'final']", "the saved picture")
    krita.run("app.writeSetting('belladonna', 'intensity', 'high')")
    choose(krita, "final")
    shade(krita)
    assert visible(krita) == [("Background", True), ("Background (shaded)", True), ("final", False)]
    assert krita.eval("pixels('final')") == first
    assert krita.eval("pixels('Background (shaded)')") != first
    assert krita.eval("doc().pixelData(0, 0, 240, 160) == pixels('Background (shaded)')")
    # One undo takes the new one away and shows the old one again; a redo hides it again.
    krita.run("app.action('edit_undo').trigger()")
    krita.until("layers() == ['Background', 'final'] and layer('final').visible()", "undo")
    krita.run("app.action('edit_redo').trigger()")
    krita.until("len(layers()) == 3 and not layer('final').visible()", "redo")
    choose(krita, "final")
    shade(krita)
    assert krita.eval("layers()") == ["Background", "Background (shaded)", "Background (shaded)", "final"]


def test_the_window_says_that_it_is_shaded(shaded: KritaApp) -> None:
    """The active layer is the original, of which there is nothing to say; then the shaded one under another name."""
    krita = shaded
    krita.run("from belladonna.vendored import wording; note = wording.text('editor.note_shaded')")
    krita.run("layer('Background (shaded)').setName('final')")
    for name, said in (("Background", False), ("final", True)):
        choose(krita, name)
        krita.run("trigger('shade_layer')")
        krita.until("widget('belladonna_note').isVisible()", "the window")
        assert krita.eval("note in widget('belladonna_note').text()") is said
        krita.run("widget('belladonna_dialog').reject()")
        krita.until("not extra_windows()", "its end")


def test_a_name_is_no_mark(krita: KritaApp, coffee: np.ndarray) -> None:
    """An artist's own study that happens to be called so is shaded like any other layer."""
    prepare(krita)
    krita.run("new_document(240, 160, pixels=photo)", photo=bgra(coffee[120:280, 160:400]).tobytes())
    krita.run("layer(layers()[0]).setName('study (shaded)')")
    shade(krita)
    assert krita.eval("layers()") == ["study (shaded)", "study (shaded) (shaded)"]


def test_without_its_original_it_is_refused(shaded: KritaApp) -> None:
    krita = shaded
    choose(krita, "Background (shaded)")
    krita.run("layer('Background').remove(); doc().waitForDone()")
    krita.run("trigger('shade_layer_again')")
    krita.until("widget('belladonna_refusal').isVisible()", "the refusal")
    expected = Problem("editor.already_shaded", name="Background (shaded)").told
    assert krita.eval("widget('belladonna_refusal').text()") == expected
    assert krita.eval("controller.jobs") == []


def test_a_duplicate_is_a_layer_like_any_other(shaded: KritaApp) -> None:
    """Krita gives it an id of its own, so it has no mark; the one it was made from keeps its own."""
    krita = shaded
    choose(krita, "Background (shaded)")
    krita.run("trigger('duplicatelayer')")
    krita.until("len(layers()) == 3", "the duplicate")
    copy = krita.eval("layers()[2]")
    choose(krita, copy)
    begin(krita)
    finish(krita)
    assert krita.eval("layers()") == [*SHADED, copy, f"{copy} (shaded)"]
