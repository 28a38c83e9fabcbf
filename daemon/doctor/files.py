"""Check the home folder and its disk, the connection file, and weights: those that ship and those that were fetched."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path

from shared.machine import endpoint, paths
from shared.machine.paths import WINDOWS

from ..models.store import Store
from ..shading.encoders.table import ENCODERS, Entry
from .finding import Finding, fail, failed, ok, warn

ROOM = 3_000_000_000  # bytes that an upgrade may need for a moment, without a GPU
LEAST = 100_000_000  # bytes: logs, and what the worker and pip write in between


def disk(home: Path) -> list[Finding]:
    """Can Belladonna write to its home, and is there enough space?"""
    topic = "disk"
    try:
        owner = home.stat().st_uid
    except OSError as error:
        return [fail(topic, "doctor.home_unusable", home=home, reason=error.strerror)]
    if not WINDOWS and owner != os.getuid():
        return [fail(topic, "doctor.home_foreign", home=home, user=os.getuid())]
    if not os.access(home, os.W_OK | os.X_OK):
        return [fail(topic, "doctor.home_read_only", home=home)]
    free = shutil.disk_usage(home).free
    values = {"home": home, "free": f"{free / 1e9:,.1f}", "room": f"{ROOM / 1e9:.0f}"}
    if free < LEAST:
        return [fail(topic, "doctor.disk_full", **values)]
    return [warn(topic, "doctor.disk_tight", **values) if free < ROOM else ok(topic, "doctor.disk_free", **values)]


def connection(home: Path) -> list[Finding]:
    """Is the connection file private? Anyone who can read it can use the daemon."""
    topic, folder, file = "connection", paths.run_dir(home), paths.connection_file(home)
    if not WINDOWS and folder.exists():
        status = folder.stat()
        if status.st_uid != os.getuid():
            return [fail(topic, "doctor.run_folder_foreign", folder=folder)]
        if stat.S_IMODE(status.st_mode) & 0o077:
            return [fail(topic, "doctor.run_folder_open", folder=folder, mode=f"{stat.S_IMODE(status.st_mode):03o}")]
    try:
        published = endpoint.read(home)
    except endpoint.EndpointError as error:
        return [failed(topic, error)]
    if published is not None:
        return [ok(topic, "doctor.connection_private", file=file)]
    return [
        fail(topic, "doctor.connection_damaged", file=file) if file.exists() else ok(topic, "doctor.connection_none")
    ]


def weights(_home: Path, encoders: Iterable[Entry] = ENCODERS.values()) -> list[Finding]:
    """Are the weights complete, and the ones that were measured?"""
    return [_weights(encoder.path, encoder.sha256) for encoder in encoders]


def fetched(home: Path) -> list[Finding]:
    """Are models that were fetched complete? ``belladonna models verify`` also reads them."""
    store = Store(home)
    found = [(model, store.incomplete(model)) for model in store.installed()]
    damaged = [
        fail("models", "models.damaged", name=model.name, files=", ".join(files)) for model, files in found if files
    ]
    names = ", ".join(model.name for model, _ in found)
    return damaged or [ok("models", "doctor.models", names=names) if names else ok("models", "doctor.no_models")]


def _weights(path: Path, digest: str) -> Finding:
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        return fail("weights", "doctor.weights_unreadable", path=path, reason=error.strerror)
    if found != digest:
        return fail("weights", "doctor.weights_wrong", path=path, found=found)
    return ok("weights", "doctor.weights_right", name=path.name, digest=digest[:12])
