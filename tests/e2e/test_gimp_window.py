"""The plug-in in GIMP's window, with the real engine: what somebody sees and presses. The screenshots are kept."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from shared.machine import paths
from tests.e2e import private_home as private_homes
from tests.e2e.debian_tree import Tree
from tests.e2e.display import Display
from tests.e2e.installed import Installed
from tests.e2e.real_gimp import OUTPUT, SHORTCUT, RealGimp, RunningGimp

pytestmark = pytest.mark.timeout(900)  # the first test may have to wait for a whole Debian

MAIN = "GIMP$"  # the end of its title
CANCEL_FROM_RIGHT, CANCEL_FROM_BOTTOM = 283, 4  # pixels: the button in the status bar, left of the docks
LIVENESS = 90.0  # seconds, for a job on a busy machine
TWO = "first, second = (pixels(each) for each in Gimp.get_images()[0].get_layers()[:2])\n"
MOST_CHANGED = TWO + "result = max(abs(a - b) for a, b in zip(first, second, strict=True))"
EQUAL = TWO + "result = first == second"
SHADED = [["Background (shaded)", True], ["Background", True]]


@pytest.fixture(scope="module")
def window(
    display: Display,
    private_home: Path,
    gimp_place: Tree | None,
    installed: Installed,
    photograph_file: Callable[[str], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningGimp]:
    """GIMP's window with a photograph in it, and no daemon yet."""
    gimp = RealGimp(tmp_path_factory.mktemp("gimp"), gimp_place)
    installed.install(gimp.user, "gimp")
    gimp.use(private_home)
    picture = tmp_path_factory.mktemp("picture") / "coffee.png"
    with Image.open(photograph_file("coffee.png")) as photograph:
        photograph.convert("RGB").resize((450, 300)).save(picture)
    with gimp.start(display.name, binds=[tmp_path_factory.getbasetemp()]) as running:
        running.do(f"Gimp.Display.new(load({str(picture)!r}))")
        yield running


def layers(window: RunningGimp) -> Any:
    return window.do("result = stack(Gimp.get_images()[0])")


def wait_for(condition: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + LIVENESS
    while not (value := condition()):
        assert time.monotonic() < deadline, f"It never happened that {what}."
        time.sleep(0.2)
    return value


def press(display: Display, *keys: str) -> None:
    """Press keys in GIMP's own window."""
    xdotool(display, "windowactivate", "--sync", str(display.find_window(MAIN)))
    display.key(*keys)


def geometry(display: Display) -> list[str]:
    """X, Y, width and height of GIMP's own window, which is in the upper left corner of the screen."""
    said = xdotool(display, "getwindowgeometry", "--shell", str(display.find_window(MAIN)))
    return re.findall(r"^(?:X|Y|WIDTH|HEIGHT)=(-?\d+)$", said, re.MULTILINE)


def xdotool(display: Display, *arguments: str) -> str:
    environment = {**os.environ, **display.environment}
    return subprocess.run(["xdotool", *arguments], env=environment, capture_output=True, text=True, timeout=20).stdout


def test_dialog_preview_layer_undo_again(window: RunningGimp, display: Display, private_home: Path) -> None:
    press(display, SHORTCUT)
    display.find_window("Shade layer")
    display.type("coffee")
    display.key("Tab", "alt+p")
    time.sleep(1)
    display.screenshot(OUTPUT / "gimp-dialog.png")
    wait_for(lambda: "is done" in paths.log_file(private_home).read_text(), "the preview was made")
    time.sleep(1)
    display.screenshot(OUTPUT / "gimp-preview.png")
    assert layers(window) == [["Background", True]]

    display.key("alt+d")
    wait_for(lambda: layers(window) == SHADED, "the layer was added")
    time.sleep(0.5)
    display.screenshot(OUTPUT / "gimp-shaded.png")
    assert 0 < window.do(MOST_CHANGED) <= 8

    press(display, "ctrl+z")
    wait_for(lambda: layers(window) == [["Background", True]], "it was undone in one step")
    press(display, "ctrl+y")
    wait_for(lambda: layers(window) == SHADED, "it was done again")

    press(display, "ctrl+f")  # GIMP's own repeat: the same arguments, and the source once more
    again = wait_for(lambda: len(found := layers(window)) == 3 and found, "it was repeated")
    assert again == [["Background (shaded)", False], ["Background (shaded) #1", True], ["Background", True]]
    assert window.do(EQUAL)
    press(display, "ctrl+z")
    wait_for(lambda: layers(window) == SHADED, "the repeat was undone in one step, with what it hid")


def test_cancel_in_mid_job(window: RunningGimp, display: Display, private_home: Path) -> None:
    """The button in the status bar: the daemon drops the job, and the image stays as it is."""
    before = layers(window)
    press(display, "ctrl+f")
    wait_for(lambda: running(private_home), "the job began")
    _, _, width, height = (int(value) for value in geometry(display))
    display.screenshot(OUTPUT / "gimp-progress.png")
    display.click(width - CANCEL_FROM_RIGHT, height - CANCEL_FROM_BOTTOM)
    wait_for(lambda: not running(private_home), "the job was dropped")
    assert "dropped: service.client_gone" in paths.log_file(private_home).read_text()
    assert layers(window) == before
    display.screenshot(OUTPUT / "gimp-cancelled.png")


def running(home: Path) -> bool:
    """Whether the daemon shades."""
    return ": running" in private_homes.belladonna(home, "status").stdout
