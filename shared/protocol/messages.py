"""What client, daemon and worker say to each other. ``README.md`` beside this file explains the protocol as a whole.

One message is one header with, for ``band`` and ``pixels``, one frame of picture bytes. A picture travels as *bands*
of ``BAND_BYTES`` each (the last one shorter), cut from one block of bytes:

    pixels (height · width · 4 channels · bytes per channel, little endian, rows from the top)
    mask   (height · width bytes, 0 = keep … 255 = shade), only if ``Submit.mask``

    client                        daemon                         client                 daemon
      hello            ─────▶                                      cancel      ─────▶
                       ◀─────  welcome                             fetch       ─────▶
      submit           ─────▶                                                  ◀─────  pixels
                       ◀─────  accepted | error                    release     ─────▶
      band × n         ─────▶                                      ping        ─────▶
                       ◀─────  queued*, progress*,                             ◀─────  pong
                               then done | error

The worker process speaks the same language to the daemon: ``submit`` and ``band`` in, ``ready``, ``progress``,
``pixels``, then ``done`` or ``error`` out.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar

# The whole vocabulary can be imported from here.
from .options import INTENSITIES, QUALITIES, TASKS, Limits, Options  # noqa: F401
from .picture import BAND_BYTES, BYTES_PER_CHANNEL, CHANNELS, LAYOUTS, SPACES, band_bytes, bands  # noqa: F401

PROTOCOL = 2
STAGES = ("starting", "preparing", "shading", "finishing")


def new_id() -> str:
    """A new id for a request or a job."""
    return secrets.token_hex(8)


class Code(str, Enum):
    """Why a request or a job failed. ``Error.message`` is the sentence for the artist; this is for programs."""

    BAD_REQUEST = "bad_request"
    UNSUPPORTED = "unsupported"
    TOO_LARGE = "too_large"
    BUSY = "busy"
    CANCELLED = "cancelled"
    OUT_OF_MEMORY = "out_of_memory"
    MODEL_MISSING = "model_missing"
    WORKER_DIED = "worker_died"
    STOPPED = "stopped"  # the daemon was told to end before the job was done
    CONNECTION_LOST = "connection_lost"  # never sent: the client's own, where it can't reach a daemon
    VERSION_MISMATCH = "version_mismatch"
    INTERNAL = "internal"


@dataclass(frozen=True)
class Message:
    """Base of all messages. ``id`` is chosen by the client; replies carry the id they answer."""

    TYPE: ClassVar[str] = ""
    id: str


# ── client → daemon ──


@dataclass(frozen=True)
class Hello(Message):
    """The first message of a connection, answered by ``welcome``."""

    TYPE = "hello"
    protocol: int = PROTOCOL
    client: str = ""  # e.g. "krita 5.2.9", for the log
    version: str = ""


@dataclass(frozen=True)
class Submit(Message):
    """Announce a picture. The daemon answers ``accepted`` and then waits for the bands.

    Submitting an id again hands the existing job to this client, which is how a job goes on after a reconnect.
    The answer is then ``accepted`` followed by the job's last ``queued``, ``progress`` or ``done``, if there was one;
    of a job that failed it is its ``error`` alone.
    """

    TYPE = "submit"
    width: int
    height: int
    dtype: str = "uint8"
    layout: str = "RGBA"
    mask: bool = False
    options: Options = field(default_factory=Options)
    space: str = "srgb"
    task: str = "shade"

    @property
    def pixel_bytes(self) -> int:
        """The size of the pixels alone. No result is larger; that of the task “shade” is exactly as large."""
        return self.width * self.height * CHANNELS * BYTES_PER_CHANNEL[self.dtype]

    @property
    def total_bytes(self) -> int:
        """The size of the block that is sent: the pixels, and the mask if there is one."""
        return self.pixel_bytes + (self.width * self.height if self.mask else 0)


@dataclass(frozen=True)
class Band(Message):
    """One band of a submitted picture; the frame that follows holds its bytes. Bands come in order, from 0."""

    TYPE = "band"
    band: int


@dataclass(frozen=True)
class Cancel(Message):
    """Stop a job. Its ``error`` with the code ``cancelled`` follows, unless it has ended already."""

    TYPE = "cancel"


@dataclass(frozen=True)
class Fetch(Message):
    """Ask for one band of the result, which has no mask. Ask for several at once to keep the pipe full."""

    TYPE = "fetch"
    band: int


@dataclass(frozen=True)
class Release(Message):
    """The client has the result: the daemon may forget the job."""

    TYPE = "release"


@dataclass(frozen=True)
class Resolve(Message):
    """Which target would this concept get?"""

    TYPE = "resolve"
    concept: str


@dataclass(frozen=True)
class Vocabulary(Message):
    """Which concepts are in the table? For suggestions while somebody types; any other text is a concept too."""

    TYPE = "vocabulary"


@dataclass(frozen=True)
class Status(Message):
    """What is the daemon doing? Answered by ``state``."""

    TYPE = "status"


@dataclass(frozen=True)
class Ping(Message):
    """Answered by ``pong``. A client says something at least once a minute, or its jobs are dropped."""

    TYPE = "ping"


@dataclass(frozen=True)
class Shutdown(Message):
    """Stop the daemon (to the worker: leave). Answered by ``pong`` before the sockets close."""

    TYPE = "shutdown"


# ── daemon → client ──


@dataclass(frozen=True)
class Welcome(Message):
    """Answer to ``hello``: what the daemon can do."""

    TYPE = "welcome"
    protocol: int
    version: str
    limits: Limits
    device: str = ""  # "" until a worker has run once
    targets: tuple[str, ...] = ()
    encoders: tuple[str, ...] = ()  # those that ``Options.encoders`` can name


@dataclass(frozen=True)
class Accepted(Message):
    """Answer to ``submit``: the daemon knows the picture."""

    TYPE = "accepted"
    next_band: int  # the band the daemon waits for; equals the number of bands once it has all


@dataclass(frozen=True)
class Queued(Message):
    """The job waits. May be repeated without news, which is how the daemon finds out that a client is gone."""

    TYPE = "queued"
    place: int  # 1 = next


@dataclass(frozen=True)
class Progress(Message):
    """How far the job is. May be repeated without news, as ``queued``."""

    TYPE = "progress"
    stage: str  # one of STAGES
    step: int = 0
    steps: int = 0
    shift: float = 0.0  # share of the way to the anchor covered so far
    eta: float | None = None  # seconds left, None while unknown


@dataclass(frozen=True)
class Done(Message):
    """The job went well. Its result can be fetched until it is released; it may be empty."""

    TYPE = "done"
    report: dict[str, Any]
    result_bytes: int


@dataclass(frozen=True)
class Error(Message):
    """A request is refused, or a job has failed."""

    TYPE = "error"
    code: Code
    message: str  # a sentence an artist can read
    hint: str = ""  # what to do
    key: str = ""  # of the sentence in ``shared.wording``, for a peer that speaks another language; "" if it has none
    values: dict[str, Any] = field(default_factory=dict)  # of the sentence's placeholders: texts and numbers


@dataclass(frozen=True)
class Pixels(Message):
    """One band of the result; the frame that follows holds its bytes, in the dtype and layout of the submit."""

    TYPE = "pixels"
    band: int


@dataclass(frozen=True)
class Resolved(Message):
    """Answer to ``resolve``."""

    TYPE = "resolved"
    concept: str
    target: str
    known: bool  # False: the concept is not in the table, the target was drawn from its spelling


@dataclass(frozen=True)
class Words(Message):
    """Answer to ``vocabulary``."""

    TYPE = "words"
    words: tuple[str, ...]  # in alphabetical order


@dataclass(frozen=True)
class DaemonStatus(Message):
    """Answer to ``status``. Like ``ping`` and ``shutdown`` it is understood across versions, so it only ever grows."""

    TYPE = "state"
    version: str
    pid: int
    uptime: float  # seconds
    device: str
    worker: str  # "stopped", "starting", "idle" or "busy"
    jobs: tuple[dict[str, Any], ...] = ()  # id, state, place, step, steps of each job known to the daemon
    memory: int = 0  # bytes of pictures the daemon holds


@dataclass(frozen=True)
class Pong(Message):
    """Answer to ``ping`` and ``shutdown``."""

    TYPE = "pong"


# ── worker → daemon ──


@dataclass(frozen=True)
class Ready(Message):
    """The worker waits for a job."""

    TYPE = "ready"
    device: str  # e.g. "CPU (bfloat16)"
