"""Real Krita, driven from pytest.

    def test_it_shades(krita: KritaApp) -> None:
        krita.run("new_document(600, 400, pixels=photo)", photo=bgra.tobytes())
        krita.menu("Tools", "Scripts", "Shade layer")          # the real mouse
        krita.until("place('shade_button')", "the dialog")
        krita.click("shade_button")                            # by object name, again the real mouse
        krita.until("len(doc().topLevelNodes()) == 2", "the new layer", seconds=120)
        after = krita.eval("node().pixelData(0, 0, 600, 400)") # bytes
        krita.display.key("ctrl+z")

``run(source, **variables)`` executes Python in Krita's GUI thread, in one namespace that lasts as long as this Krita,
and returns the value of the last line if that is an expression; ``eval`` is the same for one expression. Numbers,
strings, lists and dicts come as such, QByteArray as bytes, anything else as its repr. An exception becomes a
``KritaError`` with the traceback. What opens a modal dialog must go through ``later(function)`` or ``trigger(id)``: the
request would otherwise last until the dialog is closed. The names that are there are those of
``krita_driver/namespace.py``: ``app``, ``doc()``, ``node()``, ``new_document(…)``, ``trigger(id)``, ``heartbeat``,
``widget(name)``, ``tree(name)``, ``windows()``, ``place(name)``, ``Krita``, ``QtWidgets`` …

Fixtures, in ``conftest.py``: ``krita`` (one Krita for a module, without documents at the start of each test; a new one
if a test was its end) and ``start_krita`` (a Krita of the test's own, with other settings). Both fail a test that
leaves an exception which nobody caught inside Krita (``uncaught()`` takes those that are expected), and keep a
screenshot and the logs of a failed test in the folder that the fixture ``output`` names,
``tests/output/<module>/<test>``. A Krita that doesn't answer is killed, after a screenshot; if it was frozen for 10 s,
``driver.log`` has the stack of every Python thread.

``BELLADONNA_KRITA_TREE=trixie`` runs the Krita of that Debian release, in a tree of its own.
"""

from __future__ import annotations

import contextlib
import shutil
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.display import Display
from tests.e2e.krita_folders import KritaFolders, Plugin, profile_of, version_of
from tests.e2e.krita_process import KritaProcess

ANSWER_SECONDS = 60.0


class KritaError(Exception):
    """An exception in code that was run inside Krita; the message is its traceback."""


@dataclass
class Beat:
    """What ``KritaApp.heartbeat`` measured: the longest time the GUI thread left events waiting, in milliseconds."""

    longest: float = 0.0


class KritaApp:
    """A running Krita, ready for requests when the constructor returns.

    ``folder`` becomes its home and keeps its logs; it mustn't exist. ``command`` starts Krita and may enter another
    root folder, in which ``folder`` has to be visible under the same path; the environment has to be passed on.
    ``plugin`` installs what is to be tested. ``environment`` comes on top of Krita's own, ``files`` are opened at the
    start. Without a ``profile`` it starts as on a user's first day, which takes longer.
    """

    def __init__(
        self,
        folder: Path,
        display: Display,
        *,
        command: Sequence[str] = ("krita",),
        plugin: Plugin | None = None,
        environment: Mapping[str, str] | None = None,
        files: Sequence[Path] = (),
        profile: Path | None = None,
    ) -> None:
        self.display = display
        self.folders = KritaFolders(folder)
        self.folders.make(profile, plugin)
        everything = {**self.folders.environment(display), **(environment or {})}
        arguments = [*command, "--nosplash", *map(str, files)]
        self.process = KritaProcess(arguments, self.folders, display, everything)

    # --- asking

    def run(self, source: str, seconds: float = ANSWER_SECONDS, **variables: Any) -> Any:
        """Execute Python inside Krita, ``variables`` being global there from now on, and return the last line's value.

        Raises ``KritaError`` for what the code raised. Without an answer within ``seconds`` Krita is killed, which
        raises ``KritaGone``.
        """
        answer = self.process.ask({"source": textwrap.dedent(source).strip(), "variables": variables}, seconds)
        if "error" in answer:
            raise KritaError(answer["error"])
        return answer["value"]

    def eval(self, expression: str, **variables: Any) -> Any:
        """The value of an expression inside Krita."""
        return self.run(f"({expression})", **variables)

    def until(self, expression: str, what: str, seconds: float = 30.0) -> Any:
        """Wait until an expression is true inside Krita and return its value. An exception counts as not yet.

        Raises ``TimeoutError``, which names ``what`` was waited for, what came instead and the open windows.
        """
        deadline = time.monotonic() + seconds
        while True:
            value, problem = self.run(f"attempt(lambda: ({expression}))")
            if value:
                return value
            if time.monotonic() > deadline:
                instead = f"Last: {problem or value!r}. Open windows: {self.eval('windows()')}"
                raise TimeoutError(f"{what}: not within {seconds:.0f} s. {instead}")
            time.sleep(0.02)

    def wait_for(self, condition: Callable[[], object], what: str, seconds: float = 30.0) -> None:
        """Wait until something outside of Krita is true: the screen, a file. Raises ``TimeoutError``."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what}: not within {seconds:.0f} s")
            time.sleep(0.05)

    @contextlib.contextmanager
    def heartbeat(self) -> Iterator[Beat]:
        """Measure the GUI thread's longest stall inside the block; requests made there count, so keep them small."""
        beat = Beat()
        self.run("heartbeat.start()")
        try:
            yield beat
        finally:
            beat.longest = self.eval("heartbeat.stop()")

    def uncaught(self) -> list[str]:
        """Tracebacks of the exceptions that nobody caught inside Krita since the last call."""
        return self.run("take_uncaught()")

    # --- mouse and files

    def click(self, name: str) -> None:
        """Click with the real mouse on the visible widget of that object name, once there is one."""
        self.display.click(*self.until(f"place({name!r})", f"a visible widget {name!r}"))

    def menu(self, *path: str) -> None:
        """Choose an entry of Krita's menu with the real mouse: ``menu("Tools", "Scripts", "Shade layer")``."""
        for length in range(1, len(path) + 1):
            entries = ", ".join(map(repr, path[:length]))
            self.display.click(*self.until(f"menu_place({entries})", f"the menu entry {' > '.join(path[:length])}"))

    def keep(self, folder: Path) -> None:
        """Save a screenshot, and the logs, for whoever wants to know why a test failed."""
        folder.mkdir(parents=True, exist_ok=True)
        self.display.screenshot(folder / "screen.png")
        for file in (self.folders.log, self.folders.driver_log, self.folders.hung):
            if file.exists():
                shutil.copy(file, folder)

    # --- between tests, and at the end

    @property
    def running(self) -> bool:
        """Whether this Krita still takes requests."""
        return self.process.running

    def tidy(self) -> None:
        """Close all dialogs and documents without being asked anything."""
        self.run("tidy()")
        self.until("not app.documents() and not extra_windows()", "everything closed")

    def quit(self) -> int:
        """Quit as File > Quit does and return the exit code.

        Raises ``KritaGone`` if Krita stays, ``KritaError`` if nobody caught an exception on the way out.
        """
        self.run("tidy(); trigger('file_quit')")
        already = self.folders.driver_log.stat().st_size
        code = self.process.wait()
        self.folders.discard()
        last = self.folders.driver_log.read_bytes()[already:].decode(errors="replace")
        if "uncaught" in last:
            raise KritaError(last)
        return code

    def close(self) -> None:
        """Quit if Krita still answers, and remove its folders except for the logs.

        Raises ``AssertionError`` if it then ends with an exit code other than 0, and what ``quit`` raises.
        """
        try:
            if self.running:
                code = self.quit()
                assert code == 0, f"Krita quit with code {code}, see {self.folders.log}"
        finally:
            self.process.kill()
            self.folders.discard()


def cached_profile(command: Sequence[str], display: Display, folder: Path) -> Path:
    """The profile for this version of Krita, made in ``folder`` by a first start if there is none yet."""
    profile = profile_of(version_of(command, display))
    if not profile.exists():
        first = KritaApp(folder, display, command=command)
        try:
            first.run("trigger('file_quit')")
            first.process.wait()
            first.folders.keep_profile(profile)
        finally:
            first.close()
    return profile
