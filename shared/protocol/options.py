"""What can be asked for: a task, how it is to be done, and how large a picture may be."""

from __future__ import annotations

from dataclasses import dataclass

TASKS = ("shade",)
INTENSITIES = ("low", "default", "high", "maximum")
QUALITIES = ("fast", "default", "best")


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
    """How to shade. Every field has a default, so ``Options()`` is a valid request.

    ``anchor`` and ``encoders`` are references: a name that the daemon knows, ``sha256:`` with the 64 hexadecimal
    digits of a file that it knows, or the absolute path of something that the artist brings.
    """

    concept: str = ""  # what the picture shows; "" = not said
    target: str | None = None  # None: the daemon's table decides
    intensity: str = "default"
    quality: str = "default"
    seed: int | None = None  # 0 … 2**63 - 1; None: derived from the picture
    anchor: str | None = None  # a picture to move toward instead of the target's own
    encoders: tuple[str, ...] = ()  # surrogates; () = the daemon's choice
    survival: bool = False  # whether the report also says what is left after purifiers, which takes seconds more
