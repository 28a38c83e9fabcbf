"""install.py where something is in the way: upgrades that fail, disks that are full or read-only, a second run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from install_scene import Scene

from daemon.setup import hardware
from daemon.setup.environment import Environment
from daemon.setup.errors import InstallError
from shared.machine import paths
from shared.machine.filelock import FileLock

Mount = Callable[[Path, str], None]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    scene = Scene(tmp_path)
    scene.add_torch()
    return scene


@pytest.fixture
def mount() -> Iterator[Mount]:
    """Mounts a disk in memory on a new folder, with options of tmpfs."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a small disk")
    mounted = []

    def tmpfs(folder: Path, options: str) -> None:
        folder.mkdir(parents=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"this root can't mount: {done.stderr.strip()}")
        mounted.append(folder)

    yield tmpfs
    for folder in mounted:
        subprocess.run(["umount", folder], check=True)


def test_an_upgrade_that_fails_leaves_the_old_one_working(scene: Scene) -> None:
    assert scene.install().returncode == 0
    scene.edit("one", "two")
    project = scene.checkout / "pyproject.toml"
    wanted = project.read_text()
    project.write_text(wanted.replace('["torch==2.13.0"]', '["torch==2.13.0", "nowhere-to-be-had"]'))
    backend = scene.checkout / "daemon" / "build_small.py"
    built = backend.read_text()
    backend.write_text(built.replace("torch==2.13.0\\n", "torch==2.13.0\\nRequires-Dist: nowhere-to-be-had\\n"))
    failed = scene.install()
    assert failed.returncode == 1
    sentence = "Installing belladonna failed: No matching distribution found for nowhere-to-be-had"
    assert failed.stderr.splitlines()[0] == sentence
    assert scene.command("try").stdout == "shaded one\n"
    project.write_text(wanted)
    backend.write_text(built)
    assert scene.install().returncode == 0
    assert scene.command("try").stdout == "shaded two\n"


def test_a_torch_that_cant_be_loaded_doesnt_take_over(scene: Scene) -> None:
    assert scene.install().returncode == 0
    scene.add_torch("+cu126", "raise ImportError('the driver is too old')")
    failed = scene.install("--torch", "cuda")
    assert failed.returncode == 1
    message, hint = failed.stderr.splitlines()
    assert message == "What was installed can't be loaded: ImportError: the driver is too old"
    assert "--torch cpu" in hint
    assert scene.command("try").stdout == "shaded one\n"


def test_the_choice_of_torch_is_remembered(scene: Scene) -> None:
    scene.add_torch("+cu126")
    assert scene.install("--torch", "cuda").returncode == 0
    assert [path.name for path in scene.home.glob("venv/[Ll]ib/**/torch-*.dist-info")] == [
        "torch-2.13.0+cu126.dist-info"
    ]
    made = scene.made()
    assert scene.install().returncode == 0
    assert scene.made() == made
    (scene.packages / "torch-2.13.0+cu126-py3-none-any.whl").unlink()
    assert scene.install("--torch", "cpu").returncode == 0
    assert [path.name for path in scene.home.glob("venv/[Ll]ib/**/torch-*.dist-info")] == ["torch-2.13.0.dist-info"]


def test_a_second_run_at_the_same_time_is_refused(scene: Scene) -> None:
    lock = FileLock(paths.run_dir(scene.home) / "install.lock")
    assert lock.acquire()
    try:
        refused = scene.install()
    finally:
        lock.release()
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[0] == f"Another install.py is at work in {scene.home}."


def test_too_little_space_is_said_before_anything_is_done(scene: Scene, mount: Mount) -> None:
    mount(scene.home, "size=1m")
    refused = scene.install()
    assert refused.returncode == 1
    message, hint = refused.stderr.splitlines()
    assert message == f"Belladonna needs 3.0 GB on the disk of {scene.home}, and 0.0 GB are free."
    assert "BELLADONNA_HOME" in hint
    assert not (scene.home / "venv.new").exists()


def test_a_disk_that_fills_up_is_named_and_the_rest_goes_on_later(scene: Scene, mount: Mount) -> None:
    mount(scene.home, "size=40m")
    paths.logs_dir(scene.home).mkdir()
    build, _ = hardware.choose("cpu")
    (scene.home / "large").write_bytes(bytes(30_000_000))
    environment = Environment(scene.home / "venv.new", scene.home)
    make = environment.steps(scene.checkout, build)[0]
    with pytest.raises(InstallError, match=r"^Installing environment failed: the disk is full\.$"):
        environment.record.perform(make)
    (scene.home / "large").unlink()
    environment.record.perform(make)
    assert environment.works()


def test_a_home_that_cant_be_written(scene: Scene, mount: Mount) -> None:
    mount(scene.home, "ro")
    refused = scene.install()
    assert refused.returncode == 1
    message, hint = refused.stderr.splitlines()
    assert message.endswith("is on a disk that can't be written to.")
    assert str(scene.home) in message
    assert hint == "Set BELLADONNA_HOME to another folder."


def test_an_editor_whose_folder_cant_be_written_spoils_nothing_else(scene: Scene, mount: Mount) -> None:
    scene.add_editors()
    mount(scene.user / ".local/share/krita/pykrita", "ro")
    failed = scene.install()
    assert failed.returncode == 1
    message, _ = failed.stderr.splitlines()
    assert message.startswith("The plug-in can't be put into Krita. ")
    assert "on a disk that can't be written to" in message
    assert (scene.user / ".config/GIMP/3.0/plug-ins/belladonna").is_dir()
    assert scene.command("try").stdout == "shaded one\n"
