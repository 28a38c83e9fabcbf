"""Run every check: ``python3 tests/run.py``. What follows is passed to pytest, for instance ``tests/shared -k wire``.

Sets up an environment with what the product and its tests need (``.venv`` in the checkout, or the folder named by
``BELLADONNA_TEST_VENV``), then runs ruff, pyright and pytest on the checkout itself. The product is not installed into
that environment: a copy there could be tested by mistake. Exits with the worst of the exit codes.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = Path(os.environ.get("BELLADONNA_TEST_VENV") or ROOT / ".venv").absolute()
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "belladonna-tests.txt"  # the state of pyproject.toml that the environment was made from


def requirements(pyproject: str) -> list[str]:
    """The product's dependencies, then those of its tests. By pattern: Python 3.10 can't read TOML."""
    lists = re.findall(r"^(?:dependencies|test) = \[\n(.*?)^\]", pyproject, re.MULTILINE | re.DOTALL)
    return re.findall(r'^\s*"([^"]+)"', "".join(lists), re.MULTILINE)


def pip(*packages: str) -> None:
    subprocess.run([PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check", *packages], check=True)


def prepare() -> None:
    """Make or update the environment. Takes minutes the first time and nothing while pyproject.toml stays as it is."""
    pyproject = (ROOT / "pyproject.toml").read_bytes()
    wanted = hashlib.sha256(pyproject).hexdigest()
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text() == wanted:
        return
    began = time.monotonic()
    print(f"Setting up {VENV} …", flush=True)
    STAMP.unlink(missing_ok=True)
    if not PYTHON.exists() or subprocess.run([PYTHON, "-c", "import pip"], stderr=subprocess.DEVNULL).returncode:
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    packages = requirements(pyproject.decode())
    # torch first, by itself: pip would otherwise weigh its versions against those of what depends on it.
    pip(*(package for package in packages if package.startswith("torch==")))
    pip(*packages)
    STAMP.write_text(wanted)
    print(f"Set up in {time.monotonic() - began:.0f} s.", flush=True)


def check(name: str, *command: str | Path) -> int:
    """Run one tool in the checkout and say how it ended. Returns its exit code."""
    code = subprocess.run(command, cwd=ROOT).returncode
    if code:
        print(f"{name} failed with exit code {code}.", flush=True)
    return code


def main(arguments: list[str]) -> int:
    try:
        prepare()
    except subprocess.CalledProcessError as error:
        print(f"The environment could not be set up: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return 1
    # Packages of the system that tests need (the real editors, once there are plugins) belong here.
    ruff = check("ruff", PYTHON, "-m", "ruff", "check")
    pyright = check("pyright", PYTHON, "-m", "pyright", "--pythonpath", PYTHON)
    # Last, and silent after it: whoever runs this reads pytest's closing line.
    tests = subprocess.run([PYTHON, "-m", "pytest", *arguments], cwd=ROOT).returncode
    return max(abs(code) for code in (ruff, pyright, tests))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
