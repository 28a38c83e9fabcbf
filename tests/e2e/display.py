"""A screen of its own for an editor, and a hand on its mouse and keyboard.

    with Display() as display:
        subprocess.Popen(["krita"], env={**os.environ, **display.environment})
        window = display.find_window("Shade layer")
        display.key("ctrl+z")

There is no window manager: windows lie where they put themselves, and keys go to whichever asked for them.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

WIDTH, HEIGHT = 1280, 800
PROGRAMS = ("Xvfb", "xdotool", "import")
"""What has to be installed: the packages xvfb, xdotool and imagemagick."""

START_SECONDS = 20.0
COMMAND_SECONDS = 20.0


class Display:
    """An Xvfb on the first display number that is free. Use it in a ``with`` block; ``close`` may be called twice.

    ``name`` is what belongs into ``$DISPLAY``. Coordinates are pixels from the upper left corner of the screen.
    """

    def __init__(self, width: int = WIDTH, height: int = HEIGHT) -> None:
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        reader, writer = os.pipe()
        # Without -noreset the server forgets its settings whenever its last client leaves.
        screen = ["-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp", "-noreset"]
        try:
            self._server = subprocess.Popen(
                ["Xvfb", "-displayfd", str(writer), *screen],
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                pass_fds=[writer],
            )
        except OSError:
            os.close(reader)
            self._log.close()
            raise
        finally:
            os.close(writer)
        try:
            self.name = f":{self._number(reader)}"
        except RuntimeError:
            self.close()
            raise
        finally:
            os.close(reader)

    def __enter__(self) -> Display:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the server, and with it the connection of every program that still shows a window."""
        if self._server.poll() is None:
            self._server.terminate()
            try:
                self._server.wait(COMMAND_SECONDS)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
        self._log.close()

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs in its environment to appear here."""
        return {"DISPLAY": self.name}

    def screenshot(self, path: Path) -> Path:
        """Write the whole screen to ``path``, in the format of its suffix, and return the path."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._do("import", "-window", "root", str(path))
        return path

    def key(self, *keys: str) -> None:
        """Press and release keys, one after the other: ``key("ctrl+z", "Return")``."""
        self._do("xdotool", "key", "--clearmodifiers", "--delay", "30", *keys)

    def type(self, text: str) -> None:
        """Type ``text`` at the pace of a quick typist: toolkits lose keys that come all at once."""
        self._do("xdotool", "type", "--clearmodifiers", "--delay", "20", "--", text)

    def move(self, x: int, y: int) -> None:
        """Move the pointer."""
        self._do("xdotool", "mousemove", str(x), str(y))

    def click(self, x: int, y: int, button: int = 1) -> None:
        """Move the pointer and click. Button 1 is the left one, 3 the right one."""
        self.move(x, y)
        # A moment between the two: a window that pops up under the pointer first has to learn that it is there.
        time.sleep(0.05)
        self._do("xdotool", "click", str(button))

    def drag(self, *points: tuple[int, int]) -> None:
        """A whole stroke: press the left button at the first point, go through the others, release it at the last."""
        with self.stroke(*points):
            pass

    @contextlib.contextmanager
    def stroke(self, *points: tuple[int, int]) -> Iterator[Callable[[tuple[int, int]], None]]:
        """A stroke that lasts as long as the block: through ``points``, then where the function that is given goes."""

        def go_on(point: tuple[int, int]) -> None:
            self.move(*point)
            time.sleep(0.03)

        self.move(*points[0])
        self._do("xdotool", "mousedown", "1")
        try:
            for point in points[1:]:
                go_on(point)
            yield go_on
        finally:
            self._do("xdotool", "mouseup", "1")

    def find_window(self, title: str, seconds: float = 20.0) -> int:
        """The X id of a visible window whose title matches the regular expression ``title``; waits for it to appear.

        Raises ``TimeoutError``.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self._run("xdotool", "search", "--onlyvisible", "--name", title).stdout.split()
            if found:
                return int(found[-1])
            time.sleep(0.1)
        raise TimeoutError(f"No window named {title!r} appeared within {seconds:.0f} s.")

    def _do(self, *command: str) -> None:
        done = self._run(*command)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed: {done.stderr.strip()}")

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **self.environment}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=COMMAND_SECONDS)

    def _number(self, reader: int) -> int:
        """The display number, which the server writes once it can be connected to."""
        said = b""
        # To the end of the line: the server writes that separately, and dies if nobody is there to read it.
        while not said.endswith(b"\n"):
            readable, _, _ = select.select([reader], [], [], START_SECONDS)
            more = os.read(reader, 32) if readable else b""
            if not more:
                self._log.seek(0)
                raise RuntimeError(f"Xvfb didn't start: {self._log.read().decode(errors='replace').strip()}")
            said += more
        return int(said)
