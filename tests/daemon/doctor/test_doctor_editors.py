"""The plug-ins of this checkout in editors that are folders: everything that keeps one from working is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import zmq
from private_environment import ROOT, PrivateEnvironment

from daemon.doctor import editors
from daemon.doctor.finding import Finding
from daemon.setup.editors import gimp, krita, plugin
from daemon.setup.editors.installation import Installation
from daemon.setup.login import autostart
from daemon.setup.manifest import FILE, Manifest
from daemon.setup.system import System
from shared import VERSION
from shared.machine import location
from shared.machine.location import Location


class Scene:
    """A user with a Krita and a GIMP 3.0, both with the plug-in of this checkout."""

    def __init__(self, private: PrivateEnvironment, folder: Path) -> None:
        self.home = private.home
        self.location = Location(private.home, private.python, VERSION)
        self.user = folder / "user"
        self.system = System("linux", {}, self.user, folder / "root", which=lambda _: None)
        (self.user / ".local/share/krita").mkdir(parents=True)
        (self.user / ".config/GIMP/3.0").mkdir(parents=True)
        (self.krita,) = krita.find(self.system)
        (self.gimp,) = gimp.find(self.system)
        for editor in (self.krita, self.gimp):
            self.install(editor)

    def install(self, editor: Installation, vendor: Path | None = None) -> None:
        plugin.put(editor, plugin.content(editor, ROOT, self.location, vendor), Manifest(self.home))

    def check(self) -> list[Finding]:
        return editors.check(self.home, self.system)

    def of(self, editor: Installation) -> Finding:
        (finding,) = (each for each in self.check() if each.topic == editor.editor)
        return finding


@pytest.fixture
def scene(private: PrivateEnvironment, tmp_path: Path) -> Scene:
    return Scene(private, tmp_path)


def test_both_are_in_order(scene: Scene) -> None:
    findings = scene.check()
    assert [finding.topic for finding in findings] == ["Krita", "GIMP 3.0"]
    assert [finding.key for finding in findings] == ["doctor.plugin_bridge", "doctor.plugin_bridge"], findings


def test_a_pyzmq_beside_the_plugin_is_loaded(scene: Scene, tmp_path: Path) -> None:
    package = Path(zmq.__file__).parent
    for name in (package, package.parent / "pyzmq.libs"):
        if name.is_dir():
            shutil.copytree(name, tmp_path / "pyzmq" / name.name)
    scene.install(scene.gimp, tmp_path / "pyzmq")
    assert scene.of(scene.gimp).key == "doctor.plugin_pyzmq"
    (tmp_path / "pyzmq" / "zmq" / "__init__.py").write_text("raise ImportError('for another computer')")
    scene.install(scene.gimp, tmp_path / "pyzmq")
    assert scene.of(scene.gimp).key == "doctor.plugin_bridge"


def test_neither_pyzmq_nor_the_bridge(scene: Scene, private: PrivateEnvironment) -> None:
    private.lay("zmq/__init__.py", b"raise ImportError('libzmq is broken')")
    finding = scene.of(scene.krita)
    assert (finding.state, finding.key) == ("fail", "doctor.plugin_cut_off")
    assert "libzmq is broken" in finding.sentence


def test_no_editor(scene: Scene) -> None:
    shutil.rmtree(scene.user)
    (finding,) = scene.check()
    assert (finding.state, finding.key) == ("warn", "doctor.no_editor")
    assert "Krita and no GIMP 3" in finding.sentence


def test_the_plugin_is_not_there(scene: Scene) -> None:
    shutil.rmtree(scene.krita.folder)
    assert scene.of(scene.krita).state == "fail"
    assert scene.of(scene.gimp).state == "ok"


def test_the_plugin_was_never_there(scene: Scene) -> None:
    (scene.home / FILE).unlink()
    shutil.rmtree(scene.krita.folder)
    finding = scene.of(scene.krita)
    assert (finding.state, finding.key) == ("warn", "doctor.no_plugin")


def test_somebody_has_changed_the_plugin(scene: Scene) -> None:
    (scene.krita.folder / "docker.py").write_text("mine = True")
    (scene.krita.folder / "more.py").write_text("mine = True")
    works, changed, _ = scene.check()
    assert works.state == "ok"
    assert (changed.state, changed.key) == ("warn", "doctor.plugin_changed")
    assert changed.topic == scene.krita.editor
    assert "docker.py, more.py." in changed.sentence


def test_the_plugin_is_older(scene: Scene) -> None:
    location.write(Location(scene.home, scene.location.python, "0.0.1"), scene.krita.folder)
    finding = scene.of(scene.krita)
    assert finding.state == "fail"
    assert "0.0.1" in finding.sentence


def test_the_plugin_belongs_to_another_home(scene: Scene, tmp_path: Path) -> None:
    location.write(Location(tmp_path / "elsewhere", scene.location.python, VERSION), scene.krita.folder)
    finding = scene.of(scene.krita)
    assert finding.state == "warn"
    assert str(tmp_path / "elsewhere") in finding.sentence


def test_the_plugin_looks_for_a_python_that_is_gone(scene: Scene, tmp_path: Path) -> None:
    location.write(Location(scene.home, tmp_path / "gone", VERSION), scene.krita.folder)
    finding = scene.of(scene.krita)
    assert finding.state == "fail"
    assert str(tmp_path / "gone") in finding.sentence


def test_location_is_damaged(scene: Scene) -> None:
    (scene.gimp.folder / location.FILE).write_bytes(b"{")
    assert scene.of(scene.gimp).state == "fail"


def test_krita_has_it_turned_off(scene: Scene) -> None:
    assert scene.krita.settings is not None
    for settings in (b"[python]\nenable_belladonna=false\n", b"[theme]\nTheme=Dark\n"):
        scene.krita.settings.write_bytes(settings)
        finding = scene.of(scene.krita)
        assert (finding.state, finding.key) == ("fail", "doctor.plugin_off")
        assert scene.krita.settings.read_bytes() == settings
    scene.krita.settings.unlink()
    assert scene.of(scene.krita).state == "fail"


def test_gimp_may_not_run_it(scene: Scene) -> None:
    script = scene.gimp.folder / "belladonna.py"
    script.chmod(0o644)
    finding = scene.of(scene.gimp)
    assert (finding.state, finding.key) == ("fail", "doctor.plugin_incomplete")
    assert str(script) in finding.sentence


@pytest.mark.parametrize("noted", [True, False])
@pytest.mark.parametrize("part", ["__init__.py", "shared/__init__.py", "../belladonna.desktop"])
def test_krita_s_is_incomplete(scene: Scene, part: str, noted: bool) -> None:
    if not noted:  # another home's
        (scene.home / FILE).unlink()
    (scene.krita.folder / part).unlink()
    finding = scene.of(scene.krita)
    assert (finding.state, finding.key) == ("fail", "doctor.plugin_incomplete")


def test_gimp_s_is_incomplete(scene: Scene) -> None:
    (scene.gimp.folder / "belladonna.py").unlink()
    assert str(scene.gimp.folder / "belladonna.py") in scene.of(scene.gimp).sentence


def test_every_file_that_was_put_there_has_to_be_there(scene: Scene) -> None:
    for name in ("dialog.py", "shared/wording/job.py"):
        (scene.gimp.folder / name).unlink()
    finding = scene.of(scene.gimp)
    assert (finding.state, finding.key) == ("fail", "doctor.plugin_incomplete")
    assert "dialog.py, " in finding.sentence
    assert "job.py." in finding.sentence
    assert scene.of(scene.krita).state == "ok"


def test_in_a_sandbox_the_bridge_is_of_no_use(scene: Scene) -> None:
    (scene.user / ".var/app/org.gimp.GIMP/config/GIMP/3.0").mkdir(parents=True)
    flatpak = next(each for each in gimp.find(scene.system) if each.sandboxed)
    scene.install(flatpak)
    finding = scene.of(flatpak)
    assert (finding.state, finding.key) == ("fail", "doctor.plugin_cut_off")


@pytest.mark.parametrize("at_login", [True, False])
def test_a_sandbox_is_warned_of_unless_the_daemon_starts_at_login(scene: Scene, tmp_path: Path, at_login: bool) -> None:
    package = Path(zmq.__file__).parent
    for name in (package, package.parent / "pyzmq.libs"):
        if name.is_dir():
            shutil.copytree(name, tmp_path / "pyzmq" / name.name)
    (scene.user / ".var/app/org.gimp.GIMP/config/GIMP/3.0").mkdir(parents=True)
    flatpak = next(each for each in gimp.find(scene.system) if each.sandboxed)
    scene.install(flatpak, tmp_path / "pyzmq")
    if at_login:
        autostart.install(scene.system, scene.home, scene.location.python)
    found = [(each.state, each.key) for each in scene.check() if each.topic == flatpak.editor]
    assert found == [("ok", "doctor.plugin_pyzmq"), *([] if at_login else [("warn", "doctor.caution")])]
