"""Fetching models: from where the table says, from a mirror, or from a folder.

huggingface_hub does the transfer: it shows progress, can go on with what is there, and tries again after a dropped
connection. (Its ``hf_hub_download`` begins anew in each run, which is much to ask for a gigabyte.) It is imported only
when something is fetched, and nothing is ever fetched while shading.
"""

from __future__ import annotations

import errno
import shutil
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from shared.machine import paths
from shared.problem import Problem
from shared.protocol.messages import Code

from .store import Record, Store
from .table import File, Model

HUB, GITHUB = "https://huggingface.co", "https://raw.githubusercontent.com"
SPARE = 50_000_000  # bytes that must be left on the disk
PARTIAL = ".part"
PATIENCE = 10.0  # seconds for a host to answer at all; the library would try for half a minute
MANY, BEYOND, REFUSED = 429, 416, (401, 403)  # HTTP's "too many requests", "no such range", and who may not


def fetch(model: Model, store: Store, source: str | None = None) -> Record:
    """Fetch a model, check it, and put it into the store, instead of what was there.

    ``source``: None for the table's own, "https://…" for a mirror with the layout of Hugging Face, or a folder. Raises
    ``Problem``; what was fetched of a commit until then stays, and the next try goes on with it.
    """
    staging = store.staging(model)
    try:
        paths.private_dir(store.folder)
        if not model.pinned:  # the branch may have moved on since the last try, and nothing would tell
            shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(exist_ok=True)
        _check_room(model, staging)
        if source is None or "://" in source:
            _check_host(model, source)
            for file in model.files:
                _download(model, file, staging, source)
        else:
            _copy(model, Path(source).expanduser(), staging)
        return store.accept(model, source or model.page)
    except OSError as error:
        raise _on_disk(error, model, staging) from error


def _check_room(model: Model, staging: Path) -> None:
    there = sum(path.stat().st_size for path in staging.rglob("*") if path.is_file())
    free, needed = shutil.disk_usage(staging).free, max(0, model.bytes - there) + SPARE
    if free < needed:
        raise Problem(
            "models.no_room", Code.OUT_OF_MEMORY, name=model.name, needed=megabytes(needed), free=megabytes(free)
        )


def host_of(model: Model, source: str | None) -> str:
    """The host that a model would be fetched from; "" if it is a folder."""
    return urlsplit(_base(model, source)).netloc


def _base(model: Model, mirror: str | None) -> str:
    """Where the addresses of a model's files begin."""
    return mirror or (HUB if model.host == "hub" else GITHUB)


def _check_host(model: Model, mirror: str | None) -> None:
    """Raises ``Problem`` at once if the host can't be reached, unless a proxy stands between."""
    parts = urlsplit(_base(model, mirror))
    if urllib.request.getproxies():
        return
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        socket.create_connection((parts.hostname or "", port), PATIENCE).close()
    except (OSError, ValueError) as error:  # ValueError: no such port
        raise Problem("models.unreachable", Code.MODEL_MISSING, name=model.name, place=parts.netloc) from error


def _download(model: Model, file: File, staging: Path, mirror: str | None) -> None:
    """Fetch one file into the staging folder, going on where an earlier try has ended.

    Raises ``Problem``, and ``OSError`` for the disk's own failures.
    """
    from huggingface_hub import hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers, logging

    path = staging / file.path
    if path.exists():
        return
    logging.set_verbosity_error()  # what it says of each new try; the bar that shows progress stays
    if model.host == "hub" or mirror:
        url = hf_hub_url(model.repository, file.path, revision=model.revision, endpoint=mirror and mirror.rstrip("/"))
    else:
        url = f"{GITHUB}/{model.repository}/{model.revision}/{file.path}"
    partial = path.with_name(path.name + PARTIAL)
    partial.parent.mkdir(parents=True, exist_ok=True)
    # Only the hub itself may know who asks, for models whose licence has to be accepted.
    headers = build_hf_headers() if model.host == "hub" and not mirror else {}
    try:
        with partial.open("ab") as target:
            http_get(
                url, target, resume_size=target.tell(), headers=headers, displayed_filename=f"{model.name}: {path.name}"
            )
        partial.replace(path)
    except Exception as error:  # of the library, of its HTTP client and of the disk
        if _status(error) == BEYOND:  # all of it is there already, or more
            partial.unlink()
        raise _explained(error, model, mirror) from error


def _copy(model: Model, folder: Path, staging: Path) -> None:
    """From a folder that holds the files under the model's name, its repository's, or just so."""
    for file in model.files:
        found = next((path for path in _places(model, file, folder) if path.is_file()), None)
        if found is None:
            raise Problem("models.not_in_folder", Code.MODEL_MISSING, name=model.name, file=file.path, folder=folder)
        (staging / file.path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(found, staging / file.path)


def _places(model: Model, file: File, folder: Path) -> Iterator[Path]:
    name = Path(file.path).name
    yield from (folder / model.name / file.path, folder / model.name / name, folder / model.repository / file.path)
    if len(model.files) == 1:  # others are called alike in every repository
        yield folder / name


def _explained(error: Exception, model: Model, mirror: str | None) -> Exception:
    """What to tell of a failed transfer; failures of the disk are left as they are."""
    from huggingface_hub import errors

    values = {"name": model.name, "place": mirror or model.page}
    status = _status(error)
    if isinstance(error, errors.GatedRepoError) or status in REFUSED:
        return Problem("models.gated", Code.MODEL_MISSING, **values, page=model.page)
    if isinstance(error, errors.OfflineModeIsEnabled):
        return Problem("models.unreachable", Code.MODEL_MISSING, **values)
    if isinstance(error, errors.RepositoryNotFoundError | errors.RevisionNotFoundError | errors.EntryNotFoundError):
        return Problem("models.not_there", Code.MODEL_MISSING, **values)
    if status == MANY:
        return Problem("models.too_many_requests", Code.MODEL_MISSING, **values)
    if status is not None:
        return Problem("models.server_failed", Code.MODEL_MISSING, **values, status=status)
    if isinstance(error, OSError) and error.errno is not None:
        return error
    return Problem("models.unreachable", Code.MODEL_MISSING, **values)


def _status(error: Exception) -> int | None:
    """What the server answered, if it did."""
    return getattr(getattr(error, "response", None), "status_code", None)


def _on_disk(error: OSError, model: Model, staging: Path) -> Problem:
    if error.errno == errno.ENOSPC:
        free = megabytes(shutil.disk_usage(staging.parent).free)
        return Problem("models.no_room", Code.OUT_OF_MEMORY, name=model.name, needed=megabytes(model.bytes), free=free)
    return Problem("models.not_written", name=model.name, folder=staging.parent, reason=error.strerror or error)


def megabytes(size: int) -> str:
    """A size for people."""
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else f"{size / 1e3:,.0f} kB"
