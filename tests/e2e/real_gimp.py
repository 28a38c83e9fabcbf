"""A real GIMP 3, which runs Python code for tests.

    gimp = RealGimp(folder, find_gimp())            # install.py finds it now: Installed(…).install(gimp.user, "gimp")
    with gimp.start() as running:                   # gimp-console; with a display: the window
        name = running.do("image = load('/a.png')\nresult = image.get_layers()[0].get_name()")

GIMP 3 comes from this machine where it has one, else from a Debian tree.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from daemon.setup.editors.installation import NAME
from tests.e2e import debian_tree
from tests.e2e.debian_tree import Tree
from tests.e2e.installed import point
from tests.run import GIMP_PACKAGES

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OUTPUT = ROOT / "tests" / "output" / "gimp"
SUITE = os.environ.get("BELLADONNA_GIMP_SUITE", "")
"""A Debian release whose GIMP is wanted, such as forky, whatever this machine has."""
START_SECONDS = 90.0
ANSWER_SECONDS = 120.0
SHORTCUT = "ctrl+alt+b"

_GIMPRC = """\
(config-version "{version}")
(show-welcome-dialog no)
(check-updates no)
(save-session-info no)
"""
_SHORTCUTS = """\
(file-version 1)
(action "plug-in-belladonna-shade-layer" "<Primary><Alt>b")
"""


def find_gimp() -> Tree | None:
    """The tree that GIMP 3 is in; None if this machine has one itself. Raises ``debian_tree.TreeError``."""
    program = shutil.which("gimp-console")
    if program is not None and not SUITE:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60).stdout
        if " 3." in said:
            return None
    return debian_tree.make(SUITE or "trixie", GIMP_PACKAGES)


class RunningGimp:
    """A GIMP that executes code, one piece after the other."""

    def __init__(self, process: subprocess.Popen[bytes], requests: Path, log: Path) -> None:
        self.process = process
        self.log = log
        self._requests = requests
        self._number = 0

    def ask(self, code: str) -> int:
        """Have code executed, without waiting for it; the number to ask ``answer`` with."""
        draft = self._requests / "draft"
        draft.write_text(code, encoding="utf-8")
        draft.rename(self._requests / f"{self._number}.request")
        self._number += 1
        return self._number - 1

    def answered(self, number: int) -> bool:
        return (self._requests / f"{number}.answer").exists()

    def answer(self, number: int, seconds: float = ANSWER_SECONDS) -> Any:
        """What the code left in ``result``. Raises ``AssertionError`` with its traceback if it failed."""
        deadline = time.monotonic() + seconds
        while not self.answered(number):
            assert self.process.poll() is None, f"GIMP ended: {self.said()}"
            assert time.monotonic() < deadline, f"GIMP gave no answer: {self.said()}"
            time.sleep(0.02)
        answer = json.loads((self._requests / f"{number}.answer").read_text(encoding="utf-8"))
        assert "error" not in answer, f"{answer['error']}\n{self.said()}"
        return answer["result"]

    def do(self, code: str, seconds: float = ANSWER_SECONDS) -> Any:
        return self.answer(self.ask(code), seconds)

    def said(self) -> str:
        """The end of what GIMP and its plug-ins printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-3000:]


class RealGimp:
    """The GIMP of a user with the home folder ``user``, who has used it before and has no plug-ins."""

    def __init__(self, user: Path, tree: Tree | None) -> None:
        self.user, self.tree = user, tree
        self._starts = 0
        self.version = self._version()  # "3.0.4"
        self.profile = user / ".config" / "GIMP" / self.version.rpartition(".")[0]
        self.profile.mkdir(parents=True)
        # Without the version, GIMP's window welcomes its user to a new one.
        (self.profile / "gimprc").write_text(_GIMPRC.format(version=self.version))
        (self.profile / "shortcutsrc").write_text(_SHORTCUTS)

    def _version(self) -> str:
        command: list[str] = ["gimp-console", "--version"]
        command = command if self.tree is None else self.tree.command(command)
        said = subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS).stdout
        found = re.search(r"\d+\.\d+\.\d+", said)
        assert found, said
        return found[0]

    @property
    def plugin(self) -> Path:
        return self.profile / "plug-ins" / NAME

    def use(self, home: Path) -> None:
        """Have the plug-in use the Belladonna in ``home``, from its next call on."""
        point(self.plugin, home, in_tree=self.tree is not None)

    @contextlib.contextmanager
    def start(self, display: str | None = None, binds: Sequence[Path] = ()) -> Iterator[RunningGimp]:
        """GIMP's console, or its window on an X display named like ``:1``; it is killed at the end."""
        self._starts += 1
        requests = self.user / f"requests{self._starts}"
        requests.mkdir()
        log = self.user / f"gimp{self._starts}.log"
        script = "gimp_window.sh" if display else "gimp_console.sh"
        environment = {
            "HOME": str(self.user),
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "LC_ALL": "C.UTF-8",
            "GIMP_DRIVER": str(requests),
            "NO_AT_BRIDGE": "1",
            "XDG_RUNTIME_DIR": str(requests),
            "DRIVER": f"exec(compile(open({str(HERE / 'gimp_driver.py')!r}).read(), 'gimp_driver.py', 'exec'))",
            **({"DISPLAY": display} if display else {}),
        }
        command: list[str] = ["sh", str(HERE / script)]
        if self.tree is not None:
            sockets = [Path("/tmp/.X11-unix")] if display else []
            command = self.tree.command(command, [self.user, ROOT, *sockets, *binds])
        with open(log, "wb") as output:
            process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        running = RunningGimp(process, requests, log)
        try:
            running.do("", START_SECONDS)
            yield running
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
