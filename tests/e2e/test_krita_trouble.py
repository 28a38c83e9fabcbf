"""What can go wrong while a layer is shaded in Krita: nothing is lost, and a sentence says what to do."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from shared import VERSION
from shared.machine import location, paths
from shared.machine.location import Location
from shared.problem import Problem
from tests.e2e.krita_app import KritaApp
from tests.e2e.krita_folders import KritaFolders, Plugin
from tests.e2e.krita_pictures import bgra
from tests.e2e.krita_shading import SECONDS, begin, failure, finish, prepare, shade

LAYERS = ["Background"]


@pytest.fixture
def shading(krita: KritaApp, coffee: np.ndarray) -> Iterator[KritaApp]:
    """A Krita in which the coffee photograph is being shaded, slowly enough to interfere."""
    prepare(krita, "best")
    krita.run("new_document(600, 400, pixels=photo)", photo=bgra(coffee).tobytes())
    begin(krita)
    krita.until("'Step' in controller.jobs[0].line", "the first steps", SECONDS)
    yield krita
    krita.run("for job in list(controller.jobs): controller.cancel(job)")


def daemon_of(home: Path) -> psutil.Process:
    """The daemon of that home, by its command: in a tree it has another number inside than out here."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            serves = process.cmdline()[-3:] == ["-m", "daemon", "serve"]
            if serves and process.environ().get("BELLADONNA_HOME") == str(home):
                return process
    raise AssertionError("No daemon runs.")


def test_cancel(shading: KritaApp, private_home: Path, output: Path) -> None:
    """Cancel in the progress window ends the job at once, here and in the daemon."""
    shading.click("belladonna_cancel")
    shading.until("not controller.jobs", "the end of the job", 5)
    assert shading.eval("controller.history[0].phase.name") == "CANCELLED"
    shading.until("not widget('belladonna_progress').isVisible()", "the window going away")
    assert shading.eval("layers()") == LAYERS
    assert not shading.eval("doc().modified()")
    # The engine is free for the next one.
    prepare(shading)
    shade(shading)


def test_the_document_is_closed(shading: KritaApp) -> None:
    """The job ends, with a sentence, and the daemon is told."""
    shading.run("doc().setModified(False); doc().close()")
    assert failure(shading, 10) == Problem("editor.picture_closed").told
    shading.until("widget('belladonna_line').isVisible()", "the sentence in the progress window")


def test_the_layer_is_deleted(shading: KritaApp) -> None:
    shading.run("add_layer('other', 0, 0, 1, 1, bytes(4)); layer('Background').remove()")
    assert failure(shading, 10) == Problem("editor.layer_deleted").told
    assert shading.eval("layers()") == ["other"]


def test_the_daemon_is_killed(shading: KritaApp, private_home: Path) -> None:
    """Another one is started, gets the layer again, and the artist gets the result."""
    killed = daemon_of(private_home)
    killed.send_signal(signal.SIGKILL)
    finish(shading)
    assert daemon_of(private_home).pid != killed.pid
    assert shading.eval("layers()") == ["Background", "Background (shaded)"]


def test_the_worker_is_killed(shading: KritaApp, private_home: Path) -> None:
    """As the system does when memory runs out. The daemon explains it and works on."""
    (worker,) = daemon_of(private_home).children()
    worker.send_signal(signal.SIGKILL)
    line = failure(shading)
    assert "memory" in line
    assert shading.eval("layers()") == LAYERS
    prepare(shading)
    shade(shading)


def test_quitting_in_the_middle(start_krita: Callable[..., KritaApp], coffee: np.ndarray, private_home: Path) -> None:
    """Krita quits as always, and the daemon drops the job."""
    krita = start_krita()
    prepare(krita, "best")
    krita.run("new_document(600, 400, pixels=photo)", photo=bgra(coffee).tobytes())
    begin(krita)
    krita.until("'Step' in controller.jobs[0].line", "the first steps", SECONDS)
    assert krita.quit() == 0
    assert daemon_of(private_home).is_running()


@pytest.fixture
def plugin_of(krita_plugin: Plugin) -> Callable[[Path], Plugin]:
    """The plug-in, of a Belladonna in another home, of which only ``venv/bin/python`` matters."""

    def of(home: Path) -> Plugin:
        def install(folders: KritaFolders) -> None:
            krita_plugin(folders)
            location.write(Location(home, paths.venv_python(home), VERSION), folders.plugin)

        return install

    return of


def test_no_daemon_and_none_to_start(
    start_krita: Callable[..., KritaApp], plugin_of: Callable[[Path], Plugin], tmp_path: Path, output: Path
) -> None:
    """The private Python is gone: a sentence in the progress window, another in the window of Shade layer."""
    krita = start_krita(plugin=plugin_of(tmp_path / "gone"))
    prepare(krita)
    krita.run("new_document(64, 48, pixels=b'abc')")
    begin(krita)
    assert failure(krita, 30) == Problem("client.not_installed").told
    krita.display.screenshot(output / "failed.png")
    krita.run("trigger('shade_layer')")
    krita.run("told = sentence", sentence=Problem("client.not_installed").told)
    krita.until("told in widget('belladonna_note').text()", "the note in the window")
    krita.display.screenshot(output / "window.png")
    krita.run("docker = next(each for each in app.dockers() if each.windowTitle() == 'Belladonna')")
    krita.run("widget('belladonna_dialog').reject(); docker.setVisible(True); docker.raise_()")
    krita.until("told in widget('belladonna_state').text()", "the state in the docker")
    # Whoever closes the window with the sentence is rid of it, also while the docker goes on looking.
    krita.run("widget('belladonna_progress').close(); looks = []; refresh = plugin.interface.refresh")
    krita.run("plugin.interface.refresh = lambda: (refresh(), looks.append(1))")
    krita.until("len(looks) > 3", "more looks")
    assert not krita.eval("widget('belladonna_progress').isVisible()")


def test_a_daemon_that_cannot_start(
    start_krita: Callable[..., KritaApp], plugin_of: Callable[[Path], Plugin], tmp_path: Path
) -> None:
    """It ends at once: the sentence names the file with what it said."""
    home = tmp_path / "broken"
    python = paths.venv_python(home)
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho no module named daemon\nexit 1\n")
    python.chmod(0o755)
    krita = start_krita(plugin=plugin_of(home))
    prepare(krita)
    krita.run("new_document(64, 48, pixels=b'abc')")
    begin(krita)
    assert "start.log" in failure(krita, 60)
    assert krita.eval("controller.history[0].problem.key") == "machine.ended_at_once"
    assert "no module named daemon" in (home / "logs" / "start.log").read_text()


def test_a_damaged_installation(start_krita: Callable[..., KritaApp], krita_plugin: Plugin, output: Path) -> None:
    """The menu entry is there and says what is wrong, instead of Krita reporting a Python error."""

    def damaged(folders: KritaFolders) -> None:
        krita_plugin(folders)
        (folders.plugin / location.FILE).write_text("{")

    krita = start_krita(plugin=damaged)
    krita.run("new_document(64, 48)")
    krita.menu("Tools", "Scripts", "Shade layer")
    krita.until("widget('belladonna_refusal').isVisible()", "the sentence")
    krita.display.screenshot(output / "sentence.png")
    said = krita.eval("widget('belladonna_refusal').text()")
    assert "is damaged" in said
    assert "Run Belladonna's install.py again." in said


def test_an_invisible_layer(krita: KritaApp) -> None:
    """Only the pixels say that nothing can be seen: the job fails with a sentence, and the window waits to be read."""
    prepare(krita)
    krita.run("new_document(64, 48)")
    krita.run("trigger('shade_layer_again')")
    krita.until("controller.failures", "the failure")
    krita.until("widget('belladonna_line').isVisible()", "the sentence")
    assert krita.eval("widget('belladonna_line').text()") == Problem("editor.empty", name="Background").told
    krita.click("belladonna_cancel")
    krita.until("not controller.failures", "the sentence being put away")


@pytest.mark.parametrize("kind", ["empty", "outside", "no document"])
def test_nothing_to_shade(krita: KritaApp, kind: str) -> None:
    """One sentence, and nothing begins."""
    prepare(krita)
    if kind != "no document":
        krita.run("new_document(64, 48)")
    if kind == "empty":
        krita.run("doc().setActiveNode(layer(layers()[0])); add_layer('bare', 0, 0, 0, 0, b'')")
    if kind == "outside":
        krita.run("add_layer('far', 500, 500, 10, 10, data)", data=bytes([1, 2, 3, 255]) * 100)
    krita.run("trigger('shade_layer_again')")
    krita.until("widget('belladonna_refusal').isVisible()", "the refusal")
    expected = {
        "empty": Problem("editor.empty", name="bare"),
        "outside": Problem("editor.outside", name="far"),
        "no document": Problem("editor.no_picture"),
    }
    assert krita.eval("widget('belladonna_refusal').text()") == expected[kind].told
    assert krita.eval("controller.jobs") == []
