"""Set up Belladonna for this user: ``python3 install.py``. Standard library only.

Everything goes into one folder, ``BELLADONNA_HOME`` or the usual place for a user's data: a private Python environment
(venv/), the command (bin/belladonna), and what the daemon keeps (run/, logs/, models/, anchors/, cache/). Running it
again upgrades in place: ``installed.json`` there says what each step was done from, a step is done again when that has
changed, and a step that was interrupted has left no entry, so that the next run repairs it.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent
PYTHONS = range(10, 15)  # 3.10 to 3.14 have wheels of torch
SPACE = 3_000_000_000  # bytes free before the first run: what is installed, and pip's working copies of it
SITE_PACKAGES = ("lib/python3*/site-packages", "Lib/site-packages")  # POSIX, Windows
EDITORS = ("krita", "gimp")


class InstallError(Exception):
    """Something the user can mend. Its two arguments: one sentence, and what to do."""


@dataclass(frozen=True)
class Step:
    """One part of the installation. It is done if ``installed.json`` says so for ``source`` and ``intact()`` agrees."""

    name: str  # key in installed.json
    source: str  # what it is made from: a version or a hash
    intact: Callable[[], bool]
    run: Callable[[], None]


class Installer:
    """Installs one checkout into one home. ``offline``: take packages only from where pip's find-links point."""

    def __init__(self, home: Path, checkout: Path = CHECKOUT, *, offline: bool = False) -> None:
        from shared import paths  # here and below, not above: an older Python must get as far as check_python

        self.home, self.checkout, self.offline = home, checkout, offline
        self.venv, self.python, self.launcher = paths.venv_dir(home), paths.venv_python(home), paths.launcher(home)
        kept = (paths.run_dir, paths.logs_dir, paths.models_dir, paths.anchors_dir, paths.cache_dir)
        self.run_dir, self.logs, *_, self.cache = self.folders = [place(home) for place in kept]
        self.log = self.logs / "install.log"
        self.stamp = home / "installed.json"
        self.done: dict[str, str] = read_stamp(self.stamp)
        (self.torch,) = re.findall(r'"(torch==[^"]+)"', (checkout / "pyproject.toml").read_text(encoding="utf-8"))

    def steps(self) -> list[Step]:
        """In order; each needs those before it, so that a step to be done brings all that follow.

        torch comes by itself: it is nearly all of the download, and what follows must not choose another version.
        """
        has_torch = partial(self.has, self.torch.replace("==", "-"))
        return [
            Step("environment", "venv", self.environment_works, self.make_environment),
            Step("torch", self.torch, has_torch, partial(self.pip, "torch", self.torch)),
            Step("belladonna", fingerprint(self.checkout), partial(self.has, "belladonna-"), self.install_project),
        ]

    def pending(self) -> list[Step]:
        """The steps still to do: none right after a run."""
        steps = self.steps()
        for index, step in enumerate(steps):
            if self.done.get(step.name) != step.source or not step.intact():
                return steps[index:]
        return []

    def run(self) -> None:
        """Do what is to do. A daemon that runs is stopped before its code is replaced, and started again after."""
        from shared.paths import private_dir

        if self.venv.exists() and not self.stamp.exists():
            hint = "Move it away, or set BELLADONNA_HOME to another folder."
            raise InstallError(f"{self.venv} exists, and Belladonna didn't make it.", hint)
        pending = self.pending()
        if pending and pending[0].name == "environment":
            check_space(self.home)
        for folder in (self.home, self.run_dir):
            private_dir(folder)
        for folder in (self.launcher.parent, *self.folders):
            folder.mkdir(exist_ok=True)
        restart = bool(pending) and self.stop_daemon()
        for step in pending:
            began = time.monotonic()
            self.done.pop(step.name, None)
            replace_file(self.stamp, json.dumps(self.done, indent=2) + "\n")
            step.run()
            self.done[step.name] = step.source
            replace_file(self.stamp, json.dumps(self.done, indent=2) + "\n")
            say(f"{step.name:<12} {megabytes(self.venv)} in all, {time.monotonic() - began:.0f} s: done")
        write_launcher(self.launcher, self.home, self.python)
        if restart:
            self.start_daemon()

    def environment_works(self) -> bool:
        try:
            probe = subprocess.run([self.python, "-I", "-c", "import pip"], stderr=subprocess.DEVNULL)
        except OSError:  # missing, or not a program
            return False
        return probe.returncode == 0

    def has(self, distribution: str) -> bool:
        """Is a package whose metadata folder begins like this installed? pip writes RECORD when all else is there."""
        return any(any(self.venv.glob(f"{lib}/{distribution}*.dist-info/RECORD")) for lib in SITE_PACKAGES)

    def make_environment(self) -> None:
        if importlib.util.find_spec("ensurepip") is None:
            raise InstallError(
                "This Python can't make virtual environments.",
                "On Debian and Ubuntu: sudo apt install python3-venv. Elsewhere use the Python from python.org.",
            )
        shutil.rmtree(self.venv, ignore_errors=True)
        self.logged("environment", [sys.executable, "-I", "-m", "venv", str(self.venv)])

    def install_project(self) -> None:
        # Built from a copy: the checkout stays clean, may be read-only, and leftovers of a build can't get in.
        source = self.cache / "source"
        shutil.rmtree(source, ignore_errors=True)
        for path in sources(self.checkout):
            copy = source / path.relative_to(self.checkout)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        self.pip("belladonna", str(source))
        shutil.rmtree(source, ignore_errors=True)

    def pip(self, name: str, package: str) -> None:
        options = ["--no-input", "--disable-pip-version-check", *(["--no-index"] if self.offline else [])]
        self.logged(name, [str(self.python), "-I", "-m", "pip", "install", *options, package])

    def logged(self, name: str, command: list[str]) -> None:
        """Run a command with its output in the log, showing how far it is. Raises InstallError if it fails."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        began = time.monotonic()
        with self.log.open("a+b") as log:
            start = log.seek(0, os.SEEK_END)
            streams = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": subprocess.STDOUT}
            child = subprocess.Popen(command, env=environment, **streams)
            try:
                while child.poll() is None:
                    say(f"{name:<12} {megabytes(self.venv)} so far, {time.monotonic() - began:.0f} s", passing=True)
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        child.wait(timeout=1 if sys.stdout.isatty() else 30)
            finally:
                child.kill()  # only after an interruption is it still there
                child.wait()
            log.seek(start)
            output = log.read().decode(errors="replace")
        if child.returncode:
            raise InstallError(
                f"Installing {name} failed: {last_word(output)}",
                "Check the connection and the free disk space, then run this again: it goes on where it stopped. "
                f"The whole output is in {self.log}.",
            )

    def stop_daemon(self) -> bool:
        """True if a daemon was running; it has left when this returns."""
        from shared import endpoint, launch

        try:
            if not launch.running(self.home):
                return False
        except endpoint.EndpointError as error:
            raise InstallError(str(error), error.hint) from None
        say("Stopping the daemon for the upgrade.")
        stop = subprocess.run([str(self.launcher), "stop"], capture_output=True, text=True)
        if stop.returncode and launch.running(self.home):
            raise InstallError(f"The running daemon didn't stop. {stop.stderr.strip()}", "End it, then run this again.")
        return True

    def start_daemon(self) -> None:
        from shared import launch

        starting = launch.Launcher(launch.daemon_command(self.home), self.home)
        while (state := starting.poll()) == "starting":
            time.sleep(0.05)
        say("The daemon runs again." if state == "running" else f"The daemon did not start again: {starting.reason}")


def check_python(major: int, minor: int) -> None:
    """Raises InstallError for a Python that torch can't be installed into."""
    if major != 3 or minor not in PYTHONS:
        raise InstallError(
            f"Belladonna needs Python 3.{PYTHONS[0]} to 3.{PYTHONS[-1]}, and this is Python {major}.{minor}.",
            "Run install.py with another one, for example: python3.12 install.py",
        )


def check_space(home: Path, needed: int = SPACE) -> None:
    """Raises InstallError if the disk that the home lies on has fewer than ``needed`` bytes free."""
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise InstallError(
            f"Belladonna needs {needed / 1e9:.1f} GB on the disk of {home}, and {free / 1e9:.1f} GB are free.",
            "Free some space, or set BELLADONNA_HOME to a folder on another disk.",
        )


def sources(checkout: Path) -> list[Path]:
    """The files that the installed package is built from, in a fixed order."""
    top = [checkout / name for name in ("LICENSE", "README.md", "pyproject.toml")]
    inside = [path for folder in ("daemon", "shared") for path in (checkout / folder).rglob("*") if path.is_file()]
    return top + sorted(path for path in inside if "__pycache__" not in path.parts)


def fingerprint(checkout: Path) -> str:
    """SHA-256 over names and contents of the sources."""
    digest = hashlib.sha256()
    for path in sources(checkout):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(checkout).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def read_stamp(path: Path) -> dict[str, str]:
    """What ``installed.json`` says was done; nothing if it is missing or damaged."""
    try:
        stamp = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def replace_file(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file so that it is at any moment the old one or the new one."""
    new = path.with_suffix(".new")
    new.write_bytes(text.encode())
    new.chmod(mode)
    os.replace(new, path)


def write_launcher(launcher: Path, home: Path, python: Path) -> None:
    """The command, tied to this home. ``-I``: neither the user's PYTHON* settings nor the current folder count."""
    if os.name == "nt":  # relative to the file, so that no path needs to survive the console's code page
        text = '@echo off\r\nset "BELLADONNA_HOME=%~dp0.."\r\n"%~dp0..\\venv\\Scripts\\python.exe" -I -m daemon %*\r\n'
    else:
        text = (
            "#!/bin/sh\n# Written by Belladonna's install.py; the next run writes it anew.\n"
            f"BELLADONNA_HOME={shlex.quote(str(home))}\nexport BELLADONNA_HOME\n"
            f'exec {shlex.quote(str(python))} -I -m daemon "$@"\n'
        )
    replace_file(launcher, text, 0o755)


def last_word(output: str) -> str:
    """The line of pip's output that says why: its last error, or else its last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["no output"])[-1].removeprefix("ERROR: ")


def megabytes(folder: Path) -> str:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):  # pip moves files while this looks
                total += os.lstat(os.path.join(place, name)).st_size
    return f"{total / 1e6:,.0f} MB"


def say(line: str, *, passing: bool = False) -> None:
    """Print a line. On a terminal the next line replaces a ``passing`` one, so all are padded to cover it."""
    terminal = sys.stdout.isatty()
    print(f"{line:<50}" if terminal else line, end="\r" if terminal and passing else "\n", flush=True)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="install.py", description="Set up Belladonna for this user, or upgrade it.")
    parser.add_argument("--try", dest="sample", action="store_true", help="then shade a sample picture")
    parser.add_argument("--yes", action="store_true", help="don't ask before the download")
    parser.add_argument("--editors", type=editors, default=EDITORS, help="krita,gimp (both by default) or none")
    parser.add_argument("--no-login", action="store_true", help="don't start the daemon at login")
    parser.add_argument("--offline", action="store_true", help="use only packages where pip's find-links point")
    return parser.parse_args(arguments)


def editors(text: str) -> tuple[str, ...]:
    """``krita,gimp`` → both names; ``none`` → no name."""
    names = () if text == "none" else tuple(text.split(","))
    if not set(names) <= set(EDITORS):
        raise argparse.ArgumentTypeError(f"{text!r} is not krita, gimp, both with a comma between them, or none")
    return names


def install(options: argparse.Namespace) -> int:
    """Do as the options say. Returns the exit code; raises InstallError."""
    check_python(*sys.version_info[:2])
    from shared import VERSION, paths

    installer = Installer(paths.home(), offline=options.offline)
    say(f"Belladonna {VERSION} in {installer.home}")
    ask = sys.stdin.isatty() and not options.yes and not installer.done
    if ask and input("This puts 1.5 GB there, or more with a GPU. Go on? [Y/n] ").lower() not in ("", "y", "yes"):
        return 1
    installer.run()
    if options.editors:
        say("This version has no editor plugins yet: it installs the daemon and the command line.")
    if not options.no_login:
        say("This version does not start at login yet: the daemon starts when it is needed.")
    say(f"Ready: {installer.launcher}")
    if options.sample:
        return subprocess.run([str(installer.launcher), "try", "--out", str(installer.home / "try")]).returncode
    return 0


def main(arguments: list[str] | None = None) -> int:
    try:
        return install(parse(arguments))
    except InstallError as error:
        print(*error.args, sep="\n", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename or 'A file'} can't be used: {error.strerror}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. Run it again to go on.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
