"""The folders and files a Krita finds when it starts: those of a user of its own, with a cached profile and plugins."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.e2e.display import Display

ROOT = Path(__file__).resolve().parents[2]
PROFILES = ROOT / "tests" / "output" / "krita_profiles"
DRIVER = Path(__file__).with_name("krita_driver")

PATH = "/usr/local/bin:/usr/bin:/bin"
"""The system's own programs. The Python inside Krita looks for its library beside the ``python3`` that it finds there;
next to another one of the same version it would miss PyQt."""


KRITARC = """\
[General]
EnableSingleApplication=false

[python]
enable_belladonna_driver=true
"""
DISPLAYRC = """\
[General]
OpenGLRenderer=none
canvasState=OPENGL_SUCCESS
"""
DESKTOP = """\
[Desktop Entry]
Type=Service
ServiceTypes=Krita/PythonPlugin
X-KDE-Library=belladonna_driver
X-Python-2-Compatible=false
Name=Driver of Belladonna's tests
Comment=Lets the tests run code inside Krita
"""


class KritaFolders:
    """Where one Krita keeps its things, all of it inside ``base``, and most of it where a user's Krita does."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.home, self.runtime = base / "home", base / "run"
        self.config, self.data = self.home / ".config", self.home / ".local" / "share"
        self.resources = self.data / "krita"
        self.kritarc = self.config / "kritarc"
        self.plugin = self.resources / "pykrita" / "belladonna"
        self.socket = self.runtime / "driver"
        self.log, self.driver_log = base / "krita.log", base / "driver.log"
        self.hung = base / "hung.png"  # the screen, when Krita had to be killed

    def make(self, profile: Path | None, plugin: Plugin | None) -> None:
        """Fill the folders: what an earlier Krita left in ``profile``, the driver, and the plugin under test."""
        self.config.mkdir(parents=True)
        self.runtime.mkdir(mode=0o700)
        if profile is not None:
            shutil.copytree(profile, self.data)
        self.resources.mkdir(parents=True, exist_ok=True)
        self.kritarc.write_text(KRITARC)
        (self.config / "kritadisplayrc").write_text(DISPLAYRC)
        install_driver(self.resources / "pykrita")
        if plugin is not None:
            plugin(self)

    def environment(self, display: Display) -> dict[str, str]:
        """All of Krita's environment: nothing of the tests' own gets in, so nothing of it can help or disturb."""
        environment = {
            "PATH": PATH,
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self.runtime),
            "LC_ALL": "C.UTF-8",
            "QT_QPA_PLATFORM": "xcb",
            "NO_AT_BRIDGE": "1",
            "BELLADONNA_DRIVER_SOCKET": str(self.socket),
            "BELLADONNA_DRIVER_LOG": str(self.driver_log),
            **display.environment,
        }
        # A daemon started from Krita computes as one started from the tests: as many threads, the same priority.
        same = {name: os.environ[name] for name in ("OMP_NUM_THREADS", "BELLADONNA_NICENESS") if name in os.environ}
        return {**environment, **same}

    def keep_profile(self, profile: Path) -> None:
        """Save what Krita made of its data folder for later starts. Another run may be doing the same."""
        profile.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.resources / "pykrita")
        with tempfile.TemporaryDirectory(dir=profile.parent) as beside:
            made = shutil.copytree(self.data, Path(beside) / "data")
            try:
                made.rename(profile)
            except OSError:  # the other run was first
                if not profile.exists():
                    raise

    def discard(self) -> None:
        """Remove everything but the logs: a profile has 80 MB."""
        for folder in (self.home, self.runtime):
            shutil.rmtree(folder, ignore_errors=True)


Plugin = Callable[[KritaFolders], None]
"""Installs a plugin into the folders of a Krita that doesn't run yet."""


def install_driver(pykrita: Path) -> None:
    """Put the driver among Krita's plugins."""
    folder = pykrita / "belladonna_driver"
    shutil.copytree(DRIVER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "__init__.py").write_text("from . import plugin\n")
    (pykrita / "belladonna_driver.desktop").write_text(DESKTOP)


def version_of(command: Sequence[str], display: Display) -> str:
    """What Krita says that it is, for instance "5.1.5"."""
    with tempfile.TemporaryDirectory() as home:
        environment = {"PATH": PATH, "HOME": home, **display.environment}
        done = subprocess.run([*command, "--version"], env=environment, capture_output=True, text=True, timeout=60)
    name, _, number = done.stdout.strip().partition(" ")
    if name != "krita" or not number:
        raise RuntimeError(f"{' '.join(command)} --version failed: {done.stderr.strip()}")
    return number


def profile_of(krita_version: str) -> Path:
    """Where the cached profile of that version lies, or would."""
    return PROFILES / krita_version
