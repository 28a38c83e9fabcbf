"""Run every check: ``python3 tests/run.py``. What follows is passed to pytest, for instance ``tests/shared -k wire``.

Sets up an environment with what the product and its tests need (``.venv`` in the checkout, or the folder named by
``BELLADONNA_TEST_VENV``), then runs ruff, ruff format, pyright and pytest on the checkout itself. The product is not
installed into that environment: a copy there could be tested by mistake. Exits with the worst of the exit codes.

The editors, and a screen for them, are installed where root runs this on a Debian; a GIMP older than 3 is not. Where
they are missing their tests are skipped; with ``BELLADONNA_REQUIRE_EDITORS=1`` they fail.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = Path(os.environ.get("BELLADONNA_TEST_VENV") or ROOT / ".venv").absolute()
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "belladonna-tests.txt"  # the requirements that the environment was made from

PACKAGES = {
    "krita": "krita",
    "python3-pyqt5": "",  # Krita's plugins need it, and its package only recommends it
    "libgl1-mesa-dri": "",
    "xvfb": "Xvfb",
    "xdotool": "xdotool",
    "imagemagick": "import",
    "systemd": "systemd-analyze",
    "desktop-file-utils": "desktop-file-validate",
    "libglib2.0-bin": "gio",
    "mmdebstrap": "mmdebstrap",  # for a Debian of another release, such as one with GIMP 3 where this one has none
}
"""Debian package → a program in it, by which it is noticed on other systems."""

GIMP_PACKAGES = (
    *("gimp", "gir1.2-gimp-3.0", "python3-gi", "openbox", "dbus", "adwaita-icon-theme", "fonts-dejavu-core"),
    *("x11-utils", "dbus-x11"),
)
"""What the tests of GIMP need of a Debian that has GIMP 3: this one, or the one that they make themselves a tree of."""


def requirements(pyproject: str) -> list[str]:
    """The product's dependencies, then those of its tests. By pattern: Python 3.10 can't read TOML."""
    lists = re.findall(r"^(?:dependencies|test) = \[\n(.*?)^\]", pyproject, re.MULTILINE | re.DOTALL)
    return re.findall(r'^\s*"([^"]+)"', "".join(lists), re.MULTILINE)


def pip(*packages: str) -> None:
    subprocess.run([PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check", *packages], check=True)


def prepare() -> None:
    """Make or update the environment. Takes minutes the first time and nothing while the requirements stay the same."""
    packages = requirements((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = hashlib.sha256("\n".join(packages).encode()).hexdigest()
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text() == wanted:
        return
    began = time.monotonic()
    print(f"Setting up {VENV} …", flush=True)
    STAMP.unlink(missing_ok=True)
    if not PYTHON.exists() or subprocess.run([PYTHON, "-c", "import pip"], stderr=subprocess.DEVNULL).returncode:
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    # torch first, by itself: pip would otherwise weigh its versions against those of what depends on it.
    pip(*(package for package in packages if package.startswith("torch==")))
    pip(*packages)
    STAMP.write_text(wanted)
    print(f"Set up in {time.monotonic() - began:.0f} s.", flush=True)


def apt_has_gimp_3() -> bool:
    """Is GIMP 3 what apt would install, or has installed? Before the first ``apt-get update`` it knows of none."""
    if shutil.which("apt-cache") is None:
        return False
    policy = ["apt-cache", "policy", "gimp"]
    said = subprocess.run(policy, env={**os.environ, "LC_ALL": "C"}, capture_output=True, text=True).stdout
    candidate = re.search(r"Candidate: (?:\d+:)?(\d+)", said)
    return candidate is not None and int(candidate[1]) >= 3


def missing_from_system() -> list[str]:
    """The packages that aren't installed, of those that the tests need."""
    if shutil.which("dpkg-query") is None:
        return [package for package, program in PACKAGES.items() if program and shutil.which(program) is None]
    packages = [*PACKAGES, *(GIMP_PACKAGES if apt_has_gimp_3() else ())]
    query = ["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\\n", *packages]
    # It complains about packages that it has never heard of, and lists the others nevertheless.
    listed = subprocess.run(query, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.splitlines()
    return [package for package in packages if f"{package} installed" not in listed]


def prepare_system() -> None:
    """Install what tests need of the system if this is root on a Debian; elsewhere say what is missing."""
    missing = missing_from_system()
    if not missing:
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        print(f"Not installed, so the tests that need them can't run: {', '.join(missing)}.", flush=True)
        return
    began = time.monotonic()
    if not apt_get("update"):
        return
    missing = missing_from_system()  # apt may have learnt only now that there is a GIMP 3
    print(f"Installing {', '.join(missing)} …", flush=True)
    if apt_get("install", "--yes", "--no-install-recommends", *missing):
        print(f"Installed in {time.monotonic() - began:.0f} s.", flush=True)


def apt_get(command: str, *arguments: str) -> bool:
    """Run apt-get without questions and output. Returns whether it succeeded, and says it if not."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", command, *arguments]
    done = subprocess.run(apt, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        reason = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
        print(f"Nothing could be installed, apt-get {command} failed: {reason}", file=sys.stderr, flush=True)
    return not done.returncode


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
        command = " ".join(map(str, error.cmd))
        print(f"{VENV} could not be set up, because this failed, as said above: {command}", file=sys.stderr)
        return 1
    prepare_system()
    ruff = check("ruff", PYTHON, "-m", "ruff", "check")
    layout = check("ruff format", PYTHON, "-m", "ruff", "format", "--check", "--quiet")
    pyright = check("pyright", PYTHON, "-m", "pyright", "--pythonpath", PYTHON)
    # Last, and silent after it: whoever runs this reads pytest's closing line.
    tests = subprocess.run([PYTHON, "-m", "pytest", *arguments], cwd=ROOT).returncode
    return max(abs(code) for code in (ruff, layout, pyright, tests))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
