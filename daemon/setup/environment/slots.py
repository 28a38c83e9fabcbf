"""Where a home's environments are: each stays in its ``envs/<number>``, and ``venv`` leads to the one in use.

A new one is built beside the one in use and takes over when the link is changed, in one step (on Windows there is an
instant without it).
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from shared.machine import paths
from shared.machine.paths import WINDOWS
from shared.problem import Problem

from .. import earlier


class Slots:
    """The environments of one home. Reading never changes anything; all else raises ``OSError``."""

    def __init__(self, home: Path) -> None:
        self.folder, self.link = home / "envs", paths.venv_dir(home)

    def current(self) -> Path | None:
        """The environment in use. Raises Problem if ``venv`` is something that Belladonna didn't make."""
        if not os.path.lexists(self.link) or earlier.is_environment(self.link):
            return None
        target = self.link.resolve()
        if target.parent != self.folder.resolve():
            raise Problem("setup.foreign_environment", path=self.link)
        return self.folder / target.name if target.is_dir() else None

    def adopt(self) -> None:
        """Make a slot of an environment that a development version before 0.1.0 made in the place of the link."""
        if earlier.is_environment(self.link):
            first = self.folder / "0"
            self.folder.mkdir(parents=True, exist_ok=True)
            os.replace(self.link, first)
            self.use(first)
        earlier.remove_leftovers(self.link.parent)

    def draft(self) -> Path | None:
        """The newest environment that isn't in use, left by an interrupted run."""
        current = self.current()
        return max((path for path in self._all() if path != current), key=_number, default=None)

    def new(self) -> Path:
        """Where another one can be built; nothing is there yet."""
        number = max(map(_number, self._all()), default=0) + 1
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder / str(number)

    def use(self, venv: Path) -> None:
        """Have ``venv`` lead to this environment."""
        if WINDOWS:  # links need a right that not everybody has; junctions need none
            import _winapi  # of Windows alone

            self.remove_link()
            _winapi.CreateJunction(str(venv), str(self.link))  # type: ignore[attr-defined]
            return
        draft = self.link.with_name(f".{self.link.name}.new")
        draft.unlink(missing_ok=True)
        draft.symlink_to(venv.relative_to(self.link.parent))
        os.replace(draft, self.link)

    def remove_link(self) -> None:
        """Remove ``venv``, not what it leads to."""
        with contextlib.suppress(FileNotFoundError):
            os.rmdir(self.link) if WINDOWS else self.link.unlink()  # a junction counts as a folder

    def tidy(self) -> None:
        """Remove all but the one in use."""
        current = self.current()
        for path in self._all():
            if path != current:
                shutil.rmtree(path, ignore_errors=True)

    def _all(self) -> list[Path]:
        return [path for path in self.folder.glob("[0-9]*") if path.name.isdigit()]


def _number(path: Path) -> int:
    return int(path.name)
