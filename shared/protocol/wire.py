"""Messages ⇄ frames: ``[magic, header, payload?]``. The magic names the version of the protocol.

The header is a JSON object with ``type``, ``id`` and the fields of the message's dataclass in ``messages.py``;
the payload is there exactly for ``band`` and ``pixels``. Nothing here knows a single message: the dataclasses are
the format.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Collection, Sequence

from . import messages, strict
from .messages import BAND_BYTES, PROTOCOL, Message

Frame = bytes | memoryview

HEADER_BYTES = 64 * 1024
"""Longest header."""

FRAMES = 3
"""Most frames of a message."""

FRAME_BYTES = BAND_BYTES
"""Largest frame of a message."""

SOCKET_BYTES = FRAME_BYTES + 4096
"""Largest frame that a socket takes: with what CURVE adds, and then some. libzmq drops a peer that sends more."""

TYPES: dict[str, type[Message]] = {kind.TYPE: kind for kind in Message.__subclasses__()}
"""Every message by its name on the wire."""

FROM_CLIENT: frozenset[type[Message]] = frozenset(
    {
        messages.Hello,
        messages.Submit,
        messages.Band,
        messages.Cancel,
        messages.Fetch,
        messages.Release,
        messages.Resolve,
        messages.Vocabulary,
        messages.Status,
        messages.Ping,
        messages.Shutdown,
    }
)
TO_CLIENT: frozenset[type[Message]] = frozenset(
    {
        messages.Welcome,
        messages.Accepted,
        messages.Queued,
        messages.Progress,
        messages.Done,
        messages.Error,
        messages.Pixels,
        messages.Resolved,
        messages.Words,
        messages.DaemonStatus,
        messages.Pong,
    }
)
WITH_PAYLOAD: frozenset[type[Message]] = frozenset({messages.Band, messages.Pixels})

_MAGIC = re.compile(rb"SHADE/([1-9][0-9]{0,5})")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


class WireError(ValueError):
    """Frames that are no message, or a message that is no frames. ``str(error)`` is a sentence.

    ``id`` is the message's id where one could be read, so that the peer can be told which request was wrong.
    """

    def __init__(self, sentence: str, id: str | None = None) -> None:
        super().__init__(sentence)
        self.id = id


def magic(version: int = PROTOCOL) -> bytes:
    """The first frame of every message of a version of the protocol."""
    return b"SHADE/%d" % version


MAGIC = magic()


def encode(message: Message, payload: Frame | bytearray | None = None, version: int = PROTOCOL) -> list[Frame]:
    """The frames of ``message``. The payload is not copied. Raises ``WireError`` if the other side would refuse it.

    ``version`` is that of the other side, for the few messages that are understood across versions.
    """
    if not _ID.fullmatch(message.id):
        raise WireError("An id has 1 to 64 letters, digits, “-” or “_”.")
    fields = {"type": message.TYPE, **dataclasses.asdict(message)}
    try:
        header = json.dumps(fields, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    except UnicodeEncodeError:
        raise WireError("A text contains characters that are not Unicode.", message.id) from None
    except (TypeError, ValueError, RecursionError):
        raise WireError(f"The message “{message.TYPE}” can't be written as JSON.", message.id) from None
    if len(header) > HEADER_BYTES:
        raise WireError(f"The message “{message.TYPE}” is longer than {HEADER_BYTES} bytes.", message.id)
    view = None if payload is None else _bytes_of(payload)
    _check_payload(type(message), view, message.id)
    return [magic(version), header] if view is None else [magic(version), header, view]


def decode(
    frames: Sequence[Frame], accept: Collection[type[Message]], version: int = PROTOCOL
) -> tuple[Message, memoryview | None]:
    """The message that ``frames`` hold, with its payload (not copied).

    ``accept`` says which messages make sense here. Raises ``WireError`` and nothing else, whatever the frames hold.
    """
    if not frames or _bytes_of(frames[0]) != magic(version):
        raise WireError(f"The first frame is not {magic(version).decode()}.")
    if not 2 <= len(frames) <= FRAMES:
        raise WireError("A message has two or three frames.")
    header = _bytes_of(frames[1])
    if len(header) > HEADER_BYTES:
        raise WireError(f"The header is longer than {HEADER_BYTES} bytes.")
    try:
        fields = strict.parse_object(bytes(header))
    except strict.StrictError as problem:
        raise WireError(str(problem)) from None
    id = fields.get("id")
    if not isinstance(id, str) or not _ID.fullmatch(id):
        raise WireError("The message has no valid id.")
    name = fields.get("type")
    kind = TYPES.get(name) if isinstance(name, str) else None
    if kind is None:
        raise WireError("The message is of an unknown type.", id)
    if kind not in accept:
        raise WireError(f"The message “{name}” makes no sense here.", id)
    payload = _bytes_of(frames[2]) if len(frames) == 3 else None
    _check_payload(kind, payload, id)
    try:
        return strict.build(kind, fields), payload
    except strict.StrictError as problem:
        raise WireError(str(problem), id) from None


def foreign(frames: Sequence[Frame]) -> tuple[int, str] | None:
    """The version and the id of a message of another version of the protocol; None for anything else."""
    found = _MAGIC.fullmatch(bytes(frames[0][:20])) if len(frames) > 1 else None
    if found is None or int(found[1]) == PROTOCOL or len(frames[1]) > HEADER_BYTES:
        return None
    try:
        id = strict.parse_object(bytes(frames[1])).get("id")
    except strict.StrictError:
        return None
    return (int(found[1]), id) if isinstance(id, str) and _ID.fullmatch(id) else None


def _check_payload(kind: type[Message], payload: memoryview | None, id: str) -> None:
    if (payload is not None) != (kind in WITH_PAYLOAD):
        verb = "needs a payload" if payload is None else "has no payload"
        raise WireError(f"The message “{kind.TYPE}” {verb}.", id)
    if payload is not None and not 1 <= len(payload) <= BAND_BYTES:
        raise WireError(f"A payload has 1 to {BAND_BYTES} bytes.", id)


def _bytes_of(frame: Frame | bytearray) -> memoryview:
    view = memoryview(frame)
    return view if view.ndim == 1 and view.format == "B" else view.cast("B")
