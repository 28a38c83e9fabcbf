"""install.py on an installation that was damaged: running it again repairs that. And what the doctor says."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from install_scene import Scene, tree

from shared import wording


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    scene = Scene(tmp_path)
    scene.add_torch()
    scene.add_editors()
    assert scene.install().returncode == 0
    return scene


def again(scene: Scene) -> set[str]:
    """Run it again, after which all must be well. Returns what is another one then."""
    made = scene.made()
    done = scene.install()
    assert (done.returncode, done.stderr) == (0, "")
    assert wording.text("setup.doctor_well") in done.stdout
    assert scene.command("try").stdout == "shaded one\n"
    assert [path.name for path in (scene.home / "envs").iterdir()] == [scene.environment.name]
    return {name for name, when in scene.made().items() if made.get(name) != when}


def test_a_damaged_project_is_installed_again(scene: Scene) -> None:
    scene.installed("shared/machine/paths.py").write_text("")
    assert "belladonna" in again(scene)
    scene.installed("krita_plugin/__init__.py").unlink()
    assert "belladonna" in again(scene)
    scene.installed("belladonna-*.dist-info/METADATA").write_text("")
    assert "belladonna" in again(scene)


def test_what_cant_be_loaded_is_installed_again(scene: Scene) -> None:
    torch = scene.installed("torch.py")
    whole = torch.read_bytes()
    for damage in (None, b"1 / 0"):
        torch = scene.installed("torch.py")
        torch.unlink()
        if damage is not None:
            torch.write_bytes(damage)
        assert {"environment", "torch", "belladonna"} <= again(scene)
        assert scene.installed("torch.py").read_bytes() == whole
    shutil.rmtree(scene.installed("psutil-*.dist-info"))  # only pip's check knows that it is needed
    assert {"environment", "torch", "belladonna"} <= again(scene)


@pytest.mark.skipif(os.name == "nt", reason="its environment has other folders")
def test_what_pip_cant_repair_is_made_from_nothing(scene: Scene) -> None:
    for part in ("pip/__main__.py", "../../../bin/python"):
        (scene.installed("pip").parent / part).unlink()
        assert {"environment", "torch", "belladonna"} <= again(scene), part


def test_another_python_makes_it_from_nothing(scene: Scene) -> None:
    record = scene.environment / "belladonna.json"
    here = f'"{sys.version_info[0]}.{sys.version_info[1]}"'
    assert here in record.read_text()
    record.write_text(record.read_text().replace(here, '"2.7"'))
    assert {"environment", "torch", "belladonna"} <= again(scene)


def test_a_repair_that_fails_leaves_what_there_is(scene: Scene) -> None:
    (scene.packages / "torch-2.13.0-py3-none-any.whl").rename(scene.packages / "away")
    scene.installed("torch.py").unlink()
    before = tree(scene.environment)
    failed = scene.install()
    assert failed.returncode == 1
    reason = "No matching distribution found for torch==2.13.0"
    assert wording.text("setup.pip_not_found", name="torch", reason=reason) in failed.stderr
    assert tree(scene.environment) == before
    (scene.packages / "away").rename(scene.packages / "torch-2.13.0-py3-none-any.whl")
    assert {"torch", "belladonna"} <= again(scene)


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
    newer = (scene.checkout / "shared" / "protocol" / "wire.py").read_text() + "# newer\n"
    (scene.checkout / "shared" / "protocol" / "wire.py").write_text(newer)
    done = scene.install()
    assert (done.returncode, done.stderr) == (0, "")
    (kept,) = (path for path in (scene.home / "kept").rglob("*") if path.is_file())
    assert kept.read_text() == "mine"
    values = {"editor": "GIMP 3.0", "names": "wire.py", "folder": kept.parents[2]}
    assert wording.text("setup.files_replaced", **values) in done.stdout
    assert (plug_in / "shared" / "protocol" / "wire.py").read_text() == newer
    assert (plug_in / "belladonna.py").read_text() == "mine"
    gone = scene.install("--uninstall")
    assert wording.text("setup.kept", path=scene.home / "kept") in gone.stdout
    assert kept.exists()


def test_a_plugin_that_the_manifest_doesnt_know_is_noted_again(scene: Scene) -> None:
    (scene.home / "manifest.json").rename(scene.home / "away")
    assert again(scene) == set(), "what is there is right"
    plugin = scene.user / ".local/share/krita/pykrita/belladonna"
    shutil.rmtree(plugin)
    assert again(scene) == {"krita"}


def test_the_doctors_findings_are_passed_on(scene: Scene) -> None:
    fine, stale = ("ok", "disk", "k", "Much is free.", ""), ("warn", "login", "k", "It is stale.", "Fix it.")
    scene.doctor_says(fine, stale)
    warned = scene.install()
    assert (warned.returncode, warned.stderr) == (0, "")
    values = {"topic": "login", "sentence": "It is stale.", "hint": "Fix it."}
    assert wording.text("setup.doctor_warns", **values) in warned.stdout
    assert "free" not in warned.stdout
    assert wording.text("setup.doctor_well") not in warned.stdout

    scene.doctor_says(("fail", "engine", "k", "It can't run.", "Do this."), stale)
    failed = scene.install("--try")
    assert failed.stderr.splitlines() == ["engine: It can't run.", "Do this."]
    assert failed.returncode == 7, "the sample was shaded all the same"
    assert scene.install().returncode == 1
    assert scene.install("--dry-run").returncode == 0
