"""What client, daemon and worker say to each other: messages, limits, error codes.

One message is one header with, for ``band`` and ``pixels``, one frame of picture bytes. A picture travels as *bands*
of ``BAND_BYTES`` each (the last one shorter), cut from one block of bytes:

    pixels (height · width · 4 channels · bytes per channel, little endian, rows from the top)
    mask   (height · width bytes, 0 = keep … 255 = shade), only if ``Submit.mask``

Bands are messages of their own rather than frames of one big message for three reasons: the daemon refuses a picture
before a byte of it is sent, an editor can read its layer band by band between two turns of its event loop, and
neither side ever buffers more than it agreed to.

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

PROTOCOL = 1
MAGIC = b"SHADE/1"
BAND_BYTES = 1 << 20
HEADER_BYTES = 64 * 1024
CHANNELS = 4
BYTES_PER_CHANNEL = {"uint8": 1, "uint16": 2, "float16": 2, "float32": 4}
LAYOUTS = ("RGBA", "BGRA")
SPACES = ("srgb", "linear", "xyz")
"""What the three colour channels are: sRGB as it is encoded; sRGB's primaries in linear light; CIE XYZ relative to D50
with Y = 1 for white, in which any colour space can be sent without cutting off what lies outside of sRGB. Where a
channel is X, Y or Z, the layout names it R, G or B."""

INTENSITIES = ("low", "default", "high")
QUALITIES = ("fast", "default", "best")
STAGES = ("starting", "preparing", "shading", "finishing")
CAPABILITIES = ("mask", "bgra", "resolve", "vocabulary", "float16", "spaces")


def new_id() -> str:
    """For a request, or for all that is said about a job: unlike any other."""
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
class Limits:
    """What the daemon accepts; sent in ``welcome`` so that a client can refuse before it sends anything."""

    side: int = 65_535  # pixels
    pixels: int = 1 << 27  # width · height: a 11,585² picture
    bytes: int = 1 << 30  # all bands of one picture together
    jobs: int = 32  # queued or running, all clients together
    text: int = 200  # characters of a concept or target


@dataclass(frozen=True)
class Options:
    """How to shade. Every field has a default, so ``Options()`` is a valid request."""

    concept: str = ""  # what the picture shows; "" = not said
    target: str | None = None  # None: the daemon's table decides
    intensity: str = "default"
    quality: str = "default"
    seed: int | None = None  # 0 … 2**63 - 1; None: derived from the picture
    anchor: str | None = None  # path of a picture to move toward instead of the target's own
    surrogates: tuple[str, ...] = ()  # folders of encoders; () = the embedded one


@dataclass(frozen=True)
class Message:
    """Base of all messages. ``id`` is chosen by the client; replies carry the id they answer."""

    TYPE: ClassVar[str] = ""
    id: str


# ── client → daemon ──


@dataclass(frozen=True)
class Hello(Message):
    TYPE = "hello"
    protocol: int = PROTOCOL
    client: str = ""  # e.g. "krita 5.2.9", for the log
    version: str = ""


@dataclass(frozen=True)
class Submit(Message):
    """Announce a picture. The daemon answers ``accepted`` and then waits for the bands.

    Submitting an id again hands the job that exists to this client; that is how one takes up a job after a reconnect.
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

    @property
    def pixel_bytes(self) -> int:
        return self.width * self.height * CHANNELS * BYTES_PER_CHANNEL[self.dtype]

    @property
    def total_bytes(self) -> int:
        return self.pixel_bytes + (self.width * self.height if self.mask else 0)


@dataclass(frozen=True)
class Band(Message):
    """One band of a submitted picture; the frame that follows holds its bytes. Bands come in order, from 0."""

    TYPE = "band"
    band: int


@dataclass(frozen=True)
class Cancel(Message):
    TYPE = "cancel"


@dataclass(frozen=True)
class Fetch(Message):
    """Ask for one band of the result (pixels only, no mask). Ask for several at once to keep the pipe full."""

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
    TYPE = "status"


@dataclass(frozen=True)
class Ping(Message):
    """Answered by ``pong``. A client says something at least once a minute, else its jobs are dropped."""

    TYPE = "ping"


@dataclass(frozen=True)
class Shutdown(Message):
    """Stop the daemon (to the worker: leave). Answered by ``pong`` before the sockets close."""

    TYPE = "shutdown"


# ── daemon → client ──


@dataclass(frozen=True)
class Welcome(Message):
    TYPE = "welcome"
    protocol: int
    version: str
    limits: Limits
    capabilities: tuple[str, ...] = CAPABILITIES
    device: str = ""  # "" until a worker has run once
    targets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Accepted(Message):
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
    TYPE = "done"
    report: dict[str, Any]


@dataclass(frozen=True)
class Error(Message):
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
class State(Message):
    """Answer to ``status``."""

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
    TYPE = "pong"


# ── worker → daemon ──


@dataclass(frozen=True)
class Ready(Message):
    TYPE = "ready"
    device: str  # e.g. "CPU (bfloat16)"


def bands(total_bytes: int) -> int:
    """How many bands a block of bytes makes."""
    return -(-total_bytes // BAND_BYTES)


def band_bytes(total_bytes: int, band: int) -> int:
    """The size of one band. Raises ``IndexError`` for a band that doesn't exist."""
    if not 0 <= band < bands(total_bytes):
        raise IndexError(f"There is no band {band}.")
    return min(BAND_BYTES, total_bytes - band * BAND_BYTES)
