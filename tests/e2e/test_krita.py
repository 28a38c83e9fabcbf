"""Shade layer in real Krita, as an artist does it: the menu, the window, the wait, the new layer, undo, saving."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.e2e.krita_app import KritaApp
from tests.e2e.krita_folders import KritaFolders, Plugin
from tests.e2e.krita_pictures import bgra, by_command_line
from tests.e2e.krita_shading import SECONDS, array, begin, finish, prepare
from tests.e2e.private_home import processes

WIDTH, HEIGHT = 600, 400


def open_coffee(krita: KritaApp, coffee: np.ndarray) -> np.ndarray:
    """The coffee photograph as a document; returns its layer's pixels."""
    layer = bgra(coffee)
    krita.run("new_document(600, 400, pixels=photo, name='coffee')", photo=layer.tobytes())
    return layer


def from_the_menu(krita: KritaApp, output: Path) -> None:
    """Menu, window, Shade; screenshots of the last two go to ``output``. Returns when the progress shows the shift."""
    krita.menu("Tools", "Scripts", "Shade layer")
    krita.until("widget('belladonna_concept').hasFocus()", "the window")
    krita.display.type("coffee")
    krita.until("widget('belladonna_target').currentText() == 'Automatic: cat'", "the automatic target", SECONDS)
    krita.display.screenshot(output / "window.png")
    krita.click("belladonna_shade")
    krita.until("widget('belladonna_progress').isVisible()", "the progress window")
    krita.until("'shift' in widget('belladonna_line').text()", "the shift so far", SECONDS)
    krita.display.screenshot(output / "progress.png")


def test_from_the_menu_to_a_saved_picture(
    krita: KritaApp, private_home: Path, coffee: np.ndarray, output: Path, tmp_path: Path
) -> None:
    prepare(krita, "default")
    layer = open_coffee(krita, coffee)
    from_the_menu(krita, output)

    # Krita stays usable: a stroke with the real brush, in the middle of it.
    krita.display.drag((300, 300), (400, 340), (500, 320), (600, 360))
    krita.until("pixels('Background') != photo", "the stroke")
    assert krita.eval("len(controller.jobs)") == 1
    report = finish(krita)
    message = "any(each.metaObject().className() == 'KisFloatingMessage' for each in extra_windows())"
    krita.until(message, "the message over the canvas")
    krita.display.screenshot(output / "done.png")
    assert report["target"] == "cat"
    assert report["shift"]["mean"] > 0.05
    assert krita.eval("controller.history[0].line").startswith("Shaded: ")

    # The new layer lies above, is what the command line makes of the layer as it was, and leaves the artist's active.
    assert krita.eval("layers()") == ["Background", "Background (shaded)"]
    assert krita.eval("node().name()") == "Background"
    expected, _ = by_command_line(private_home, tmp_path, layer, "--concept", "coffee")
    shaded = array(krita.eval("pixels('Background (shaded)')"), WIDTH, HEIGHT)
    assert np.array_equal(shaded, expected)

    # One step undoes it, another the stroke that was painted meanwhile; both can be redone.
    krita.display.key("ctrl+z")
    krita.until("layers() == ['Background']", "the layer being undone")
    krita.display.key("ctrl+shift+z")
    krita.until("layers() == ['Background', 'Background (shaded)']", "the layer being redone")
    assert np.array_equal(array(krita.eval("pixels('Background (shaded)')"), WIDTH, HEIGHT), expected)

    # Saved and opened again it is all there, and what the picture shows is still known.
    saved = krita.folders.base / "coffee.kra"
    assert krita.run("doc().saveAs(saved)", saved=str(saved))
    assert zipfile.is_zipfile(saved)
    krita.tidy()
    krita.run("app.activeWindow().addView(app.openDocument(saved))")
    krita.until("layers() == ['Background', 'Background (shaded)']", "the saved picture")
    assert np.array_equal(array(krita.eval("pixels('Background (shaded)')"), WIDTH, HEIGHT), expected)
    krita.run("trigger('shade_layer')")
    krita.until("widget('belladonna_concept').text() == 'coffee'", "the remembered concept")


def test_again_by_a_shortcut_and_a_queue(krita: KritaApp, coffee: np.ndarray, output: Path) -> None:
    """A key shades with the last settings; pressed twice, the second layer waits for the first."""
    prepare(krita)
    open_coffee(krita, coffee)
    small = bgra(coffee[:120, :160])
    krita.run("add_layer('above', 20, 30, 160, 120, data)", data=small.tobytes())
    krita.run("app.action('shade_layer_again').setShortcut(QtGui.QKeySequence('Ctrl+Alt+Y'))")
    krita.run("main_window().activateWindow(); main_window().setFocus()")  # there is no window manager to do it
    krita.display.key("ctrl+alt+y")
    krita.until("len(controller.jobs) == 1", "the first job")
    krita.run("doc().setActiveNode(layer('Background'))")
    krita.until("node().name() == 'Background'", "the other layer")
    krita.display.key("ctrl+alt+y")
    krita.until("len(controller.jobs) == 2", "the second job")
    krita.until("any('place' in job.line for job in controller.jobs)", "the queue", SECONDS)
    krita.display.screenshot(output / "queue.png")
    finish(krita)
    assert krita.eval("layers()") == ["Background", "Background (shaded)", "above", "above (shaded)"]
    where = krita.eval("[layer('above (shaded)').bounds().x(), layer('above (shaded)').bounds().y()]")
    assert where == [20, 30]


def test_the_window_remembers(krita: KritaApp, coffee: np.ndarray, output: Path) -> None:
    """Target, intensity, quality and what to shade are those of the last time; the concept is the document's."""
    prepare(krita)
    open_coffee(krita, coffee)
    krita.run("trigger('shade_layer')")
    krita.until("widget('belladonna_target').count() > 5", "the targets", SECONDS)
    krita.until("widget('belladonna_concept').hasFocus()", "the keyboard")
    krita.display.type("espresso")
    krita.until("widget('belladonna_concept').completer() is not None", "suggestions")
    for name, value in {"target": "rocket", "intensity": "low", "quality": "fast", "what": "image"}.items():
        krita.run("box = widget(f'belladonna_{name}')", name=name)
        krita.run("box.setCurrentIndex(box.findData(value))", value=value)
    krita.display.screenshot(output / "window.png")
    krita.display.key("Return")
    krita.until("controller.jobs", "a job")
    report = finish(krita)
    assert (report["target"], report["intensity"], report["concept"]) == ("rocket", "low", "espresso")
    assert krita.eval("layers()") == ["Background", "Visible image (shaded)"]
    krita.run("trigger('shade_layer')")
    krita.until("widget('belladonna_target').currentData() == 'rocket'", "the last target")
    last = krita.eval("[widget('belladonna_' + name).currentData() for name in ('intensity', 'quality', 'what')]")
    assert last == ["low", "fast", "image"]
    assert krita.eval("widget('belladonna_concept').text()") == "espresso"
    krita.display.key("Escape")
    krita.tidy()
    krita.run("new_document(64, 64)")
    krita.run("trigger('shade_layer')")
    krita.until("widget('belladonna_dialog').isVisible()", "the window")
    assert krita.eval("widget('belladonna_concept').text()") == ""


def test_the_end_comes_in_the_middle_of_a_stroke(krita: KritaApp, coffee: np.ndarray) -> None:
    """The new layer waits until the pen is lifted; painting goes on as if nothing were."""
    prepare(krita)
    open_coffee(krita, coffee)
    begin(krita)
    krita.until("'Step' in controller.jobs[0].line", "the first steps", SECONDS)
    with krita.display.stroke((300, 300), (400, 350)) as stroke:
        krita.until("controller.jobs[0].phase.name == 'WRITING'", "the result", SECONDS)
        for step in range(20):
            stroke((400 + 10 * step, 350))
        assert krita.eval("layers()") == ["Background"]
    finish(krita, 30)
    assert krita.eval("layers()") == ["Background", "Background (shaded)"]
    # The stroke is in the layer that it was made on, and the new one is what is seen.
    assert krita.eval("pixels('Background') != photo")
    assert krita.eval("doc().pixelData(0, 0, 600, 400) == pixels('Background (shaded)')")


def test_windows_come_and_go(krita: KritaApp) -> None:
    """However often they are opened and closed, Krita lives."""
    prepare(krita)
    krita.run("new_document(64, 48)")
    krita.run("doc().setActiveNode(layer(layers()[0])); add_layer('bare', 0, 0, 0, 0, b'')")
    for action, window in [("shade_layer", "belladonna_dialog"), ("shade_layer_again", "belladonna_refusal")] * 15:
        krita.run("trigger(action)", action=action)
        krita.until(f"widget({window!r}).isVisible()", "the window")
        krita.run("widget(window).close()", window=window)
        krita.until("not extra_windows()", "its end")


def test_the_docker(krita: KritaApp, coffee: np.ndarray, output: Path) -> None:
    """The docker says how the daemon is and on what it computes, shows jobs and what came of them."""
    prepare(krita)
    open_coffee(krita, coffee)
    krita.run("docker = next(each for each in app.dockers() if each.windowTitle() == 'Belladonna')")
    krita.run("docker.setVisible(True); docker.raise_(); controller.start()")
    krita.until("'Daemon: Ready' in widget('belladonna_state').text()", "a daemon that is ready", SECONDS)
    assert not krita.eval("widget('belladonna_start').isEnabled()")
    begin(krita)
    krita.until("'Busy' in widget('belladonna_state').text()", "a busy daemon")
    krita.display.screenshot(output / "busy.png")
    report = finish(krita)
    krita.until("'Background: Shaded' in widget('belladonna_reports').text()", "the report")
    krita.until(f"{report['device']!r} in widget('belladonna_state').text()", "the device")
    krita.display.screenshot(output / "done.png")


@pytest.fixture
def bridge_plugin(krita_plugin: Plugin) -> Plugin:
    """The plug-in without pyzmq beside it."""

    def install(folders: KritaFolders) -> None:
        krita_plugin(folders)
        shutil.rmtree(folders.plugin / "vendor")

    return install


@pytest.mark.skipif("BELLADONNA_KRITA_TREE" in os.environ, reason="the bridge's Python is outside of the tree")
def test_over_the_bridge(
    start_krita: Callable[..., KritaApp],
    bridge_plugin: Plugin,
    private_home: Path,
    coffee: np.ndarray,
    output: Path,
    tmp_path: Path,
) -> None:
    """Where Krita's Python can't load pyzmq, a child of the private Python carries the messages."""
    krita = start_krita(plugin=bridge_plugin)
    krita.run("import sys; sys.modules['zmq'] = None")  # makes every import of it fail
    prepare(krita, "default")
    layer = open_coffee(krita, coffee)
    from_the_menu(krita, output)
    assert any("shared.client.bridge" in process.cmdline() for process in processes(private_home))
    finish(krita)
    expected, _ = by_command_line(private_home, tmp_path, layer, "--concept", "coffee")
    assert np.array_equal(array(krita.eval("pixels('Background (shaded)')"), WIDTH, HEIGHT), expected)
