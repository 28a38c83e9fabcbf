"""install.py on a small checkout: the real script, environment, pip and build, with a torch of one line."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import install

ROOT = Path(__file__).resolve().parent.parent

PYPROJECT = """
[build-system]
requires = []
build-backend = "build_small"
backend-path = ["daemon"]

[project]
name = "belladonna"
version = "0.1.0"
dependencies = ["torch==2.13.0"]
"""

# Makes the wheel without setuptools, which would have to be downloaded.
BACKEND = '''
import pathlib, zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "belladonna-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder, name), "w") as wheel:
        for path in [*pathlib.Path("daemon").glob("*.py"), *pathlib.Path("shared").glob("*.py")]:
            wheel.write(path, path.as_posix())
        info = "belladonna-0.1.0.dist-info"
        metadata = "Metadata-Version: 2.1\\nName: belladonna\\nVersion: 0.1.0\\nRequires-Dist: torch==2.13.0\\n"
        wheel.writestr(f"{info}/METADATA", metadata)
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return name
'''

# A daemon of a few lines: it is found, stopped and started like the real one.
DAEMON = """
import os, socket, sys, time
from pathlib import Path
from shared import endpoint, paths

def main():
    with (paths.home() / "calls.txt").open("a") as calls:
        print(*sys.argv[1:], file=calls)
    if sys.argv[1] == "serve":
        with socket.create_server(("127.0.0.1", 0)) as server:
            address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
            endpoint.write(endpoint.Endpoint(address, "0" * 40, os.getpid(), 1, "0.1.0"))
            for _ in range(600):
                if endpoint.read() is None:
                    return 0
                time.sleep(0.1)
    if sys.argv[1] == "stop":
        endpoint.remove(endpoint.read().pid)
    if sys.argv[1] == "try":
        print("shaded", EDITION)
        return 7
    return 0

EDITION = "one"
sys.exit(main())
"""


class Scene:
    """A small checkout, a home for it, and a folder of packages."""

    def __init__(self, folder: Path) -> None:
        self.checkout, self.home, self.packages = folder / "checkout", folder / "it's a home", folder / "packages"
        self.packages.mkdir()
        (self.checkout / "daemon").mkdir(parents=True)
        shutil.copy(ROOT / "install.py", self.checkout)
        shutil.copytree(ROOT / "shared", self.checkout / "shared", ignore=shutil.ignore_patterns("__pycache__"))
        files = {"pyproject.toml": PYPROJECT, "LICENSE": "MIT", "README.md": "Small"}
        files |= {"daemon/__init__.py": "", "daemon/__main__.py": DAEMON, "daemon/build_small.py": BACKEND}
        for name, text in files.items():
            (self.checkout / name).write_text(text)

    def add_torch(self) -> None:
        info = "torch-2.13.0.dist-info"
        with zipfile.ZipFile(self.packages / "torch-2.13.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr("torch.py", "small = True\n")
            wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: torch\nVersion: 2.13.0\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")

    def install(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "BELLADONNA_HOME": str(self.home), "PYTHONPATH": "/nowhere"}
        environment |= {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": self.packages.as_uri()}
        return subprocess.run(
            [sys.executable, "install.py", "--offline", *arguments],
            cwd=self.checkout,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
        )

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        launcher = [str(self.home / "bin" / ("belladonna.cmd" if os.name == "nt" else "belladonna")), *arguments]
        return subprocess.run(launcher, capture_output=True, text=True, timeout=60, check=False)

    def calls(self) -> list[str]:
        return (self.home / "calls.txt").read_text().splitlines()

    def made(self) -> dict[str, int]:
        """When the environment and what is in it were made."""
        files = {"environment": self.home / "venv" / "pyvenv.cfg"}
        for name in ("torch", "belladonna"):
            files[name] = next(self.home.glob(f"venv/[Ll]ib/**/site-packages/{name}-*.dist-info/RECORD"))
        return {name: path.stat().st_mtime_ns for name, path in files.items()}


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_install_again_and_upgrade(scene: Scene) -> None:
    scene.add_torch()
    first = scene.install("--try")
    assert (first.returncode, first.stderr) == (7, ""), "the sample's exit code is passed on"
    assert first.stdout.splitlines()[-1] == "shaded one"
    assert "no editor plugins yet" in first.stdout
    for folder in ("venv", "bin", "run", "logs", "models", "anchors", "cache"):
        assert (scene.home / folder).is_dir(), folder
    if os.name != "nt":
        for private in (scene.home, scene.home / "run"):
            assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert scene.calls() == [f"try --out {scene.home / 'try'}"]
    made = scene.made()

    again = scene.install("--editors", "none", "--no-login")
    assert (again.returncode, again.stderr) == (0, "")
    assert "yet" not in again.stdout
    assert scene.made() == made, "running it again changes nothing"

    program = scene.checkout / "daemon" / "__main__.py"
    program.write_text(program.read_text().replace('"one"', '"two"'))
    assert scene.install().returncode == 0
    assert scene.command("try").stdout == "shaded two\n"
    upgraded = scene.made()
    assert upgraded["belladonna"] != made["belladonna"]
    assert (upgraded["environment"], upgraded["torch"]) == (made["environment"], made["torch"])
    assert sorted(path.name for path in scene.checkout.iterdir()) == sorted(
        ["LICENSE", "README.md", "daemon", "install.py", "pyproject.toml", "shared"]
    ), "the checkout stays clean"


def test_upgrade_stops_a_running_daemon_and_starts_it_again(scene: Scene) -> None:
    scene.add_torch()
    assert scene.install().returncode == 0
    with subprocess.Popen([scene.home / "bin" / "belladonna", "serve"]) as daemon:
        while not (scene.home / "run" / "daemon.json").exists():
            assert daemon.poll() is None
        assert scene.install().returncode == 0
        assert scene.calls() == ["serve"], "nothing to upgrade: the daemon is left alone"
        (scene.checkout / "daemon" / "new.py").write_text("")
        upgrade = scene.install()
        assert daemon.wait(timeout=60) == 0
    assert upgrade.returncode == 0, upgrade.stderr
    assert "The daemon runs again." in upgrade.stdout
    assert scene.calls() == ["serve", "stop", "serve"]
    scene.command("stop")


def test_a_failed_run_says_why_and_the_next_goes_on(scene: Scene) -> None:
    failed = scene.install()
    assert failed.returncode == 1
    message, hint = failed.stderr.splitlines()
    assert message == "Installing torch failed: No matching distribution found for torch==2.13.0"
    assert str(scene.home / "logs" / "install.log") in hint
    environment = (scene.home / "venv" / "pyvenv.cfg").stat().st_mtime_ns
    scene.add_torch()
    assert scene.install().returncode == 0
    assert scene.made()["environment"] == environment


def test_what_was_interrupted_is_made_again(scene: Scene) -> None:
    scene.add_torch()
    broken = scene.home / "venv" / "bin" / "python"
    broken.parent.mkdir(parents=True)
    broken.write_text("half a file")
    (scene.home / "installed.json").write_text("{}")
    assert scene.install().returncode == 0
    assert scene.command("try").stdout == "shaded one\n"

    shutil.rmtree(next(scene.home.glob("venv/[Ll]ib/**/site-packages/torch-*.dist-info")))
    (scene.home / "installed.json").write_text('{"environment": "ve')
    assert scene.install().returncode == 0
    assert set(scene.made()) == {"environment", "torch", "belladonna"}
    assert set(json.loads((scene.home / "installed.json").read_text())) == {"environment", "torch", "belladonna"}


def test_an_environment_of_somebody_else_is_left_alone(scene: Scene) -> None:
    theirs = scene.home / "venv" / "precious.txt"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("mine")
    refused = scene.install()
    assert refused.returncode == 1
    assert "Belladonna didn't make it" in refused.stderr
    assert theirs.read_text() == "mine"


@pytest.mark.parametrize("version", [(2, 7), (3, 9), (3, 15), (4, 10)])
def test_other_pythons_are_refused(version: tuple[int, int]) -> None:
    with pytest.raises(install.InstallError, match=r"needs Python 3\.10 to 3\.14, and this is Python"):
        install.check_python(*version)


@pytest.mark.parametrize("minor", [10, 11, 12, 13, 14])
def test_supported_pythons_are_taken(minor: int) -> None:
    install.check_python(3, minor)


def test_a_full_disk_is_noticed_first(tmp_path: Path) -> None:
    home = tmp_path / "not" / "there" / "yet"
    install.check_space(home, needed=1)
    with pytest.raises(install.InstallError, match=r"needs 1000000\.0 GB on the disk of .*, and .* GB are free"):
        install.check_space(home, needed=10**15)
    assert not home.exists()


@pytest.mark.skipif(os.name == "nt", reason="the launcher of Windows is a .cmd file")
def test_launcher_keeps_its_home_and_every_argument(tmp_path: Path) -> None:
    home = tmp_path / "a $HOME with 'quotes' and `ticks`"
    python = home / "venv" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$BELLADONNA_HOME" "$@"\n')
    python.chmod(0o755)
    launcher = tmp_path / "belladonna"
    install.write_launcher(launcher, home, python)
    arguments = ["shade", "my picture.png", "", "*", "--concept", "it's a dog"]
    environment = {**os.environ, "BELLADONNA_HOME": "/another"}
    output = subprocess.run([launcher, *arguments], env=environment, capture_output=True, text=True, check=True).stdout
    assert output.split("\n")[:-1] == [str(home), "-I", "-m", "daemon", *arguments]


def test_sources_are_what_the_package_is_made_of() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in install.sources(ROOT)}
    assert {"pyproject.toml", "LICENSE", "README.md", "shared/paths.py", "daemon/shading/concepts.json"} <= names
    assert not any("__pycache__" in name or name.startswith("tests/") for name in names)


def test_editors_are_names_or_none() -> None:
    assert install.parse([]).editors == ("krita", "gimp")
    assert install.parse(["--editors", "gimp"]).editors == ("gimp",)
    assert install.parse(["--editors", "none"]).editors == ()
    with pytest.raises(SystemExit):
        install.parse(["--editors", "photoshop"])
