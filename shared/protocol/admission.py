"""May this picture be shaded? The rules for a ``submit``, checked by the client before it sends anything and by the
daemon before it believes anything."""

from __future__ import annotations

import os.path

from . import wire
from .messages import BYTES_PER_CHANNEL, INTENSITIES, LAYOUTS, QUALITIES, SPACES, Code, Limits, Message, Options, Submit

SURROGATES = 8
"""Most encoders at once: each takes memory and time of its own."""

_PATH_CHARACTERS = 4096


class Refused(Exception):
    """A request that won't be carried out. ``message`` is a sentence for the artist, ``hint`` says what to do."""

    def __init__(self, code: Code, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


def validate_submit(submit: Submit, limits: Limits) -> None:
    """Raise ``Refused`` unless ``submit`` (whose fields have the right types already) asks for something possible."""
    _check_picture(submit, limits)
    _check_options(submit.options, limits)


def validate_text(message: Message) -> None:
    """Raise ``Refused`` if ``message`` can't be written, so that it isn't found out once it is due to be sent."""
    try:
        wire.encode(message)
    except wire.WireError as problem:
        raise Refused(Code.BAD_REQUEST, str(problem), "Type the text anew, or choose another folder.") from problem


def _check_picture(submit: Submit, limits: Limits) -> None:
    if submit.dtype not in BYTES_PER_CHANNEL:
        raise Refused(
            Code.UNSUPPORTED,
            "The picture's number format is not supported.",
            f"Use one of {', '.join(BYTES_PER_CHANNEL)}.",
        )
    if submit.layout not in LAYOUTS:
        raise Refused(
            Code.UNSUPPORTED, "The picture's channel order is not supported.", f"Use one of {', '.join(LAYOUTS)}."
        )
    if submit.space not in SPACES:
        raise Refused(
            Code.UNSUPPORTED, "The picture's colour space is not supported.", f"Use one of {', '.join(SPACES)}."
        )
    width, height = submit.width, submit.height
    if min(width, height) < 1:
        raise Refused(Code.BAD_REQUEST, "The picture is empty.", "Choose a layer with something painted on it.")
    size = f"{width:,} × {height:,}"
    if max(width, height) > limits.side:
        raise Refused(
            Code.TOO_LARGE,
            f"The picture is {size} pixels; a side may have at most {limits.side:,}.",
            "Scale it down or shade a part of it.",
        )
    if width * height > limits.pixels:
        raise Refused(
            Code.TOO_LARGE,
            f"The picture has {width * height:,} pixels ({size}); at most {limits.pixels:,} can be shaded at once.",
            "Scale it down or shade a part of it.",
        )
    if submit.total_bytes > limits.bytes:
        raise Refused(
            Code.TOO_LARGE,
            f"The picture takes {submit.total_bytes / 2**20:,.0f} MiB; at most {limits.bytes / 2**20:,.0f} MiB fit.",
            "Use fewer bits per channel, scale it down or shade a part of it.",
        )


def _check_options(options: Options, limits: Limits) -> None:
    for what, text in (("concept", options.concept), ("target", options.target or "")):
        if len(text) > limits.text:
            raise Refused(
                Code.BAD_REQUEST,
                f"The {what} has {len(text):,} characters; at most {limits.text} are possible.",
                "Say it in a word or two, like “dog”.",
            )
        if any(character < " " or character == "\x7f" for character in text):
            raise Refused(Code.BAD_REQUEST, f"The {what} contains control characters.", "Type it as a single line.")
    if options.intensity not in INTENSITIES:
        raise Refused(Code.BAD_REQUEST, "There is no such intensity.", f"Use one of {', '.join(INTENSITIES)}.")
    if options.quality not in QUALITIES:
        raise Refused(Code.BAD_REQUEST, "There is no such quality.", f"Use one of {', '.join(QUALITIES)}.")
    if options.seed is not None and not 0 <= options.seed < 2**63:
        raise Refused(Code.BAD_REQUEST, "The seed is out of range.", "Use a whole number from 0 to 2⁶³ − 1.")
    if len(options.surrogates) > SURROGATES:
        raise Refused(
            Code.BAD_REQUEST,
            f"{len(options.surrogates)} encoders were chosen; at most {SURROGATES} can be used at once.",
            "Choose fewer.",
        )
    for what, path in (("anchor", options.anchor), *(("encoder", folder) for folder in options.surrogates)):
        # Relative paths mean one thing to the editor and another to the daemon, whose working folder differs.
        if path is not None and (not os.path.isabs(path) or "\0" in path or len(path) > _PATH_CHARACTERS):
            raise Refused(Code.BAD_REQUEST, f"The path of the {what} is not usable.", "Give the full path.")
