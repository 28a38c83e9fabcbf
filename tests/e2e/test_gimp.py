"""The plug-in in a real GIMP 3, without its window: scripts call the procedure.

Most tests use a daemon whose engine turns colours around (255 − value), or leaves the picture as it is: what is tested
is what GIMP and the plug-in make of it. Those that compare with the command line use the real engine.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from shared.machine import endpoint, paths
from shared.problem import Problem
from tests.daemon.live_daemon import LiveClient, eventually
from tests.e2e import private_home as private_homes
from tests.e2e.real_gimp import RealGimp, RunningGimp

pytestmark = pytest.mark.timeout(900)  # the first test may have to wait for a whole Debian


@pytest.fixture
def with_home(gimp_profile: RealGimp, fake_home: Path) -> Iterator[Callable[[Path], None]]:
    """Have the plug-in use another home during a test."""
    yield gimp_profile.use
    gimp_profile.use(fake_home)


def small_photograph(photograph_file: Callable[[str], Path], path: Path) -> Path:
    with Image.open(photograph_file("coffee.png")) as picture:
        picture.convert("RGB").resize((300, 200)).save(path)
    return path


def as_array(path: Path) -> np.ndarray:
    """A picture that covers everything, without the alpha that says so."""
    with Image.open(path) as picture:
        assert "A" not in picture.getbands() or picture.getchannel("A").getextrema() == (255, 255)
        return np.array(picture if picture.mode == "L" else picture.convert("RGB"))


def test_pixels_are_those_of_the_command_line(
    gimp: RunningGimp,
    with_home: Callable[[Path], None],
    private_home: Path,
    photograph_file: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    """With a feathered selection too; and the daemon is started by whoever needs it first, here the plug-in."""
    picture = small_photograph(photograph_file, tmp_path / "coffee.png")
    with_home(private_home)
    assert not paths.connection_file(private_home).exists()
    layers = gimp.do(f"""
image = load({str(picture)!r})
status = shade(image, image.get_layers(), concept="coffee", quality="fast")
save(image, {str(tmp_path / "whole.png")!r})
result = [status[:2], stack(image), status[2].get_name()]
image.get_layers()[0].set_visible(False)
image.select_ellipse(Gimp.ChannelOps.REPLACE, 60, 40, 150, 120)
Gimp.Selection.feather(image, 30)
save_mask = Gimp.Image.new(300, 200, Gimp.ImageBaseType.GRAY)
fill(new_layer(save_mask, Gimp.ImageType.GRAY_IMAGE, 300, 200), "Y' u8", pixels(image.get_selection(), "Y u8"))
save(save_mask, {str(tmp_path / "mask.png")!r})
save_mask.delete()
status = shade(image, [image.get_layers()[1]], concept="dog", target="moon", intensity="low", quality="fast", seed=7)
save(image, {str(tmp_path / "part.png")!r})
result.append(status[:2])
image.delete()
""")
    both = [["Background (shaded)", True], ["Background", True]]
    assert layers == [["success", ""], both, "Background (shaded)", ["success", ""]]
    mask_file = str(tmp_path / "mask.png")
    options = {
        "whole": ["--concept", "coffee"],
        "part": [*["--concept", "dog", "--target", "moon", "--intensity", "low", "--seed", "7", "--mask"], mask_file],
    }
    mask = as_array(tmp_path / "mask.png")
    assert len(np.unique(mask)) > 100  # the feather came through
    for name, more in options.items():
        expected = tmp_path / f"{name}-expected.png"
        command = ["shade", str(picture), "-o", str(expected), "--quality", "fast", *more]
        done = private_homes.belladonna(private_home, *command)
        assert done.returncode == 0, done.stderr
        assert np.array_equal(as_array(tmp_path / f"{name}.png"), as_array(expected)), name
        assert not np.array_equal(as_array(expected), as_array(picture))


def test_what_cannot_be_shaded_is_refused_with_a_sentence(gimp: RunningGimp) -> None:
    found = gimp.do("""
image, base, layer = scene()
result = dict(two=shade(image, [base, layer])[1])
channel = Gimp.Channel.new(image, "channel", 90, 60, 50, Gegl.Color.new("red"))
image.insert_channel(channel, None, 0)
result["channel"] = shade(image, [channel])[1]
image.select_rectangle(Gimp.ChannelOps.REPLACE, 60, 0, 20, 10)
result["elsewhere"] = shade(image, [layer])[1]
Gimp.Selection.none(image)
result["long"] = shade(image, [layer], concept="dog " * 60)[1]
result["failed"] = shade(image, [layer], concept="then=shading_error")[1]
before = stack(image)
image.convert_indexed(Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 16, False, False, "")
result["indexed"] = shade(image, [layer])[1]
assert stack(image) == before
image.delete()
""")
    assert found == {
        "two": Problem("editor.not_one_layer", count=2).told,
        "channel": Problem("editor.channel").told,
        "elsewhere": Problem("editor.selection_elsewhere", name="paint").told,
        "long": Problem("protocol.concept_length", length=239, most=200).told,
        "failed": "The encoder is missing. Choose another folder.",
        "indexed": Problem("editor.indexed").told,
    }


def test_no_daemon_and_none_to_start(gimp: RunningGimp, with_home: Callable[[Path], None], tmp_path: Path) -> None:
    with_home(tmp_path)
    found = gimp.do("image, base, layer = scene()\nresult = [shade(image, [layer])[:2], stack(image)]\nimage.delete()")
    assert found == [["execution-error", Problem("client.not_installed").told], [["paint", True], ["base", True]]]


def test_a_damaged_installation_says_so(
    gimp: RunningGimp, gimp_profile: RealGimp, with_home: Callable[[Path], None]
) -> None:
    (gimp_profile.plugin / "location.json").write_text("{")
    found = gimp.do("image, base, layer = scene()\nresult = shade(image, [layer])[1]\nimage.delete()")
    assert "location.json is damaged" in found
    assert found.endswith("Run Belladonna's install.py again.")


def test_a_plug_in_with_a_part_missing_says_so(gimp: RunningGimp, gimp_profile: RealGimp) -> None:
    part = gimp_profile.plugin / "shared"
    hidden = part.rename(part.with_name("hidden"))
    try:
        found = gimp.do("image, base, layer = scene()\nresult = shade(image, [layer])[1]\nimage.delete()")
    finally:
        hidden.rename(part)
    assert found.startswith("Belladonna's plug-in is incomplete (")
    assert found.endswith("Run Belladonna's install.py again.")


def test_last_values_are_those_of_the_dialog_and_the_usual_ones_before(gimp: RunningGimp) -> None:
    """Repeating is GIMP's own; a script's values are not remembered. The dialog itself: ``test_gimp_window.py``."""
    found = gimp.do("""
image, base, layer = scene()
assert shade(image, [base], concept="then=alias")[0] == "success"
status, problem, shaded = shade(image, [base], mode=Gimp.RunMode.WITH_LAST_VALS)
assert status == "success", problem
result = pixels(shaded) == bytes(255 - value for value in pixels(base))
image.delete()
""")
    assert found


def test_without_pyzmq_the_bridge_carries_the_picture(gimp: RunningGimp, gimp_profile: RealGimp) -> None:
    vendor = gimp_profile.plugin / "vendor"
    hidden = vendor.rename(vendor.with_name("hidden"))
    try:
        found = gimp.do("""
image, base, layer = scene()
import importlib.util
result = dict(zmq=importlib.util.find_spec("zmq") is not None)
status, problem, shaded = shade(image, [base])
assert status == "success", problem
result["turned"] = pixels(shaded) == bytes(255 - value for value in pixels(base))
image.delete()
""")
    finally:
        hidden.rename(vendor)
    assert found == {"zmq": False, "turned": True}


@pytest.mark.parametrize("link", ["direct", "bridge"])
def test_cancel_ends_the_plug_in_and_the_daemon_drops_its_job(
    gimp: RunningGimp, gimp_profile: RealGimp, fake_home: Path, link: str
) -> None:
    """GIMP's Cancel is SIGKILL: the daemon has to notice by itself. The picture is as it was."""
    vendor = gimp_profile.plugin / "vendor"
    hidden = vendor.rename(vendor.with_name("hidden")) if link == "bridge" else None
    published = endpoint.read(fake_home)
    assert published is not None
    with contextlib.closing(LiveClient(published)) as client:
        try:
            number = gimp.ask("""
image, base, layer = scene()
result = [shade(image, [layer], concept="steps=1000 pause=0.05")[0], stack(image)]
image.delete()
""")
            eventually(lambda: any(job["state"] == "running" for job in client.state().jobs), "the job began")
            plug_in_of(gimp_profile.plugin).kill()
            eventually(lambda: not client.state().jobs, "the daemon dropped the job")
        finally:
            if hidden is not None:
                hidden.rename(vendor)
        status, layers = gimp.answer(number)
        assert status != "success"
        assert layers == [["paint", True], ["base", True]]


def plug_in_of(folder: Path) -> psutil.Process:
    """The process of the plug-in in a profile."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if str(folder / "belladonna.py") in process.cmdline():
                return process
    raise AssertionError("the plug-in doesn't run")
