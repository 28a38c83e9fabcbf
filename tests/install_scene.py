"""A small checkout to run install.py on: the real script, environment, pip and build, with a torch of one line."""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import inspect
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent

PYPROJECT = """
[build-system]
requires = []
build-backend = "build_small"
backend-path = ["daemon"]

[project]
name = "belladonna"
version = "0.1.0"
requires-python = ">=3.10,<3.15"
dependencies = ["torch==2.13.0", "psutil", "pyzmq"]
"""


def write_wheel(folder: str, name: str, version: str, files: dict[str, bytes], needs: str = "") -> str:
    """Make a wheel, as strict as a real one about what is in it. ``needs``: lines for its metadata."""
    info, wheel = f"{name}-{version}.dist-info", f"{name}-{version}-py3-none-any.whl"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}"
    about = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    content = {**files, f"{info}/METADATA": metadata.encode(), f"{info}/WHEEL": about.encode()}
    with zipfile.ZipFile(os.path.join(folder, wheel), "w") as archive:
        record = f"{info}/RECORD,,\n"
        for path, data in content.items():
            archive.writestr(path, data)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record += f"{path},sha256={digest},{len(data)}\n"
        archive.writestr(f"{info}/RECORD", record)
    return wheel


# Makes the wheel without setuptools, which would have to be downloaded.
BACKEND = f"""
import base64, hashlib, os, pathlib, zipfile

{inspect.getsource(write_wheel)}

def build_wheel(folder, config_settings=None, metadata_directory=None):
    folders = map(pathlib.Path, ("daemon", "shared", "krita_plugin", "gimp_plugin"))
    files = {{path.as_posix(): path.read_bytes() for each in folders for path in each.rglob("*") if path.is_file()}}
    needs = "".join(f"Requires-Dist: {{name}}\\n" for name in ("torch==2.13.0", "psutil", "pyzmq"))
    return write_wheel(folder, "belladonna", "0.1.0", files, needs)
"""

# A daemon of a few lines: it is found, stopped and started like the real one. “belladonna setup” is the real one.
DAEMON = """
import argparse, os, socket, sys, time
from shared.machine import endpoint, paths

def main():
    if sys.argv[1] == "setup":
        from daemon.commands import setup
        parser = argparse.ArgumentParser()
        setup.add_arguments(parser)
        return setup.run(parser.parse_args(sys.argv[2:]))
    with (paths.home() / "logs" / "calls.txt").open("a") as calls:
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

if __name__ == "__main__":
    sys.exit(main())
"""

# Its doctor finds what a file says.
DOCTOR = """
import json
from .finding import Finding

def examine(home):
    said = home / "logs" / "doctor.json"
    return [Finding(*each) for each in json.loads(said.read_text())] if said.exists() else []

def healthy(findings):
    return all(each.state != "fail" for each in findings)
"""


@functools.cache
def psutil_files() -> dict[str, bytes]:
    """The psutil of the tests, for a wheel."""
    folder = Path(psutil.__file__).parent
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder.parent).as_posix(): path.read_bytes() for path in files}


# Runs install.py and counts, as Python's audit hooks see them, the moments at which something changes for good. At the
# one that is asked for it kills its process group, as a power cut would.
KILLER = """
import os, runpy, signal, sys
limit, counted = int(sys.argv[1]), sys.argv[2]
events, count = {"os.rename", "os.mkdir", "os.symlink", "subprocess.Popen", "shutil.rmtree"}, 0

def hook(event, _):
    global count
    if event in events:
        count += 1
        if count == limit:
            os.killpg(0, signal.SIGKILL)

sys.addaudithook(hook)
sys.argv, sys.path[0] = ["install.py", *sys.argv[3:]], os.getcwd()
try:
    runpy.run_path("install.py", run_name="__main__")
finally:
    with open(counted, "w") as file:
        file.write(str(count))
"""


def tree(folder: Path) -> dict[str, object]:
    """Name → everything about it that anybody could have changed: of all files, links and folders below."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        content = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
        # A folder's time changes with what is made in it, also if that is removed again.
        time = None if content is None else status.st_mtime_ns
        found[path.relative_to(folder).as_posix()] = (oct(status.st_mode), content, time)
    return found


class Scene:
    """A small checkout, a home for it, a folder of packages, and a user without any editor."""

    def __init__(self, folder: Path) -> None:
        self.checkout, self.home, self.packages = folder / "checkout", folder / "it's a home", folder / "packages"
        self.user, self.programs = folder / "user", folder / "programs"
        self.counted = folder / "counted"
        for made in (self.packages, self.user, self.programs):
            made.mkdir()
        (self.checkout / "daemon").mkdir(parents=True)
        shutil.copy(ROOT / "install.py", self.checkout)
        shutil.copytree(ROOT / "shared", self.checkout / "shared", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("setup", "models"):
            folder = self.checkout / "daemon" / name
            shutil.copytree(ROOT / "daemon" / name, folder, ignore=shutil.ignore_patterns("__pycache__"))
        for name in (
            "commands/setup.py",
            "commands/models.py",
            "commands/complaint.py",
            "doctor/finding.py",
            "exits.py",
        ):
            (self.checkout / "daemon" / name).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / "daemon" / name, self.checkout / "daemon" / name)
        write_wheel(str(self.packages), "psutil", "7.0.0", psutil_files())
        write_wheel(str(self.packages), "pyzmq", "27.3.0", {"zmq/__init__.py": b""})
        files = {"pyproject.toml": PYPROJECT, "LICENSE": "MIT", "README.md": "Small"}
        files |= {"daemon/__init__.py": "", "daemon/__main__.py": DAEMON, "daemon/build_small.py": BACKEND}
        files |= {"daemon/doctor/__init__.py": "", "daemon/doctor/examination.py": DOCTOR}
        files |= {f"krita_plugin/{name}": name for name in ("__init__.py", "belladonna.desktop", "belladonna.action")}
        files |= {"gimp_plugin/belladonna.py": "#!/usr/bin/env python3\n"}
        for name, text in files.items():
            (self.checkout / name).parent.mkdir(exist_ok=True)
            (self.checkout / name).write_text(text)

    def add_editors(self) -> None:
        """A Krita and a GIMP 3.0, by their folders."""
        for folder in (".local/share/krita", ".config/GIMP/3.0"):
            (self.user / folder).mkdir(parents=True)

    @contextlib.contextmanager
    def krita_running(self) -> Iterator[None]:
        """A program of that name runs, for this user."""
        program = self.programs / "krita"
        shutil.copy(shutil.which("sleep") or "", program)
        with subprocess.Popen([program, "300"], env={"HOME": str(self.user)}) as krita:
            try:
                yield
            finally:
                krita.kill()

    def edit(self, old: str, new: str) -> None:
        """Change what the command ``try`` of the checkout says."""
        program = self.checkout / "daemon" / "__main__.py"
        program.write_text(program.read_text().replace(f'EDITION = "{old}"', f'EDITION = "{new}"'))

    def doctor_says(self, *findings: tuple[str, str, str, str, str]) -> None:
        """What the next doctor finds: state, topic, key, sentence, hint."""
        (self.home / "logs" / "doctor.json").write_text(json.dumps(findings))

    def installed(self, pattern: str) -> Path:
        """The one file in the environment that fits."""
        (path,) = self.environment.glob(f"[Ll]ib/**/site-packages/{pattern}")
        return path

    @property
    def environment(self) -> Path:
        """The environment in use."""
        return (self.home / "venv").resolve()

    def add_torch(self, build: str = "", code: str = "small = True") -> None:
        """Add a torch to the packages; ``build`` is the local part of its version, such as ``+cu126``."""
        write_wheel(str(self.packages), "torch", f"2.13.0{build}", {"torch.py": f"{code}\n".encode()})

    def install(self, *arguments: str, kill_at: int = 0) -> subprocess.CompletedProcess[str]:
        """Run it; with ``kill_at`` until so many changes have been made, then it is killed with its children."""
        script = ["install.py"] if not kill_at else ["-c", KILLER, str(kill_at), str(self.counted)]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "GIMP"))}
        environment |= {"BELLADONNA_HOME": str(self.home), "PYTHONPATH": "/nowhere"}
        environment |= {"HOME": str(self.user), "PATH": str(self.programs)}
        environment |= {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": self.packages.as_uri()}
        return subprocess.run(
            [sys.executable, *script, *([] if "--uninstall" in arguments else ["--offline"]), *arguments],
            cwd=self.checkout,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            start_new_session=True,
        )

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        launcher = [str(self.home / "bin" / ("belladonna.cmd" if os.name == "nt" else "belladonna")), *arguments]
        return subprocess.run(launcher, capture_output=True, text=True, timeout=60, check=False)

    def calls(self) -> list[str]:
        return (self.home / "logs" / "calls.txt").read_text().splitlines()

    def made(self) -> dict[str, tuple[int, int]]:
        """When the environment and what is in it were made."""
        files = {"environment": self.environment / "pyvenv.cfg"}
        for name in ("torch", "belladonna"):
            files[name] = self.installed(f"{name}-*.dist-info/RECORD")
        plugins = {"krita": ".local/share/krita/pykrita/belladonna", "gimp": ".config/GIMP/3.0/plug-ins/belladonna"}
        for name, place in plugins.items():
            if (self.user / place).exists():
                files[name] = self.user / place  # a new folder takes the place of an old one
        # The number tells a folder that took another's place, whose times were copied.
        return {name: (path.stat().st_ino, path.stat().st_mtime_ns) for name, path in files.items()}
