"""A Belladonna home that editors can use as if ``install.py`` had made it, ready in a second.

Its private environment runs the checkout itself, with the packages of the Python that runs the tests, so nothing is
built, downloaded or copied.
"""

from __future__ import annotations

import contextlib
import subprocess
import sysconfig
import time
import venv
from collections.abc import Iterator
from pathlib import Path

import psutil

from shared.machine import paths
from shared.machine.process import clean_environment

ROOT = Path(__file__).resolve().parents[2]
COMMAND_SECONDS = 180.0  # far more than shading takes, with the engine to be loaded on a busy machine
GONE_SECONDS = 15.0


@contextlib.contextmanager
def private_home(folder: Path) -> Iterator[Path]:
    """A home in ``folder``, whose ``venv/bin/python -I -m daemon serve`` and ``-I -m shared.client.bridge`` work.

    At the end the daemon that was started there, by whomever, is stopped as a user would stop it, and
    ``AssertionError`` is raised if a process of that environment is still there then.
    """
    home = paths.private_dir(folder)
    make_environment(paths.venv_dir(home))
    try:
        yield home
    finally:
        empty(home)


def make_environment(folder: Path) -> None:
    """A virtual environment that imports the checkout and the packages of the running Python."""
    venv.create(folder, with_pip=False, symlinks=True)
    (packages,) = folder.glob("lib/python3*/site-packages")
    # Unlike PYTHONPATH, a .pth file also works under -I, with which everything of the product is started.
    places = dict.fromkeys([str(ROOT), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
    (packages / "belladonna_checkout.pth").write_text("\n".join(places) + "\n", encoding="utf-8")


def belladonna(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the command line in that home: ``belladonna(home, "status")``."""
    return subprocess.run(
        [paths.venv_python(home), "-I", "-m", "daemon", *arguments],
        env={**clean_environment(), "BELLADONNA_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
    )


def processes(home: Path) -> list[psutil.Process]:
    """The processes that run on the home's private Python: daemon, worker, bridges."""
    python = str(paths.venv_dir(home)) + "/"
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            command = process.cmdline()
            if command and command[0].startswith(python) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def empty(home: Path) -> None:
    """Stop the home's daemon, wait for all its processes to leave, and kill those that don't.

    Raises ``AssertionError`` naming them.
    """
    deadline = time.monotonic() + GONE_SECONDS
    while (left := processes(home)) and time.monotonic() < deadline:
        if paths.connection_file(home).exists():
            belladonna(home, "stop")
        time.sleep(0.1)
    named = []
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            named.append(f"{process.pid} {' '.join(process.cmdline())}")
            process.kill()
    assert not named, f"still running from {home}: {named}"
