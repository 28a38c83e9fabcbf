"""install.py on an installation that was damaged: running it again mends that and no more. And what the doctor says."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from install_scene import Scene, tree


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    scene = Scene(tmp_path)
    scene.add_torch()
    scene.add_editors()
    assert scene.install().returncode == 0
    return scene


def again(scene: Scene) -> set[str]:
    """Run it again, after which all must be well. Returns what was made anew."""
    made = scene.made()
    done = scene.install()
    assert (done.returncode, done.stderr) == (0, "")
    assert "doctor       all is well" in done.stdout
    assert scene.command("try").stdout == "shaded one\n"
    assert not list(scene.home.glob("venv.*"))
    return {name for name, when in scene.made().items() if made.get(name) != when}


def test_a_damaged_project_is_installed_again(scene: Scene) -> None:
    scene.installed("shared/machine/paths.py").write_text("")
    assert again(scene) == {"belladonna"}
    scene.installed("daemon/__main__.py").unlink()
    assert again(scene) == {"belladonna"}
    scene.installed("belladonna-*.dist-info/METADATA").write_text("")
    assert again(scene) == {"environment", "torch", "belladonna"}


def test_a_damaged_torch_is_installed_again(scene: Scene) -> None:
    torch = scene.installed("torch.py")
    whole = torch.read_bytes()
    damage = {"gone": None, "cut off": b"small", "of that size, but it doesn't load": b"1 / 0".ljust(len(whole), b"\n")}
    for how, content in damage.items():
        torch.unlink()
        if content is not None:
            torch.write_bytes(content)
        assert again(scene) == {"torch", "belladonna"}, how
        assert torch.read_bytes() == whole, how


@pytest.mark.skipif(os.name == "nt", reason="its environment has other folders")
def test_what_pip_cant_mend_is_made_anew(scene: Scene) -> None:
    for part in ("pip/__main__.py", "../../../bin/python", "torch-2.13.0.dist-info/RECORD"):
        made = (scene.home / "venv" / "pyvenv.cfg").stat().st_mtime_ns
        (scene.installed("pip").parent / part).unlink()
        done = scene.install()
        assert (done.returncode, done.stderr) == (0, ""), part
        assert scene.made()["environment"] != made, part
        assert scene.command("try").stdout == "shaded one\n"


def test_another_python_makes_it_anew(scene: Scene) -> None:
    record = scene.home / "venv" / "belladonna.json"
    assert f'"Python {sys.version_info[0]}.{sys.version_info[1]}"' in record.read_text()
    record.write_text(record.read_text().replace('"Python 3.', '"Python 2.'))
    assert again(scene) == {"environment", "torch", "belladonna"}


def test_a_mend_that_fails_leaves_what_there_is(scene: Scene) -> None:
    (scene.packages / "torch-2.13.0-py3-none-any.whl").rename(scene.packages / "away")
    scene.installed("torch.py").unlink()
    before = tree(scene.home / "venv")
    failed = scene.install()
    assert failed.returncode == 1
    assert "No matching distribution found for torch==2.13.0" in failed.stderr
    assert tree(scene.home / "venv") == before
    (scene.packages / "away").rename(scene.packages / "torch-2.13.0-py3-none-any.whl")
    assert again(scene) == {"torch", "belladonna"}


def test_plugin_files_that_are_gone_come_back_and_changed_ones_stay(scene: Scene) -> None:
    pykrita = scene.user / ".local/share/krita/pykrita/belladonna"
    (pykrita / "shared" / "protocol" / "wire.py").unlink()
    (pykrita / "shared" / "machine" / "paths.py").write_text("mine")
    (pykrita / "notes.txt").write_text("mine, too")
    assert again(scene) == {"krita"}
    assert (pykrita / "shared" / "protocol" / "wire.py").read_bytes() == (
        scene.checkout / "shared" / "protocol" / "wire.py"
    ).read_bytes()
    assert (pykrita / "shared" / "machine" / "paths.py").read_text() == "mine"
    assert (pykrita / "notes.txt").read_text() == "mine, too"
    assert not (scene.home / "kept").exists()

    action = scene.user / ".local/share/krita/actions/belladonna.action"
    action.unlink()
    assert again(scene) <= {"krita"}
    assert action.is_file()
    assert (pykrita / "shared" / "machine" / "paths.py").read_text() == "mine"


def test_a_changed_file_that_an_upgrade_replaces_is_kept_and_named(scene: Scene) -> None:
    plug_in = scene.user / ".config/GIMP/3.0/plug-ins/belladonna"
    for name in ("belladonna.py", "shared/protocol/wire.py"):
        (plug_in / name).write_text("mine")
    (scene.checkout / "shared" / "protocol" / "wire.py").write_text("newer")
    done = scene.install()
    assert (done.returncode, done.stderr) == (0, "")
    (kept,) = (path for path in (scene.home / "kept").rglob("*") if path.is_file())
    assert kept.read_text() == "mine"
    assert f"GIMP 3.0: replaced wire.py, which had been changed by hand. Yours are in {kept.parents[1]}" in done.stdout
    assert (plug_in / "shared" / "protocol" / "wire.py").read_text() == "newer"
    assert (plug_in / "belladonna.py").read_text() == "mine"
    gone = scene.install("--uninstall")
    assert f"Kept {scene.home / 'kept'}: " in gone.stdout
    assert kept.exists()


def test_a_plugin_that_the_manifest_doesnt_know_is_noted_again(scene: Scene) -> None:
    (scene.home / "manifest.json").rename(scene.home / "away")
    assert again(scene) == set(), "what is there is right"
    plugin = scene.user / ".local/share/krita/pykrita/belladonna"
    shutil.rmtree(plugin)
    assert again(scene) == {"krita"}


def test_the_doctors_findings_are_passed_on(scene: Scene) -> None:
    scene.doctor_says(("ok", "disk", "Much is free.", ""), ("warn", "login", "It is stale.", "Mend it."))
    warned = scene.install()
    assert (warned.returncode, warned.stderr) == (0, "")
    assert "login        It is stale.\n             → Mend it.\n" in warned.stdout
    assert "free" not in warned.stdout
    assert "all is well" not in warned.stdout

    scene.doctor_says(("fail", "engine", "It can't run.", "Do this."), ("warn", "login", "It is stale.", "Mend it."))
    failed = scene.install("--try")
    assert failed.stderr.splitlines() == ["engine: It can't run.", "Do this."]
    assert failed.returncode == 7, "the sample was shaded all the same"
    assert scene.install().returncode == 1
    assert scene.install("--dry-run").returncode == 0


def test_a_doctor_that_cant_be_understood_is_a_failure(scene: Scene) -> None:
    for answer in ("", "nonsense", '{"findings": [{"state": "ok"}]}', "[]"):
        (scene.home / "logs" / "doctor.json").write_text(answer)
        failed = scene.install()
        assert failed.returncode == 1
        sentence, hint = failed.stderr.splitlines()
        assert sentence == "The doctor couldn't look at the installation: its answer can't be understood."
        assert hint == "Run install.py again."
