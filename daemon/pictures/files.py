"""Picture files: read one, write one. Nothing here knows about shading.

picture = load(path)                                   # samples as they are in the file, with their metadata
picture = fit(picture, format_of(other), path.name)    # fit.py: what the output can hold, or a refusal
save(picture, other)                                   # all of the file or nothing of it
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from shared.protocol.messages import CHANNELS, Limits

from . import jpeg, png, tiff, tiff_writer, webp
from .model import Picture, PictureError

SUFFIXES = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".webp": "WebP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
LIMITS = Limits()
FILE_BYTES = 4 << 30
DAMAGED = "It may be damaged or cut short: open it in an editor and export it again."
KINDS = "PNG, JPEG, WebP and TIFF"


@dataclass(frozen=True)
class Format:
    """How one format is recognised, read and written."""

    matches: Callable[[bytes], bool]
    size: Callable[[bytes], tuple[int, int]]
    read: Callable[[bytes, str], Picture]
    write: Callable[[Picture], bytes]


FORMATS = {
    "PNG": Format(lambda data: data.startswith(png.SIGNATURE), png.size, png.read, png.write),
    "JPEG": Format(lambda data: data.startswith(jpeg.SIGNATURE), jpeg.size, jpeg.read, jpeg.write),
    "WebP": Format(webp.matches, webp.size, webp.read, webp.write),
    "TIFF": Format(lambda data: data.startswith(tiff.SIGNATURES), tiff.size, tiff.read, tiff_writer.write),
}


def load(path: Path, limits: Limits = LIMITS) -> Picture:
    """Read a picture file. Raises ``PictureError`` for whatever is not one picture within the limits."""
    data = _bytes_of(path)
    format = next((format for format in FORMATS.values() if format.matches(data)), None)
    if format is None:
        raise PictureError(f"{path.name} is not a picture in a known format.", f"Known are {KINDS}.")
    # Format libraries raise nearly anything on damaged data and warn about the rest: one sentence covers it.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _check_size(*format.size(data), path.name, limits)
            return format.read(data, path.name)
    except PictureError:
        raise
    except MemoryError:
        raise PictureError(f"There is not enough memory to read {path.name}.", "Close other programs.") from None
    except Exception as error:
        raise PictureError(f"{path.name} can't be read as a picture.", DAMAGED) from error


def format_of(path: Path) -> str:
    """The format that a file name asks for. Raises ``PictureError`` for an unknown suffix."""
    try:
        return SUFFIXES[path.suffix.lower()]
    except KeyError:
        raise PictureError(
            f"{path.name} doesn't end in the name of a format that can be written.",
            f"Known are {', '.join(SUFFIXES)}.",
        ) from None


def save(picture: Picture, path: Path, force: bool = False) -> None:
    """Write a picture that ``fit`` has prepared; a file appears only once it is complete. Raises ``PictureError``."""
    check_place(path, force)
    try:
        data = FORMATS[picture.format].write(picture)
    except MemoryError:
        raise PictureError(f"There is not enough memory to write {path.name}.", "Close other programs.") from None
    except (OSError, ValueError, RuntimeError) as error:
        raise PictureError(f"{path.name} can't be written as {picture.format} ({error}).", "Try PNG.") from error
    write_file(data, path, force)


def write_file(data: bytes, path: Path, force: bool = False) -> None:
    """Put bytes into a file, all of them or none. Raises ``PictureError``."""
    check_place(path, force)
    part = path.with_name(f".{path.name[:100]}.{os.getpid()}.part")
    try:
        try:
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise PictureError(f"{path} can't be written: {_reason(error)}.", "Choose another place with -o.") from error


def check_place(path: Path, force: bool = False) -> None:
    """Raises ``PictureError`` if a file can't be written there, as far as that can be known beforehand."""
    if path.is_dir():
        raise PictureError(f"{path} is a folder.", "Give the name of a file.")
    if not path.parent.is_dir():
        raise PictureError(f"The folder {path.parent} doesn't exist.", "Create it or choose another place with -o.")
    if not os.access(path.parent, os.W_OK):
        raise PictureError(f"The folder {path.parent} can't be written to.", "Choose another place with -o.")
    if os.path.lexists(path) and not force:
        raise PictureError(f"{path} exists already.", "Use --force to replace it, or another name with -o.")


def _bytes_of(path: Path) -> bytes:
    try:
        if path.is_dir() or (path.exists() and not path.is_file()):
            raise PictureError(f"{path} is not a file.")
        if path.stat().st_size > FILE_BYTES:
            raise PictureError(f"{path.name} is over 4 GB.", "Save a smaller copy.")
        data = path.read_bytes()
    except FileNotFoundError:
        raise PictureError(f"There is no file {path}.") from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise PictureError(f"{path} can't be read: {_reason(error)}.") from None
    if not data:
        raise PictureError(f"{path.name} is empty.")
    return data


def _check_size(width: int, height: int, name: str, limits: Limits) -> None:
    if width < 1 or height < 1:
        raise PictureError(f"{name} has no pixels.")
    if max(width, height) > limits.side or width * height > limits.pixels or width * height * CHANNELS > limits.bytes:
        raise PictureError(
            f"{name} is too large ({width:,} × {height:,} pixels).",
            f"The most is {limits.side:,} pixels along a side and {limits.pixels / 1e6:.0f} million in all.",
        )


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text[:1].lower() + text[1:]
