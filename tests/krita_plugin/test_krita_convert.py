"""Conversions in a document that nobody sees, and of which nothing is left."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest
from fake_krita import App, Document
from fake_pixels import ADOBE, CMYK, GRAY, SRGB, XYZ, convert

from krita_plugin.convert import Converter
from krita_plugin.formats import ColorSpace
from krita_plugin.vendored import Problem, Rect

BAND = Rect(-7, 40, 5, 3)  # where it lies in the picture doesn't matter
PIXELS = bytes(range(60))


@pytest.mark.parametrize("source", [ADOBE, CMYK, GRAY])
def test_there_and_back(app: App, document: Document, source: tuple[str, str, str]) -> None:
    pixels = bytes(range(BAND.width * BAND.height * ColorSpace(*source).bytes_per_pixel))
    with closing(Converter(app)) as converter:
        there = converter.convert(pixels, BAND, ColorSpace(*source), ColorSpace(*XYZ))
        back = converter.convert(there, BAND, ColorSpace(*XYZ), ColorSpace(*source))
    assert there == convert(pixels, source, XYZ)
    assert np.frombuffer(there, np.float32).any()
    assert back == convert(there, XYZ, source)
    assert app.pictures == [document.picture]
    assert app.questions == 0


def test_nothing_is_converted_to_what_it_is(app: App) -> None:
    converter = Converter(app)
    assert converter.convert(PIXELS, BAND, ColorSpace(*SRGB), ColorSpace(*SRGB)) is PIXELS
    assert app.pictures == []
    converter.close()


def test_one_hidden_document_serves_all_conversions(app: App, document: Document) -> None:
    with closing(Converter(app)) as converter:
        for _ in range(3):
            converter.convert(PIXELS, BAND, ColorSpace(*ADOBE), ColorSpace(*XYZ))
        assert len(app.pictures) == 2
        assert app.activeDocument() == document
    converter.close()  # twice is once
    assert app.pictures == [document.picture]


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (("RGBA", "U8", "gone.icc"), XYZ),  # not even a document can be made
        (SRGB, ("RGBA", "U8", "gone.icc")),
    ],
)
def test_what_krita_cannot_convert_is_said(
    app: App, document: Document, source: tuple[str, str, str], target: tuple[str, str, str]
) -> None:
    with pytest.raises(Problem) as caught, closing(Converter(app)) as converter:
        converter.convert(PIXELS, BAND, ColorSpace(*source), ColorSpace(*target))
    assert caught.value.hint
    assert app.pictures == [document.picture]
    assert app.questions == 0


def test_a_second_space_that_is_unknown_is_said_too(app: App) -> None:
    with closing(Converter(app)) as converter:
        converter.convert(PIXELS, BAND, ColorSpace(*ADOBE), ColorSpace(*XYZ))
        with pytest.raises(Problem, match=r"gone\.icc"):
            converter.convert(PIXELS, BAND, ColorSpace("RGBA", "U8", "gone.icc"), ColorSpace(*XYZ))
    assert app.pictures == []


def test_the_artists_picture_is_left_alone(app: App, document: Document) -> None:
    document.add_layer(PIXELS, (0, 0, 5, 3))
    with closing(Converter(app)) as converter:
        converter.convert(PIXELS, BAND, ColorSpace(*SRGB), ColorSpace(*XYZ))
        hidden = app.pictures[-1]
        assert hidden is not document.picture
        assert hidden.history != []  # there it costs nothing
    assert document.picture.history == []
    assert document.layers() == ["paint"]
    assert not document.modified()
    assert app.activeDocument() == document


def test_somebody_else_closes_the_document(app: App, document: Document) -> None:
    """The artist closes all that is open, or another plug-in does."""
    with closing(Converter(app)) as converter:
        first = converter.convert(PIXELS, BAND, ColorSpace(*ADOBE), ColorSpace(*XYZ))
        app.documents()[-1].close_anyway()
        assert app.pictures == [document.picture]
        assert converter.convert(PIXELS, BAND, ColorSpace(*ADOBE), ColorSpace(*XYZ)) == first
        assert len(app.pictures) == 2
        app.documents()[-1].close_anyway()
    assert app.pictures == [document.picture]
    assert app.questions == 0


def test_an_exception_inside_closes_the_document(app: App) -> None:
    def fail() -> None:
        with closing(Converter(app)) as converter:
            converter.convert(PIXELS, BAND, ColorSpace(*ADOBE), ColorSpace(*XYZ))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert app.pictures == []
    assert app.questions == 0
