"""install.py and the editors: which get a plug-in, when it is put there again, and what may go wrong."""

from __future__ import annotations

import json
import os
import shutil
import sys
import zipfile
from pathlib import Path

import pytest
from install_scene import Scene

from daemon.setup.editors import pyzmq
from daemon.setup.system import machine_name
from shared import wording
from shared.machine import location
from shared.problem import Problem


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_plugins_go_into_the_editors_that_are_found(scene: Scene) -> None:
    scene.add_torch()
    pykrita = scene.user / ".local/share/krita/pykrita/belladonna"
    plug_ins = scene.user / ".config/GIMP/3.0/plug-ins/belladonna"
    pykrita.parents[1].mkdir(parents=True)
    first = scene.install()
    assert (first.returncode, first.stderr) == (0, "")
    assert f"plug-in in {pykrita}\n" in first.stdout
    assert "GIMP" not in first.stdout
    assert wording.text("setup.without_pyzmq", reason="") in first.stdout
    assert location.read(pykrita).home == scene.home
    assert location.read(pykrita).python == scene.home / "venv" / "bin" / "python"

    plug_ins.parents[1].mkdir(parents=True)
    second = scene.install("--editors", "krita")
    assert not plug_ins.exists()
    assert f"plug-in in {pykrita}\n" in second.stdout
    assert scene.install().returncode == 0
    assert os.access(plug_ins / "belladonna.py", os.X_OK)
    made = scene.made()

    (scene.checkout / "krita_plugin" / "new.py").write_text("")
    assert scene.install().returncode == 0
    upgraded = scene.made()
    assert (pykrita / "new.py").exists()
    changed = {name for name in made if upgraded[name] != made[name]}
    assert changed == {"environment", "belladonna", "krita"}, "nothing else was touched"

    shutil.rmtree(pykrita)
    assert scene.install().returncode == 0
    assert (pykrita / "new.py").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="a running Krita is only looked for where there is /proc")
def test_a_running_krita_is_left_alone_and_the_rest_is_installed(scene: Scene) -> None:
    scene.add_torch()
    pykrita = scene.user / ".local/share/krita/pykrita/belladonna"
    plug_ins = scene.user / ".config/GIMP/3.0/plug-ins/belladonna"
    for folder in (pykrita.parents[1], plug_ins.parents[1]):
        folder.mkdir(parents=True)
    with scene.krita_running():
        refused = scene.install("--try")
    problem = Problem("setup.close_to_install", editor="Krita")
    assert refused.stderr.splitlines() == [problem.sentence, problem.hint]
    assert refused.returncode == 7, "the sample was shaded all the same"
    assert plug_ins.is_dir()
    assert not pykrita.exists()
    assert not (scene.user / ".config" / "kritarc").exists()

    assert scene.install().returncode == 0
    assert pykrita.is_dir()


def test_a_plugin_that_cant_be_written_makes_the_exit_code_1(scene: Scene) -> None:
    scene.add_torch()
    resources = scene.user / ".local/share/krita"
    resources.mkdir(parents=True)
    (resources / "pykrita").write_text("a file where Krita has a folder")
    failed = scene.install()
    assert failed.returncode == 1
    assert wording.text("setup.plugin_failed", editor="Krita", reason="") in failed.stderr
    assert scene.command("try").stdout == "shaded one\n"


def test_a_pyzmq_with_another_hash_is_not_used(scene: Scene) -> None:
    scene.add_torch()
    assert scene.install("--no-login").returncode == 0
    scene.add_editors()
    wheels = json.loads(pyzmq.WHEELS.read_bytes())[machine_name()]
    for interpreter in wheels["sha256"]:
        name = f"pyzmq-27.3.0-{interpreter}-{wheels['platform']}.whl"
        with zipfile.ZipFile(scene.packages / name, "w") as wheel:
            wheel.writestr("zmq/__init__.py", "stolen = True\n")
    installed = scene.install("--no-login")
    assert installed.returncode == 0, installed.stderr
    wrong = wording.text("setup.wrong_hash", name="pyzmq").rstrip(".")
    assert wording.text("setup.without_pyzmq", reason=wrong) in installed.stdout
    assert not list(scene.user.rglob("zmq"))


@pytest.mark.skipif(sys.platform != "linux", reason="a running Krita is only looked for where there is /proc")
def test_a_running_krita_gets_its_plugin_if_that_is_asked_for(scene: Scene) -> None:
    scene.add_torch()
    scene.add_editors()
    with scene.krita_running():
        installed = scene.install("--while-running")
    assert installed.returncode == 0, installed.stderr
    assert wording.text("setup.installed_while_running", editor="Krita") in installed.stdout
    settings = scene.user / ".config" / "kritarc"
    assert b"enable_belladonna=true" in settings.read_bytes()
    settings.write_bytes(b"[a]\nb=1\n")  # as the Krita that was running writes it
    assert scene.install().returncode == 0
    assert settings.read_bytes() == b"[a]\nb=1\n\n[python]\nenable_belladonna=true\n"
