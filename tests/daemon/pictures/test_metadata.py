"""What a file says about its picture survives, in its own format and in others."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from picture_files import ICC, XMP, exif_block, noise
from PIL import Image, PngImagePlugin

from daemon.pictures.files import format_of, load, save
from daemon.pictures.fit import fit


def described(path: Path) -> dict[str, Any]:
    """What Pillow finds in a file, in a form that can be compared."""
    with Image.open(path) as image:
        exif = image.getexif()
        dpi = image.info.get("dpi")
        xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
        return {
            "icc": image.info.get("icc_profile"),
            "xmp": xmp.encode() if isinstance(xmp, str) else xmp,
            "dpi": dpi and tuple(round(float(value)) for value in dpi),
            "exif": {tag: exif[tag] for tag in (0x013B, 0x8298) if tag in exif},
            "time": dict(exif.get_ifd(0x8769)).get(0x9003),
            "place": dict(exif.get_ifd(0x8825)).get(1),
        }


def lies_as(path: Path) -> tuple[int, int, int]:
    """Width and height as stored, and the orientation tag. Pillow hides both in TIFF by turning the picture."""
    if path.suffix == ".tif":
        with tifffile.TiffFile(path) as file:
            page = file.pages.first
            return page.imagewidth, page.imagelength, page.tags.valueof(0x0112)
    with Image.open(path) as image:
        return *image.size, image.getexif()[0x0112]


@pytest.fixture
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A picture with every kind of metadata, in the format that the test names."""
    suffix = request.param
    image = Image.fromarray(noise(20, 30, 3, np.uint8))
    path = tmp_path / f"in.{suffix}"
    options: dict[str, Any] = {"exif": exif_block().tobytes(), "icc_profile": ICC, "dpi": (300, 300)}
    if suffix == "png":
        text = PngImagePlugin.PngInfo()
        text.add_text("Software", "Krita")
        text.add_itxt("XML:com.adobe.xmp", XMP.decode())
        image.save(path, pnginfo=text, **options)
    elif suffix == "tif":
        exif = exif_block()
        exif[700] = XMP
        image.save(path, **{**options, "exif": exif.tobytes()})
    else:
        image.save(path, xmp=XMP, **options)
    return path


@pytest.mark.parametrize("source", ["png", "jpg", "webp", "tif"], indirect=True)
@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif"])
def test_metadata_survives_in_every_format(source: Path, suffix: str, tmp_path: Path) -> None:
    target = tmp_path / f"out.{suffix}"
    picture = load(source)
    save(fit(picture, format_of(target), source.name), target)
    before, after = described(source), described(target)
    if "webp" in (suffix, source.suffix[1:]):  # WebP has no place for the resolution
        before["dpi"] = after["dpi"] = None
    assert after == before
    assert after["exif"]
    assert lies_as(target) == (30, 20, 6), "the orientation tag is kept and the pixels are not turned"


@pytest.mark.parametrize("source", ["png"], indirect=True)
def test_png_text_and_time_of_capture_are_kept_as_they_are(source: Path, tmp_path: Path) -> None:
    save(fit(load(source), "PNG", "in.png"), tmp_path / "out.png")
    with Image.open(tmp_path / "out.png") as image:
        assert image.info["Software"] == "Krita"


def test_jpeg_keeps_iptc_and_comments(tmp_path: Path) -> None:
    Image.fromarray(noise(8, 8, 3, np.uint8)).save(tmp_path / "in.jpg", comment=b"by hand")
    data = (tmp_path / "in.jpg").read_bytes()
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x0b\x1c\x02\x74\0\x06Artist\0"
    data = data[:2] + b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc + data[2:]
    (tmp_path / "in.jpg").write_bytes(data)
    save(fit(load(tmp_path / "in.jpg"), "JPEG", "in.jpg"), tmp_path / "out.jpg")
    written = (tmp_path / "out.jpg").read_bytes()
    assert iptc in written
    assert b"by hand" in written
