"""Shade one loaded picture through the daemon."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from shared import VERSION
from shared.client.block import Block
from shared.client.client import Client
from shared.client.events import Event
from shared.client.finder import Starter
from shared.client.wait import Waiter, shade_and_wait
from shared.machine import paths
from shared.machine.location import Location
from shared.problem import Problem
from shared.protocol.messages import Code, Options, Submit, new_id
from shared.wording.note import Note, reported

from ..pictures.colour import conversion_for, from_engine, to_engine
from ..pictures.model import PictureFile, Samples

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, eq=False)
class Shaded:
    """A shaded picture and the engine's report, whose "notes" also say what was decided about the file."""

    picture: PictureFile
    report: dict[str, Any]


def command_client(name: str) -> Client:
    """A client that starts the daemon of the environment this command runs in. ``name`` is for the daemon's log."""
    python = sys.executable
    location = Location(paths.home(), Path(python), VERSION)
    return Client(name, Starter(location, [python, "-m", "daemon", "serve"], ROOT))


def shade_picture(
    client: Waiter,
    picture: PictureFile,
    options: Options,
    mask: Samples | None = None,
    on_event: Callable[[Event], None] = lambda event: None,
    stop: Callable[[], bool] = lambda: False,
) -> Shaded:
    """Send a picture to the daemon, wait for it, and put the change into the picture's own colours and depth.

    ``mask``: (height, width) uint8, 255 = shade. ``on_event`` gets everything the client reports meanwhile. Raises
    ``Problem`` if the daemon can't or won't or memory is short, with ``Code.CANCELLED`` once ``stop()`` is true and the
    job has been cancelled.
    """
    conversion, notes = conversion_for(picture)
    try:
        sent = np.ascontiguousarray(to_engine(picture, conversion))
        block = Block(sent.data, None if mask is None else np.ascontiguousarray(mask).data)
        height, width = sent.shape[:2]
        submit = Submit(new_id(), width, height, sent.dtype.name, mask=mask is not None, options=options)
        finished = shade_and_wait(client, submit, block, on_event, stop)
        shaded = np.frombuffer(finished.pixels, sent.dtype).reshape(sent.shape)
        result = from_engine(picture, conversion, sent, shaded)
    except MemoryError:
        raise Problem("command.no_memory", Code.OUT_OF_MEMORY) from None
    return Shaded(result, {**finished.report, **_notes(finished.report, [*picture.notes, *notes])})


def _notes(report: dict[str, Any], more: list[Note]) -> dict[str, list[Any]]:
    """The engine's notes and those about the file, as ``shared.wording.note.reported`` gives them."""
    told = [note for note in report.get("notes", []) if isinstance(note, str)]
    keys = report.get("note_keys", [{"key": "", "values": {}}] * len(told))
    added = reported(more)
    return {"notes": [*told, *added["notes"]], "note_keys": [*keys, *added["note_keys"]]}


def no_daemon(client: Waiter, problem: Problem) -> bool:
    """Whether there is no daemon, so that other pictures would fail in the same way."""
    return problem.code in (Code.CONNECTION_LOST, Code.VERSION_MISMATCH) and client.state != "ready"
