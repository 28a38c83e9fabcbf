"""``belladonna shade`` through a real daemon, whose engine inverts the picture."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from art_files import noise, png
from live_daemon import HERE, ROOT, LiveDaemon, environment, eventually
from PIL import Image

from daemon.__main__ import main
from daemon.commands import shade as command
from shared.client.client import Client
from shared.client.finder import Starter
from shared.machine import endpoint
from shared.machine.location import Location
from shared.wording import text

Shade = Callable[..., int]


@pytest.fixture
def shade(start_daemon: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shade:
    """Run ``belladonna shade … --concept dog`` with a daemon that runs already."""
    start_daemon()
    monkeypatch.setenv("BELLADONNA_HOME", str(tmp_path))
    return lambda *arguments: main(["shade", *map(str, arguments), "--concept", "dog"])


def test_a_picture_is_shaded_beside_itself(shade: Shade, art: Path, capsys: pytest.CaptureFixture[str]) -> None:
    samples = noise(30, 40, 4)
    source = png(art / "a.png", samples)
    assert shade(source, "--report", art / "r.json") == 0
    written = imagecodecs.png_decode((art / "a.shaded.png").read_bytes())
    assert np.array_equal(written[:, :, :3], 255 - samples[:, :, :3])
    assert np.array_equal(written[:, :, 3], samples[:, :, 3])
    out, err = capsys.readouterr()
    assert out.startswith(f"{art / 'a.shaded.png'}: shift ")
    assert err == ""
    report = json.loads((art / "r.json").read_text())
    assert report["shape"] == [30, 40, 4]
    assert report["output"] == str(art / "a.shaded.png")
    assert report["bytes"] == {key: Path(report[key]).stat().st_size for key in ("input", "output")}
    assert sorted(path.name for path in art.iterdir()) == ["a.png", "a.shaded.png", "r.json"]


def test_sixteen_bits_and_a_mask_reach_the_engine(shade: Shade, art: Path) -> None:
    samples = noise(20, 24, 3, np.uint16)
    source = png(art / "a.png", samples)
    mask = np.zeros((20, 24), np.uint8)
    mask[5:10] = 255
    assert shade(source, "-o", art / "b.png", "--mask", png(art / "m.png", mask), "--quiet") == 0
    written = imagecodecs.png_decode((art / "b.png").read_bytes())
    assert written.dtype == np.uint16
    assert np.array_equal(written[5:10], 65535 - samples[5:10])
    assert np.array_equal(written[:5], samples[:5])
    assert np.array_equal(written[10:], samples[10:])


def test_a_mask_on_transparency_shades_what_is_painted(shade: Shade, art: Path) -> None:
    samples = noise(8, 8)
    mask = np.full((8, 8, 4), 255, np.uint8)
    mask[:4, :, 3] = 0
    assert shade(png(art / "a.png", samples), "--mask", png(art / "m.png", mask)) == 0
    written = imagecodecs.png_decode((art / "a.shaded.png").read_bytes())
    assert np.array_equal(written[:4], samples[:4])
    assert np.array_equal(written[4:], 255 - samples[4:])


def test_a_folder_goes_on_after_a_failure(shade: Shade, art: Path, capsys: pytest.CaptureFixture[str]) -> None:
    png(art / "a.png", noise(8, 8))
    (art / "b.png").write_bytes(b"not a picture")
    Image.fromarray(noise(8, 8)).save(art / "c.jpg")
    (art / "notes.txt").write_text("passed over")
    png(art / "old.shaded.png", noise(8, 8))
    assert shade(art, "-o", art / "out" / "deep", "--report", art / "r.json") == 2
    assert sorted(path.name for path in (art / "out" / "deep").iterdir()) == ["a.shaded.png", "c.shaded.jpg"]
    out, err = capsys.readouterr()
    assert out.splitlines()[-1] == "2 of 3 pictures shaded, 1 refused."
    assert any("JPEG compresses" in line for line in out.splitlines())
    assert out.count(text("dose.test_deters")) == 1, "what the shift means is said once for both"
    assert len(err.splitlines()) == 1
    assert "b.png" in err
    assert [Path(entry["input"]).name for entry in json.loads((art / "r.json").read_text())] == ["a.png", "c.jpg"]


def test_what_survives_is_told_and_drawn(shade: Shade, art: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.png", "b.png"):
        png(art / name, noise(8, 8))
    assert shade(art / "a.png", "--survival", "--report", art / "r.json") == 0
    assert "0.020 of it is left after the worst of 2 filters, median 5" in capsys.readouterr().out
    assert json.loads((art / "r.json").read_text())["survival"]["views"] == {"JPEG 50": 0.05, "median 5": 0.02}
    assert shade(art / "a.png", art / "b.png", "-o", art / "out", "--plot", art / "plot.png") == 0
    with Image.open(art / "plot.png") as plot:
        assert plot.width > 600
    assert shade(art / "b.png", "--plot", art / "plot.png") == 2, "the plot is there already"
    assert shade(art / "b.png", "--plot", art / "plot.txt") == 2
    assert "survival" not in capsys.readouterr().out
    assert not (art / "b.shaded.png").exists()


def test_two_pictures_never_end_in_one_file(shade: Shade, art: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    first, second = png(art / "a.png", noise(8, 8)), png(tmp_path / "other" / "a.png", noise(9, 9))
    assert shade(first, second, "-o", tmp_path / "out", "--force") == 2
    assert imagecodecs.png_decode((tmp_path / "out" / "a.shaded.png").read_bytes()).shape == (8, 8, 3)


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (["absent.png"], None),
        (["a.png", "-o", "there.png"], None),
        (["a.png", "-o", "b.psd"], None),
        (["a.png", "-o", "b.jpg"], None),
        (["a.png", "-o", "nowhere/b.png"], None),
        (["a.png", "--mask", "small.png"], "command.mask_size"),
        (["a.png", "--mask", "black.png"], "command.mask_black"),
        (["a.png", "--anchor", "absent.png"], "command.no_anchor"),
        (["a.png", "--surrogate", "absent"], "command.no_encoder"),
        (["a.png", "--report", "there.png"], None),
        (["empty"], "command.folder_empty"),
        (["a.png", "small.png", "-o", "there.png"], "command.not_a_folder"),
    ],
)
def test_a_refusal_is_one_sentence(
    art: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    key: str | None,
) -> None:
    """And needs no daemon: none runs here, and none is started. Without a key it is the picture files' refusal."""
    refusals: list[Any] = []
    complain = command.complain
    monkeypatch.setattr(command, "complain", lambda error, *name: (refusals.append(error), complain(error, *name)))
    monkeypatch.setenv("BELLADONNA_HOME", str(art / "home"))
    monkeypatch.chdir(art)
    for name, samples in (("a", noise(8, 8, 4)), ("there", noise(8, 8)), ("small", noise(4, 4))):
        png(art / f"{name}.png", samples)
    png(art / "black.png", np.zeros((8, 8), np.uint8))
    (art / "empty").mkdir()
    before = sorted(art.rglob("*"))
    assert main(["shade", *arguments, "--concept", "dog"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    (refusal,) = refusals
    assert key is None or refusal.key == key
    assert str(refusal) in err
    assert err.count("\n") == 1
    assert sorted(art.rglob("*")) == before


def test_what_the_daemon_refuses_is_told(shade: Shade, art: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = png(art / "a.png", noise(8, 8))
    assert shade(source, "--target", "x" * 5000) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert not (art / "a.shaded.png").exists()


def test_what_the_engine_refuses_is_told(shade: Shade, art: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = png(art / "a.png", noise(8, 8))
    assert main(["shade", str(source), "--concept", "then=shading_error"]) == 2
    assert capsys.readouterr().err == "The encoder is missing. Choose another folder.\n"
    assert shade(source) == 0, "the next one works"


def test_force_replaces(shade: Shade, art: Path) -> None:
    source = png(art / "a.png", noise(8, 8))
    (art / "a.shaded.png").write_bytes(b"old")
    assert shade(source) == 2
    assert (art / "a.shaded.png").read_bytes() == b"old"
    assert shade(source, "--force") == 0
    assert imagecodecs.png_decode((art / "a.shaded.png").read_bytes()).shape == (8, 8, 3)


@pytest.mark.skipif(os.name == "nt", reason="needs a shell")
def test_a_daemon_that_dies_costs_time_and_not_the_picture(
    start_daemon: Callable[..., LiveDaemon], art: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon = start_daemon()
    monkeypatch.setenv("BELLADONNA_HOME", str(tmp_path))
    serve = shlex.join([sys.executable, str(HERE / "serve_fake.py"), str(tmp_path), "{}"])
    command = ["sh", "-c", f"PYTHONPATH={ROOT}:{HERE} exec {serve}"]
    finder = Starter(Location(tmp_path, Path(sys.executable), ""), command)
    monkeypatch.setattr("daemon.commands.shade.command_client", lambda name: Client(name, finder))
    killer = threading.Thread(target=lambda: (eventually(daemon.workers, "it is shaded"), daemon.end()))
    killer.start()
    try:
        assert main(["shade", str(png(art / "a.png", noise(8, 8))), "--concept", "steps=60 pause=0.05"]) == 0
        second = endpoint.read(tmp_path)
        assert second is not None
        assert second.pid != daemon.process.pid
    finally:
        killer.join()
        started = endpoint.read(tmp_path)
        if started is not None:
            os.kill(started.pid, signal.SIGKILL)
    assert (art / "a.shaded.png").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows can't send Ctrl-C to one process")
def test_ctrl_c_cancels(start_daemon: Callable[..., Any], art: Path, tmp_path: Path) -> None:
    daemon = start_daemon()
    source = png(art / "a.png", noise(8, 8))
    command = [sys.executable, "-m", "daemon", "shade", str(source), "--concept", "steps=2000 pause=0.05"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    eventually(daemon.workers, "the worker has started")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "Cancelled.\n")
    assert sorted(path.name for path in art.iterdir()) == ["a.png"]
