"""install.py where something is in the way: upgrades that fail, disks that are full or read-only, a second run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from install_scene import Scene

from daemon.setup.environment.builder import Builder
from shared import wording
from shared.machine import paths
from shared.machine.filelock import FileLock
from shared.problem import Problem

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
    project.write_text(wanted.replace('["torch==2.13.0",', '["torch==2.13.0", "nowhere-to-be-had",'))
    backend = scene.checkout / "daemon" / "build_small.py"
    built = backend.read_text()
    backend.write_text(built.replace('("torch==2.13.0",', '("torch==2.13.0", "nowhere-to-be-had",'))
    failed = scene.install()
    assert failed.returncode == 1
    reason = "No matching distribution found for nowhere-to-be-had"
    sentence = wording.text("setup.pip_not_found", name="belladonna", reason=reason)
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
    problem = Problem("setup.cannot_be_loaded", reason="torch: ImportError: the driver is too old")
    assert failed.stderr.splitlines() == [problem.sentence, problem.hint]
    assert scene.command("try").stdout == "shaded one\n"


def test_the_choice_of_torch_is_remembered(scene: Scene) -> None:
    scene.add_torch("+cu126")
    assert scene.install("--torch", "cuda").returncode == 0
    assert scene.installed("torch-*.dist-info").name == "torch-2.13.0+cu126.dist-info"
    made = scene.made()
    assert scene.install().returncode == 0
    assert scene.made() == made
    (scene.packages / "torch-2.13.0+cu126-py3-none-any.whl").unlink()
    assert scene.install("--torch", "cpu").returncode == 0
    assert scene.installed("torch-*.dist-info").name == "torch-2.13.0.dist-info"


def test_a_second_run_at_the_same_time_is_refused(scene: Scene) -> None:
    lock = FileLock(paths.run_dir(scene.home) / "install.lock")
    assert lock.acquire()
    try:
        refused = scene.install()
    finally:
        lock.release()
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[0] == wording.text("setup.another_at_work", home=scene.home)


def test_too_little_space_is_said_before_anything_is_done(scene: Scene, mount: Mount) -> None:
    mount(scene.home, "size=1m")
    refused = scene.install()
    assert refused.returncode == 1
    message, hint = refused.stderr.splitlines()
    assert message == wording.text("setup.no_space", needed="3.0", free="0.0", home=scene.home)
    assert "BELLADONNA_HOME" in hint
    assert not (scene.home / "envs").exists()


def test_a_disk_that_fills_up_is_named_and_the_rest_goes_on_later(
    scene: Scene, mount: Mount, monkeypatch: pytest.MonkeyPatch
) -> None:
    mount(scene.home, "size=60m")
    paths.logs_dir(scene.home).mkdir()
    (scene.home / "large").write_bytes(bytes(50_000_000))
    monkeypatch.setattr("daemon.setup.environment.builder.check_space", lambda *_: None)  # fuller than it seemed
    for name, value in (("PIP_CONFIG_FILE", os.devnull), ("PIP_FIND_LINKS", scene.packages.as_uri())):
        monkeypatch.setenv(name, value)
    with pytest.raises(Problem) as caught:
        Builder(scene.home, checkout=scene.checkout, torch="cpu", offline=True).renew()
    assert caught.value.key == "setup.pip_disk_full"
    (scene.home / "large").unlink()
    Builder(scene.home, checkout=scene.checkout, offline=True).renew()
    assert Builder(scene.home, checkout=scene.checkout, offline=True).complete()


def test_a_home_that_cant_be_written(scene: Scene, mount: Mount) -> None:
    mount(scene.home, "ro")
    refused = scene.install()
    assert refused.returncode == 1
    message, hint = refused.stderr.splitlines()
    assert str(scene.home) in message
    assert hint == wording.hint("setup.disk_read_only")


def test_an_editor_whose_folder_cant_be_written_spoils_nothing_else(scene: Scene, mount: Mount) -> None:
    scene.add_editors()
    mount(scene.user / ".local/share/krita/pykrita", "ro")
    failed = scene.install()
    assert failed.returncode == 1
    message, hint = failed.stderr.splitlines()
    assert message.startswith(wording.text("setup.plugin_failed", editor="Krita", reason=""))
    assert hint == wording.hint("setup.disk_read_only")
    assert (scene.user / ".config/GIMP/3.0/plug-ins/belladonna").is_dir()
    assert scene.command("try").stdout == "shaded one\n"
