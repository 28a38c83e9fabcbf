"""Models that are here: ``models/NAME/`` in the home, with the repository's own paths and a record beside them.

A folder appears under its name only once all of it was checked, so whatever is there can be used.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from shared.machine import paths
from shared.machine.atomic import replace_file
from shared.problem import Problem
from shared.protocol.messages import Code
from shared.protocol.strict import StrictError, build, parse_object

from .table import File, Model, models

RECORD = "installed.json"
LENGTH_BYTES, METADATA = 8, "__metadata__"  # of a safetensors file: its header's length, and what isn't a tensor
CHUNK = 1 << 20  # bytes read at once to hash them


@dataclass(frozen=True)
class Record:
    """What was installed: the files with their exact sizes and hashes, and where they came from."""

    name: str
    source: str
    revision: str
    files: tuple[File, ...]


class Store:
    """The models of one home."""

    def __init__(self, home: Path | None = None) -> None:
        """``home``: by default this user's."""
        self.folder = paths.models_dir(home)

    def installed(self) -> list[Model]:
        """Those that are here, in the table's order."""
        return [model for model in models().values() if self.has(model)]

    def has(self, model: Model) -> bool:
        """Whether a model was installed."""
        return (self.place(model) / RECORD).is_file()

    def place(self, model: Model) -> Path:
        """Its folder, whether it is there or not."""
        return self.folder / model.name

    def staging(self, model: Model) -> Path:
        """Where it is fetched to. What an interrupted download has left there is gone on with."""
        return self.folder / f".{model.name}"

    def loadable(self, model: Model) -> Path:
        """What an encoder's reader wants: the folder of diffusers, or the one file of the TAESD family."""
        return self.place(model) / model.files[0].path if model.family == "taesd" else self.place(model)

    def record(self, model: Model) -> Record | None:
        """What is known of an installed model; None if it isn't here or its record is damaged."""
        try:
            return build(Record, parse_object((self.place(model) / RECORD).read_bytes()))
        except (OSError, StrictError):
            return None

    def accept(self, model: Model, source: str) -> Record:
        """Check what lies in the staging folder and put it in place, instead of what was there.

        Raises ``Problem`` if a file has another hash than the table, or an earlier installation, says, or is no whole
        safetensors; it is removed then, so that it is fetched again. Raises ``OSError``.
        """
        staging, known = self.staging(model), self._hashes(model)
        files = []
        for file in model.files:
            path = staging / file.path
            found, expected = sha256(path), known.get(file.path)
            if expected not in (None, found) or (path.suffix == ".safetensors" and not _is_whole(path)):
                path.unlink()
                raise Problem("models.wrong_file", Code.MODEL_MISSING, name=model.name, file=file.path, source=source)
            files.append(File(file.path, path.stat().st_size, found))
        record = Record(model.name, source, model.revision, tuple(files))
        replace_file(staging / RECORD, json.dumps(asdict(record), indent=1).encode() + b"\n")
        wanted = {RECORD, *(file.path for file in model.files)}
        for path in _files(staging):
            if path.relative_to(staging).as_posix() not in wanted:  # of an earlier version of the table
                path.unlink()
        self.remove(model)
        staging.rename(self.place(model))
        return record

    def damaged(self, model: Model) -> list[str]:
        """The paths of files that are missing or not as they were installed; reads all of them."""
        record = self.record(model)
        if record is None:
            return [RECORD]
        return [file.path for file in record.files if not _is(self.place(model) / file.path, file)]

    def incomplete(self, model: Model) -> list[str]:
        """The paths of files that are missing or have another size than they were installed with; reads none."""
        record = self.record(model)
        if record is None:
            return [RECORD]
        return [file.path for file in record.files if _size(self.place(model) / file.path) != file.bytes]

    def remove(self, model: Model) -> bool:
        """Remove a model. False if it wasn't here. Raises ``OSError``."""
        place = self.place(model)
        if not place.exists():
            return False
        (place / RECORD).unlink(missing_ok=True)  # first: half a model must not look like one
        shutil.rmtree(place)
        return True

    def _hashes(self, model: Model) -> dict[str, str | None]:
        """What the table says of each file, else what was installed the first time from the same revision."""
        record = self.record(model)
        same = record is not None and model.pinned and record.revision == model.revision
        kept = {file.path: file.sha256 for file in record.files} if record and same else {}
        return {file.path: file.sha256 or kept.get(file.path) for file in model.files}


def _is(path: Path, file: File) -> bool:
    return _size(path) == file.bytes and sha256(path) == file.sha256


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def _is_whole(path: Path) -> bool:
    """Whether a file has the length that its safetensors header says, as that format's documentation lays it out."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(LENGTH_BYTES), "little")
        try:
            header = json.loads(file.read(length))
            end = max((tensor["data_offsets"][1] for name, tensor in header.items() if name != METADATA), default=0)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, MemoryError):
            return False
    return path.stat().st_size == LENGTH_BYTES + length + end


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits. Raises ``OSError``."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
