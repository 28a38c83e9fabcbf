"""A small checkout to run install.py on: the real script, environment, pip and build, with a torch of one line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

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
    """A small checkout, a home for it, a folder of packages, and a user without any editor."""

    def __init__(self, folder: Path) -> None:
        self.checkout, self.home, self.packages = folder / "checkout", folder / "it's a home", folder / "packages"
        self.user, self.programs = folder / "user", folder / "programs"
        for made in (self.packages, self.user, self.programs):
            made.mkdir()
        (self.checkout / "daemon").mkdir(parents=True)
        shutil.copy(ROOT / "install.py", self.checkout)
        shutil.copytree(ROOT / "shared", self.checkout / "shared", ignore=shutil.ignore_patterns("__pycache__"))
        setup = self.checkout / "daemon" / "setup"
        shutil.copytree(ROOT / "daemon" / "setup", setup, ignore=shutil.ignore_patterns("__pycache__"))
        files = {"pyproject.toml": PYPROJECT, "LICENSE": "MIT", "README.md": "Small"}
        files |= {"daemon/__init__.py": "", "daemon/__main__.py": DAEMON, "daemon/build_small.py": BACKEND}
        files |= {f"krita_plugin/{name}": name for name in ("__init__.py", "belladonna.desktop", "belladonna.action")}
        files |= {"gimp_plugin/belladonna.py": "#!/usr/bin/env python3\n"}
        for name, text in files.items():
            (self.checkout / name).parent.mkdir(exist_ok=True)
            (self.checkout / name).write_text(text)

    def add_torch(self) -> None:
        info = "torch-2.13.0.dist-info"
        with zipfile.ZipFile(self.packages / "torch-2.13.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr("torch.py", "small = True\n")
            wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: torch\nVersion: 2.13.0\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")

    def install(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "GIMP"))}
        environment |= {"BELLADONNA_HOME": str(self.home), "PYTHONPATH": "/nowhere"}
        environment |= {"HOME": str(self.user), "PATH": str(self.programs)}
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
        plugins = {"krita": ".local/share/krita/pykrita/belladonna", "gimp": ".config/GIMP/3.0/plug-ins/belladonna"}
        for name, place in plugins.items():
            if (self.user / place).exists():
                files[name] = self.user / place / "location.json"
        return {name: path.stat().st_mtime_ns for name, path in files.items()}
