"""Picture files: read one, write one.

picture = load(path)                                   # samples as they are in the file, with their metadata
picture = fit(picture, format_of(other), path.name)    # fit.py: as the output can hold it, or a refusal
save(picture, other)                                   # all of the file or nothing of it
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from shared.machine import atomic
from shared.problem import Problem
from shared.protocol.messages import CHANNELS, Code, Limits

from . import jpeg, png, tiff, tiff_writer, webp
from .model import PictureFile

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


@dataclass(frozen=True)
class Format:
    """How one format is recognised, read and written."""

    matches: Callable[[bytes], bool]
    size: Callable[[bytes], tuple[int, int]]
    read: Callable[[bytes, str], PictureFile]
    write: Callable[[PictureFile], bytes]


FORMATS = {
    "PNG": Format(lambda data: data.startswith(png.SIGNATURE), png.size, png.read, png.write),
    "JPEG": Format(lambda data: data.startswith(jpeg.SIGNATURE), jpeg.size, jpeg.read, jpeg.write),
    "WebP": Format(webp.matches, webp.size, webp.read, webp.write),
    "TIFF": Format(lambda data: data.startswith(tiff.SIGNATURES), tiff.size, tiff.read, tiff_writer.write),
}


def load(path: Path, limits: Limits = LIMITS) -> PictureFile:
    """Read a picture file. Raises ``Problem`` for anything but one picture within the limits."""
    data = _bytes_of(path)
    format = next((format for format in FORMATS.values() if format.matches(data)), None)
    if format is None:
        raise Problem("pictures.unknown_format", Code.UNSUPPORTED, name=path.name)
    # Format libraries raise almost anything on damaged data and warn about the rest; one sentence covers all of it.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _check_size(*format.size(data), path.name, limits)
            return format.read(data, path.name)
    except Problem:
        raise
    except MemoryError:
        raise Problem("pictures.no_memory_to_read", Code.OUT_OF_MEMORY, name=path.name) from None
    except Exception as error:
        raise Problem("pictures.unreadable", Code.BAD_REQUEST, name=path.name) from error


def format_of(path: Path) -> str:
    """The format that a file name asks for. Raises ``Problem`` for an unknown suffix."""
    try:
        return SUFFIXES[path.suffix.lower()]
    except KeyError:
        known = ", ".join(SUFFIXES)
        raise Problem("pictures.unknown_suffix", Code.UNSUPPORTED, name=path.name, known=known) from None


def save(picture: PictureFile, path: Path, force: bool = False) -> None:
    """Write a picture that ``fit`` has prepared; a file appears only once it is complete. Raises ``Problem``."""
    check_place(path, force)
    try:
        data = FORMATS[picture.format].write(picture)
    except MemoryError:
        raise Problem("pictures.no_memory_to_write", Code.OUT_OF_MEMORY, name=path.name) from None
    except (OSError, ValueError, RuntimeError) as error:
        raise Problem(
            "pictures.not_encoded", Code.UNSUPPORTED, name=path.name, format=picture.format, reason=error
        ) from error
    write_file(data, path, force)


def write_file(data: bytes, path: Path, force: bool = False) -> None:
    """Put bytes into a file, all of them or none. Raises ``Problem``."""
    check_place(path, force)
    try:
        atomic.write(path, data)
    except OSError as error:
        raise Problem("pictures.not_written", Code.BAD_REQUEST, path=path, reason=_reason(error)) from error


def check_place(path: Path, force: bool = False) -> None:
    """Raises ``Problem`` if a file can't be written there, as far as can be known before trying."""
    if path.is_dir():
        raise Problem("pictures.is_a_folder", Code.BAD_REQUEST, path=path)
    if not path.parent.is_dir():
        raise Problem("pictures.no_folder", Code.BAD_REQUEST, folder=path.parent)
    if not os.access(path.parent, os.W_OK):
        raise Problem("pictures.folder_not_writable", Code.BAD_REQUEST, folder=path.parent)
    if os.path.lexists(path) and not force:
        raise Problem("pictures.exists", Code.BAD_REQUEST, path=path)


def _bytes_of(path: Path) -> bytes:
    try:
        if path.is_dir() or (path.exists() and not path.is_file()):
            raise Problem("pictures.not_a_file", Code.BAD_REQUEST, path=path)
        if path.stat().st_size > FILE_BYTES:
            raise Problem("pictures.too_many_bytes", Code.TOO_LARGE, name=path.name)
        data = path.read_bytes()
    except FileNotFoundError:
        raise Problem("pictures.no_file", Code.BAD_REQUEST, path=path) from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise Problem("pictures.not_read", Code.BAD_REQUEST, path=path, reason=_reason(error)) from None
    if not data:
        raise Problem("pictures.empty", Code.BAD_REQUEST, name=path.name)
    return data


def _check_size(width: int, height: int, name: str, limits: Limits) -> None:
    if width < 1 or height < 1:
        raise Problem("pictures.no_pixels", Code.BAD_REQUEST, name=name)
    if max(width, height) > limits.side or width * height > limits.pixels or width * height * CHANNELS > limits.bytes:
        millions = f"{limits.pixels / 1e6:.0f}"
        raise Problem(
            "pictures.too_large",
            Code.TOO_LARGE,
            name=name,
            width=width,
            height=height,
            side=limits.side,
            millions=millions,
        )


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text[:1].lower() + text[1:]
