"""Which files ``belladonna shade`` works on and where the results go; masks and reports."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from shared.problem import Problem
from shared.protocol.messages import Code

from ..pictures.colour import conversion_for, to_engine
from ..pictures.files import SUFFIXES, load, write_file
from ..pictures.model import PictureFile, Samples, full_scale, to_depth

MARK = ".shaded"


@dataclass(frozen=True)
class Errand:
    """One picture to shade. ``output`` is ``None`` where the name follows from the file's real format."""

    source: Path
    output: Path | None
    folder: Path

    def target(self, picture: PictureFile) -> Path:
        """Where the shaded picture goes: the name that was asked for, else NAME.shaded.EXT."""
        if self.output is not None:
            return self.output
        suffix = self.source.suffix
        if SUFFIXES.get(suffix.lower()) != picture.format:  # a file with a wrong name
            suffix = next(known for known, format in SUFFIXES.items() if format == picture.format)
        return self.folder / f"{self.source.stem}{MARK}{suffix}"


def errands(inputs: Sequence[Path], output: Path | None) -> list[Errand]:
    """Every picture named, and those in every folder named (not below), in order.

    ``output`` is a file for one picture, or a folder for several, which is created. Results of earlier runs are skipped
    in folders. Raises ``Problem`` if that leaves nothing, or if ``output`` isn't a folder where one is needed.
    """
    sources = [source for path in inputs for source in (_pictures_in(path) if path.is_dir() else [path])]
    if output is None:
        return [Errand(source, None, source.parent) for source in sources]
    if len(sources) == 1 and not inputs[0].is_dir() and not output.is_dir():
        return [Errand(sources[0], output, output.parent)]
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise Problem("command.not_a_folder", Code.BAD_REQUEST, path=output) from None
    return [Errand(source, None, output) for source in sources]


def load_mask(path: Path) -> Samples:
    """A picture as a mask: (height, width) uint8, its gray values, 255 = shade; transparent pixels count as black.

    Raises ``Problem``, also for a mask that leaves nothing to shade.
    """
    picture = load(path)
    pixels = to_engine(picture, conversion_for(picture)[0])
    full = full_scale(pixels.dtype)
    gray = pixels[:, :, :3].mean(axis=2, dtype=np.float32) * pixels[:, :, 3] * np.float32(255 / full**2)
    mask = to_depth(gray, np.dtype(np.uint8))
    if not mask.any():
        raise Problem("command.mask_black", Code.BAD_REQUEST, name=path.name)
    return mask


def check_mask(mask: Samples, picture: PictureFile, name: str) -> None:
    """Raises ``Problem`` unless the mask has the picture's size."""
    if mask.shape != (picture.height, picture.width):
        raise Problem(
            "command.mask_size",
            Code.BAD_REQUEST,
            mask_width=mask.shape[1],
            mask_height=mask.shape[0],
            name=name,
            width=picture.width,
            height=picture.height,
        )


def write_report(entries: list[dict[str, Any]], path: Path, single: bool, force: bool) -> None:
    """JSON: the report of the one picture, or a list of reports. Raises ``Problem``."""
    text = json.dumps(entries[0] if single and entries else entries, indent=2, ensure_ascii=False)
    write_file(text.encode() + b"\n", path, force)


def _pictures_in(folder: Path) -> list[Path]:
    try:
        found = sorted(
            path
            for path in folder.iterdir()
            if path.suffix.lower() in SUFFIXES
            and not path.name.startswith(".")
            and not path.stem.endswith(MARK)
            and path.is_file()
        )
    except OSError as error:
        raise Problem("command.folder_unreadable", Code.BAD_REQUEST, path=folder, reason=error.strerror) from None
    if not found:
        raise Problem("command.folder_empty", Code.BAD_REQUEST, path=folder, known=", ".join(SUFFIXES))
    return found
