"""Fitting a picture to a format: what has to change so that the format can hold it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from shared.problem import Problem
from shared.protocol.messages import Code
from shared.wording.note import Note

from . import jpeg, tiff_writer, webp
from .model import PictureFile, scaled, to_depth


def fit(picture: PictureFile, format: str, name: str) -> PictureFile:
    """The picture in a form that ``format`` can hold, with notes on what changes.

    Call it before shading, so that the change is made for, and judged at, the depth of the output. Raises
    ``Problem`` where something that can be seen would be lost: transparency, or a CMYK separation.
    """
    notes: list[Note] = []
    if format != picture.format:
        picture = replace(picture, metadata=replace(picture.metadata, blocks=()))
    if format != "TIFF":
        picture = _without_extras(picture, format, notes)
        picture = _fit_colours(picture, format, name)
        picture = _fit_depth(picture, format, notes)
    if format == "JPEG":
        picture = _fit_jpeg(picture, name, notes)
    elif format == "WebP":
        picture = _fit_webp(picture, name, notes)
    exif = picture.metadata.exif
    if format == "TIFF" and exif and not tiff_writer.can_describe(exif):
        picture = replace(picture, metadata=replace(picture.metadata, exif=None))
        notes.append(Note("pictures.exif_left_out"))
    return replace(picture, format=format).noted(*notes)


def _without_extras(picture: PictureFile, format: str, notes: list[Note]) -> PictureFile:
    """Only colours and alpha, not multiplied with each other: no format but TIFF has more."""
    known = picture.colours + (picture.alpha is not None)
    samples = picture.samples
    if samples.shape[2] > known:
        notes.append(Note("pictures.channels_left_out", format=format))
        samples = samples[:, :, :known]
    if picture.premultiplied and picture.alpha is not None:
        alpha = samples[:, :, picture.alpha :].astype(np.float32)
        colours = samples[:, :, : picture.colours] / np.maximum(alpha, np.float32(1e-6)) * np.float32(picture.scale)
        samples = np.concatenate((to_depth(colours, samples.dtype), samples[:, :, picture.alpha :]), axis=2)
    return replace(picture, samples=samples, premultiplied=False)


def _fit_colours(picture: PictureFile, format: str, name: str) -> PictureFile:
    if picture.colours == 4 and format != "JPEG":
        raise Problem("pictures.no_cmyk", Code.UNSUPPORTED, name=name, format=format)
    if format != "WebP" or picture.colours == 3:
        return picture
    if picture.metadata.icc:
        raise Problem("pictures.no_gray_profile", Code.UNSUPPORTED, name=name)
    samples = np.concatenate((np.repeat(picture.samples[:, :, :1], 3, axis=2), picture.samples[:, :, 1:]), axis=2)
    return replace(picture, samples=samples, colours=3, alpha=None if picture.alpha is None else 3)


def _fit_depth(picture: PictureFile, format: str, notes: list[Note]) -> PictureFile:
    """8 bits for JPEG and WebP, 8 or 16 for PNG."""
    dtype = picture.samples.dtype
    best = np.dtype(np.uint16 if format == "PNG" else np.uint8)
    if dtype.kind == "u" and dtype.itemsize <= best.itemsize:
        return picture
    bits = best.itemsize * 8
    if dtype.kind == "u":
        notes.append(Note("pictures.fewer_bits", had=dtype.itemsize * 8, format=format, bits=bits))
    else:
        notes.append(Note("pictures.no_floats", format=format, bits=bits))
    return replace(picture, samples=scaled(picture.samples, best))


def _fit_jpeg(picture: PictureFile, name: str, notes: list[Note]) -> PictureFile:
    _check_side(picture, "JPEG", jpeg.MOST_SIDE, name)
    if picture.alpha is not None:
        if picture.samples[:, :, picture.alpha].min() < 255:
            raise Problem("pictures.no_transparency", Code.UNSUPPORTED, name=name)
        picture = replace(picture, samples=picture.samples[:, :, : picture.colours], alpha=None)
    if not picture.metadata.blocks:
        notes.extend(Note("pictures.metadata_left_out", kind=kind) for kind in jpeg.too_long(picture.metadata))
    notes.append(Note("pictures.lossy", format="JPEG", quality=jpeg.QUALITY))
    return picture


def _fit_webp(picture: PictureFile, name: str, notes: list[Note]) -> PictureFile:
    _check_side(picture, "WebP", webp.MOST_SIDE, name)
    if not webp.lossless(picture):
        notes.append(Note("pictures.lossy", format="WebP", quality=webp.QUALITY))
    return replace(picture, writer=(("lossless", webp.lossless(picture)),))


def _check_side(picture: PictureFile, format: str, most: int, name: str) -> None:
    if max(picture.width, picture.height) > most:
        raise Problem("pictures.side_too_long", Code.TOO_LARGE, name=name, format=format, most=most)
