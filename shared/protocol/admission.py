"""May this picture be shaded? The rules for a ``submit``: the client checks them before it sends anything, the daemon
before it believes anything."""

from __future__ import annotations

import os.path
import re

from ..problem import Problem
from . import wire
from .messages import (
    BYTES_PER_CHANNEL,
    INTENSITIES,
    LAYOUTS,
    QUALITIES,
    SPACES,
    TASKS,
    Code,
    Limits,
    Message,
    Options,
    Submit,
)

ENCODERS = 8
"""Most encoders at once: each takes memory and time of its own."""

_PATH_CHARACTERS = 4096
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)  # without a dot: no name of a file
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)


def validate_submit(submit: Submit, limits: Limits) -> None:
    """Raise ``Problem`` unless ``submit`` (whose fields have the right types already) asks for something possible."""
    if submit.task not in TASKS:
        raise Problem("protocol.task", Code.UNSUPPORTED, known=", ".join(TASKS))
    _check_picture(submit, limits)
    _check_options(submit.options, limits)


def validate_text(message: Message) -> None:
    """Raise ``Problem`` if ``message`` can't be written, so that this isn't noticed only when it is due to be sent."""
    try:
        wire.encode(message)
    except wire.WireError as error:
        raise Problem("protocol.cannot_be_sent", Code.BAD_REQUEST, reason=error) from error


def is_reference(text: str) -> bool:
    """Whether ``text`` can stand for an encoder or an anchor: a name, a digest or an absolute path.

    Relative paths mean one thing to the editor and another to the daemon, whose working folder differs.
    """
    if _NAME.fullmatch(text) or _DIGEST.fullmatch(text):
        return True
    return os.path.isabs(text) and "\0" not in text and len(text) <= _PATH_CHARACTERS


def _check_picture(submit: Submit, limits: Limits) -> None:
    for key, value, known in (
        ("protocol.dtype", submit.dtype, tuple(BYTES_PER_CHANNEL)),
        ("protocol.layout", submit.layout, LAYOUTS),
        ("protocol.space", submit.space, SPACES),
    ):
        if value not in known:
            raise Problem(key, Code.UNSUPPORTED, known=", ".join(known))
    width, height = submit.width, submit.height
    if min(width, height) < 1:
        raise Problem("protocol.empty", Code.BAD_REQUEST)
    if max(width, height) > limits.side:
        raise Problem("protocol.side", Code.TOO_LARGE, width=width, height=height, most=limits.side)
    pixels = width * height
    if pixels > limits.pixels:
        raise Problem("protocol.pixels", Code.TOO_LARGE, pixels=pixels, width=width, height=height, most=limits.pixels)
    if submit.total_bytes > limits.bytes:
        size, most = submit.total_bytes / 2**20, limits.bytes / 2**20
        raise Problem("protocol.bytes", Code.TOO_LARGE, size=size, most=most)


def _check_options(options: Options, limits: Limits) -> None:
    for what, text in (("concept", options.concept), ("target", options.target or "")):
        if len(text) > limits.text:
            raise Problem(f"protocol.{what}_length", Code.BAD_REQUEST, length=len(text), most=limits.text)
        if any(character < " " or character == "\x7f" for character in text):
            raise Problem(f"protocol.{what}_characters", Code.BAD_REQUEST)
    if options.intensity not in INTENSITIES:
        raise Problem("protocol.intensity", Code.BAD_REQUEST, known=", ".join(INTENSITIES))
    if options.quality not in QUALITIES:
        raise Problem("protocol.quality", Code.BAD_REQUEST, known=", ".join(QUALITIES))
    if options.seed is not None and not 0 <= options.seed < 2**63:
        raise Problem("protocol.seed", Code.BAD_REQUEST)
    if len(options.encoders) > ENCODERS:
        raise Problem("protocol.encoders", Code.BAD_REQUEST, count=len(options.encoders), most=ENCODERS)
    for what, reference in (("anchor", options.anchor), *(("encoder", each) for each in options.encoders)):
        if reference is not None and not is_reference(reference):
            raise Problem(f"protocol.{what}", Code.BAD_REQUEST, reference=reference)
