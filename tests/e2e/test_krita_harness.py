"""What the tests with real Krita rely on: the driver, the screen, and that nothing goes wrong unnoticed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.e2e.krita_app import KritaApp, KritaError
from tests.e2e.krita_process import KritaGone


@pytest.fixture(scope="module")
def krita_plugin() -> None:
    """Only the driver."""


def test_values_go_both_ways(krita: KritaApp) -> None:
    assert krita.eval("app.version()").split(".")[0] in ("5", "6")
    sent = {"δ": [1, 2.5, None, True], "pixels": bytes(range(256))}
    assert krita.run("count = len(sent['pixels'])\n[sent, count]", sent=sent) == [sent, 256]
    assert krita.eval("count") == 256  # the namespace lasts
    assert krita.run("x = 1") is None


def test_exceptions_arrive_with_the_line_that_raised(krita: KritaApp) -> None:
    with pytest.raises(KritaError, match=r"(?s)line 2.*value = 1 / zero.*ZeroDivisionError"):
        krita.run("zero = 0\nvalue = 1 / zero")
    with pytest.raises(KritaError, match="SyntaxError"):
        krita.run("1 +")
    assert krita.eval("1 + 1") == 2


def test_uncaught_exceptions_are_kept_for_the_test(krita: KritaApp) -> None:
    krita.run("def fails():\n    raise ValueError('in a slot')\nlater(fails)")
    (uncaught,) = krita.uncaught()
    assert "ValueError: in a slot" in uncaught
    assert krita.uncaught() == []
    assert krita.eval("windows()") == []  # no dialog of Krita's


def test_heartbeat_sees_a_stall(krita: KritaApp) -> None:
    with krita.heartbeat() as beat:
        krita.run("time.sleep(0.2)")
    assert beat.longest >= 200


@pytest.mark.parametrize(
    ("model", "depth", "profile", "pixel"),
    [
        ("RGBA", "U8", "sRGB-elle-V2-srgbtrc.icc", b"\x20\x40\x80\xff"),
        ("RGBA", "U16", "sRGB-elle-V2-g10.icc", b"\x00\x20\x00\x40\x00\x80\xff\xff"),
        ("GRAYA", "U8", "Gray-D50-elle-V2-srgbtrc.icc", b"\x77\xff"),
    ],
)
def test_documents_hold_the_pixels_they_were_made_with(
    krita: KritaApp, model: str, depth: str, profile: str, pixel: bytes
) -> None:
    made = {"model": model, "depth": depth, "profile": profile, "pixels": pixel}
    krita.run("new_document(50, 40, **made)", made=made)
    assert krita.eval("[doc().width(), doc().colorModel(), doc().colorDepth(), doc().colorProfile()]") == [
        *(50, model, depth, profile)
    ]
    assert krita.eval("node().pixelData(0, 0, 50, 40)") == pixel * 2000


def test_the_screen_shows_the_document(krita: KritaApp, tmp_path: Path) -> None:
    krita.run("new_document(400, 300, pixels=bytes([0, 0, 255, 255]))")
    krita.run("doc().waitForDone()")
    krita.until("doc().projection(0, 0, 1, 1).pixelColor(0, 0).red() == 255", "the projection")

    def red() -> float:
        with Image.open(krita.display.screenshot(tmp_path / "screen.png")) as shot:
            assert shot.size == (1280, 800)
            colours = {colour: count for count, colour in shot.convert("RGB").getcolors(1 << 20) or []}
        return colours.get((255, 0, 0), 0) / (1280 * 800)

    krita.wait_for(lambda: red() > 0.1, "the canvas to be painted")


def test_mouse_menu_and_keyboard(krita: KritaApp) -> None:
    """A new layer by the real menu, undone by the real keyboard; a dialog answered by clicking its button."""
    krita.run("new_document(64, 48)")
    krita.menu("Layer", "New", "Duplicate Layer or Mask")
    krita.until("len(doc().topLevelNodes()) == 2", "the second layer")
    krita.display.key("ctrl+z")
    krita.until("len(doc().topLevelNodes()) == 1", "undo")
    krita.run(
        """
        box = QtWidgets.QMessageBox(main_window())
        box.setText("Asked")
        box.addButton("Yes", QtWidgets.QMessageBox.ButtonRole.AcceptRole).setObjectName("yes_button")
        box.accepted.connect(lambda: given.append("yes"))
        given = []
        later(lambda: getattr(box, "exec")())
        """
    )
    krita.click("yes_button")
    assert krita.until("given", "the answer") == ["yes"]


def test_until_says_what_was_there_instead(krita: KritaApp) -> None:
    with pytest.raises(TimeoutError, match=r"(?s)a document: not within 0 s.*AttributeError"):
        krita.until("doc().width()", "a document", seconds=0.1)
    with pytest.raises(KritaError, match="NameError"):
        krita.until("never_defined", "something")


def test_a_krita_of_ones_own_quits_with_0(start_krita: Callable[..., KritaApp], tmp_path: Path) -> None:
    Image.new("RGB", (30, 20), (1, 2, 3)).save(tmp_path / "small.png")
    krita = start_krita(files=[tmp_path / "small.png"], environment={"BELLADONNA_MARK": "here"})
    krita.until("doc().width() == 30", "the file")
    assert krita.run("import os\nos.environ['BELLADONNA_MARK']") == "here"
    krita.run("doc().setModified(True)")
    assert krita.quit() == 0
    assert not krita.running


def test_what_goes_wrong_while_it_quits_is_noticed(start_krita: Callable[..., KritaApp]) -> None:
    krita = start_krita()
    krita.run(
        """
        def fails():
            raise ValueError("on the way out")
        QApplication.instance().aboutToQuit.connect(fails)
        """
    )
    with pytest.raises(KritaError, match="ValueError: on the way out"):
        krita.quit()


def test_a_hung_krita_is_killed_with_a_screenshot(start_krita: Callable[..., KritaApp]) -> None:
    krita = start_krita()
    with pytest.raises(KritaGone, match=r"didn't answer within 1 s to: time\.sleep\(60\)"):
        krita.run("time.sleep(60)", seconds=1)
    assert krita.folders.hung.stat().st_size > 0
    assert not krita.running
    with pytest.raises(KritaGone):
        krita.eval("1")


def test_a_crash_is_told_from_silence(start_krita: Callable[..., KritaApp]) -> None:
    krita = start_krita()
    with pytest.raises(KritaGone, match="ended with code 7"):
        krita.run("import os\nos._exit(7)")
