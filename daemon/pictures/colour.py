"""From a file's colours to the sRGB that the engine works in, and the engine's change back into the file's colours.

The way back doesn't undo the conversion: converting there and back moves every pixel a little (gamut, rounding), even
those that the engine left alone. So only the *change* is converted (CONTRIBUTING.md, "Only the change goes back"):

    new = old + B(shaded) - B(sent)        B: sRGB → the file's colours; sent: what the engine got

A pixel that wasn't shaded keeps its bytes, colours outside sRGB stay where they were, and values are rounded once, at
the file's own depth. If a file is sRGB already, B changes nothing and the result is the shaded pixels themselves.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Protocol

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from shared.problem import Problem
from shared.protocol.messages import Code
from shared.wording.note import Note

from .model import PictureFile, Samples, full_scale, scaled, to_depth

Floats = NDArray[np.floating[Any]]
BAND_PIXELS = 1 << 18  # a band of rows: the most that is converted at once, so that memory stays small
SRGB_TOLERANCE = 1 / 255  # a profile this close to sRGB everywhere is sRGB
SPACES = {1: b"GRAY", 3: b"RGB ", 4: b"CMYK"}
NAMES = {1: "gray", 3: "rgb", 4: "cmyk"}
INTENT = imagecodecs.CMS.INTENT.RELATIVE_COLORIMETRIC
FLAGS = imagecodecs.CMS.FLAGS.BLACKPOINTCOMPENSATION


class Conversion(Protocol):
    """Between a file's colours (0…1; CMYK: 1 is full ink) and sRGB (0…1), for (rows, width, channels) of float32."""

    native: bool  # the file's values are sRGB already, so nothing has to be computed on the way in

    def forward(self, colours: Floats) -> Floats:
        """The file's colours → sRGB."""
        ...

    def backward(self, srgb: Floats, colours: Floats) -> Floats:
        """sRGB → the file's colours. ``colours``: those before the change, for conversions that leave a choice."""
        ...


class Plain:
    """RGB that is sRGB."""

    native = True

    def forward(self, colours: Floats) -> Floats:
        """The file\'s colours → sRGB."""
        return colours

    def backward(self, srgb: Floats, colours: Floats) -> Floats:
        """sRGB → the file\'s colours."""
        return srgb


class PlainGray:
    """Gray with sRGB's curve. The engine keeps gray pictures gray, so on the way back all three channels agree."""

    native = True

    def forward(self, colours: Floats) -> Floats:
        """The file\'s colours → sRGB."""
        return np.repeat(colours, 3, axis=2)

    def backward(self, srgb: Floats, colours: Floats) -> Floats:
        """sRGB → the file\'s colours."""
        return srgb.mean(axis=2, keepdims=True)


class PlainCmyk:
    """CMYK without a profile, by the formula that programs fall back on: (1 - ink) · (1 - black)."""

    native = False

    def forward(self, colours: Floats) -> Floats:
        """The file\'s colours → sRGB."""
        return (1 - colours[:, :, :3]) * (1 - colours[:, :, 3:])

    def backward(self, srgb: Floats, colours: Floats) -> Floats:
        """sRGB → the file\'s colours."""
        black = colours[:, :, 3:]
        ink = 1 - srgb / np.maximum(1 - black, np.float32(1e-3))
        return np.concatenate((ink, black), axis=2)


class Profiled:
    """Colours that an ICC profile describes, by Little CMS in float32: relative colorimetric, black to black."""

    native = False

    def __init__(self, icc: bytes, colours: int) -> None:
        """Raises ``Problem`` if the profile can't be used for so many channels, in both directions."""
        if icc[16:20] != SPACES[colours]:
            raise Problem("pictures.profile_of_another_model", Code.UNSUPPORTED)
        self._icc, self._name = icc, NAMES[colours]
        self._ink = np.float32(100 if colours == 4 else 1)  # Little CMS counts ink in percent
        self._srgb = imagecodecs.cms_profile("srgb")
        try:
            probe = np.full((1, 1, colours), 0.5, np.float32)
            self.backward(self.forward(probe), probe)
        except (RuntimeError, ValueError) as error:
            raise Problem("pictures.profile_damaged", Code.UNSUPPORTED) from error

    def forward(self, colours: Floats) -> Floats:
        """The file\'s colours → sRGB."""
        source = colours[:, :, 0] if colours.shape[2] == 1 else colours * self._ink
        srgb = _transform(source, self._icc, self._srgb, self._name, "rgb")
        return np.clip(srgb, 0, 1)

    def backward(self, srgb: Floats, colours: Floats) -> Floats:
        """sRGB → the file\'s colours."""
        result = _transform(srgb, self._srgb, self._icc, "rgb", self._name)
        return result[:, :, np.newaxis] if result.ndim == 2 else result / self._ink

    def is_srgb(self) -> bool:
        """Whether an RGB profile is the same as sRGB, to within one level of 8 bits."""
        if self._name != "rgb":
            return False
        steps = np.linspace(0, 1, 9, dtype=np.float32)
        grid = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(27, 27, 3)
        return bool(np.abs(self.forward(grid) - grid).max() < SRGB_TOLERANCE)


def conversion_for(picture: PictureFile) -> tuple[Conversion, tuple[Note, ...]]:
    """The conversion for a picture's profile, and notes where the colours had to be guessed."""
    icc, colours = picture.metadata.icc, picture.colours
    notes: tuple[Note, ...] = ()
    if icc:
        try:
            profiled = Profiled(icc, colours)
        except Problem as problem:
            notes = (Note(problem.key),)
        else:
            return (Plain() if profiled.is_srgb() else profiled), ()
    if colours == 4:
        return PlainCmyk(), (*notes, Note("pictures.cmyk_estimated"))
    return (PlainGray() if colours == 1 else Plain()), notes


def to_engine(picture: PictureFile, conversion: Conversion) -> Samples:
    """sRGB-encoded RGBA, (height, width, 4): at the file's own depth if its values are sRGB already, else finer.

    uint8 and uint16 files in sRGB keep their type, float files give float32, and everything that has to be converted
    is sent as uint16, so that nothing is rounded to 8 bits on the way.
    """
    dtype = _sent_dtype(picture, conversion)
    sent = np.empty((picture.height, picture.width, 4), dtype)
    full = np.asarray(full_scale(dtype), dtype)

    def convert(rows: slice) -> None:
        band = picture.samples[rows]
        if _as_it_is(picture, conversion):
            sent[rows, :, :3] = band[:, :, : picture.colours]  # gray spreads to all three
        else:
            sent[rows, :, :3] = to_depth(conversion.forward(_colours(picture, band)) * np.float32(full), dtype)
        sent[rows, :, 3] = full if picture.alpha is None else scaled(band[:, :, picture.alpha], dtype)

    _in_bands(convert, picture)
    return sent


def from_engine(picture: PictureFile, conversion: Conversion, sent: Samples, shaded: Samples) -> PictureFile:
    """The picture with the engine's change applied. ``sent`` and ``shaded``: (height, width, 4) of one type."""
    samples = picture.samples.copy()
    count = picture.colours
    if _as_it_is(picture, conversion) and count == 3:
        samples[:, :, :3] = shaded[:, :, :3]
        return replace(picture, samples=samples)
    unit = np.float32(1 / full_scale(sent.dtype))

    def apply(rows: slice) -> None:
        if np.array_equal(sent[rows, :, :3], shaded[rows, :, :3]):
            return
        band = picture.samples[rows]
        colours = _colours(picture, band)
        before, after = (
            conversion.backward(pixels[rows, :, :3].astype(np.float32) * unit, colours) for pixels in (sent, shaded)
        )
        change = (after - before) * np.float32(picture.scale)
        if picture.premultiplied:
            change *= _alpha(picture, band)
        samples[rows, :, :count] = to_depth(band[:, :, :count].astype(np.float64) + change, samples.dtype)

    _in_bands(apply, picture)
    return replace(picture, samples=samples)


def _in_bands(work: Callable[[slice], None], picture: PictureFile) -> None:
    """Call ``work`` for each band of rows, on all cores: NumPy and Little CMS can run in parallel."""
    height = max(1, BAND_PIXELS // picture.width)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(work, (slice(top, top + height) for top in range(0, picture.height, height))):
            pass  # raises what a band raised


def _sent_dtype(picture: PictureFile, conversion: Conversion) -> np.dtype[Any]:
    dtype = picture.samples.dtype
    if dtype.kind == "f":
        return np.dtype(np.float32)
    return dtype if _as_it_is(picture, conversion) else np.dtype(np.uint16)


def _as_it_is(picture: PictureFile, conversion: Conversion) -> bool:
    """Whether the engine can have the file's integers themselves."""
    return conversion.native and not picture.premultiplied and picture.samples.dtype.kind == "u"


def _alpha(picture: PictureFile, band: Samples) -> Floats:
    return band[:, :, picture.alpha, np.newaxis].astype(np.float32) / np.float32(picture.scale)


def _colours(picture: PictureFile, band: Samples) -> Floats:
    """A band's colours, clipped to 0…1 and not multiplied by alpha."""
    colours = band[:, :, : picture.colours].astype(np.float32) / np.float32(picture.scale)
    if picture.premultiplied:
        alpha = _alpha(picture, band)
        colours = np.divide(colours, alpha, out=np.zeros_like(colours), where=alpha > 0)
    return np.clip(colours, 0, 1)


def _transform(values: Floats, profile: bytes, other: bytes, space: str, other_space: str) -> Floats:
    return imagecodecs.cms_transform(
        np.ascontiguousarray(values),
        profile,
        other,
        colorspace=space,
        outcolorspace=other_space,
        outdtype=np.float32,
        intent=INTENT,
        flags=FLAGS,
    )
