"""Reading and writing picture files: nothing is lost on the way through, and nothing but a picture gets in."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from daemon.pictures import format_of, load, save, write_file
from daemon.pictures_fit import fit
from daemon.pictures_model import PictureError
from shared.protocol import Limits

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rights>The Artist</rights></x:xmpmeta>'
ICC = imagecodecs.cms_profile(
    "rgb", whitepoint=[0.3127, 0.3290, 1.0], primaries=[0.64, 0.33, 1.0, 0.21, 0.71, 1.0, 0.15, 0.06, 1.0], gamma=2.2
)
SIZES = ((1, 1), (3, 5), (17, 4099), (4099, 17), (64, 48))


def noise(height: int, width: int, channels: int, dtype: Any, seed: int = 0) -> np.ndarray[Any, Any]:
    """Random samples; float ones reach beyond 0…1, as scene-referred pictures do."""
    random = np.random.default_rng(seed)
    if np.dtype(dtype).kind == "f":
        return random.uniform(-0.1, 1.3, (height, width, channels)).astype(dtype)
    return random.integers(0, np.iinfo(dtype).max, (height, width, channels), dtype=dtype, endpoint=True)


def squeezed(samples: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return samples[:, :, 0] if samples.shape[2] == 1 else samples


def exif_block(orientation: int = 6) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x013B] = "The Artist"
    exif[0x8298] = "All rights reserved"
    exif[0x8769] = {0x9003: "2024:05:06 07:08:09", 0x829A: (1, 125)}
    exif[0x8825] = {1: "N", 2: (48.0, 8.0, 12.0)}
    return exif


def write_tiff(path: Path, samples: np.ndarray[Any, Any], **options: Any) -> None:
    photometric = {1: "minisblack", 2: "minisblack", 3: "rgb", 4: "rgb"}[samples.shape[2]]
    options = {"photometric": photometric, "metadata": None, **options}
    if samples.shape[2] in (2, 4) and options["photometric"] != "separated":
        options.setdefault("extrasamples", ["unassalpha"])
    tifffile.imwrite(path, squeezed(samples), **options)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_png_comes_back_as_it_was(tmp_path: Path, channels: int, dtype: Any, size: tuple[int, int]) -> None:
    samples = noise(*size, channels, dtype)
    (tmp_path / "in.png").write_bytes(imagecodecs.png_encode(squeezed(samples)))
    picture = load(tmp_path / "in.png")
    save(fit(picture, "PNG", "in.png"), tmp_path / "out.png")
    assert (picture.colours, picture.alpha is not None) == (1 if channels < 3 else 3, channels in (2, 4))
    written = imagecodecs.png_decode((tmp_path / "out.png").read_bytes())
    assert written.dtype == dtype
    assert np.array_equal(written, squeezed(samples))


@pytest.mark.parametrize("compression", [None, "zlib", "lzw", "zstd"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float16, np.float32, np.float64])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_tiff_comes_back_as_it_was(tmp_path: Path, channels: int, dtype: Any, compression: str | None) -> None:
    for number, size in enumerate(SIZES):
        samples = noise(*size, channels, dtype)
        source, target = tmp_path / f"{number}.tif", tmp_path / f"{number}.out.tif"
        write_tiff(source, samples, compression=compression, predictor=bool(compression))
        picture = load(source)
        save(fit(picture, "TIFF", source.name), target)
        with tifffile.TiffFile(target) as file, tifffile.TiffFile(source) as original:
            page, before = file.pages[0], original.pages[0]
            assert page.dtype == dtype
            assert np.array_equal(page.asarray(), squeezed(samples))
            assert (page.compression, page.predictor) == (before.compression, before.predictor)
            assert page.extrasamples == before.extrasamples


@pytest.mark.parametrize("options", [{"byteorder": ">"}, {"tile": (32, 16)}, {"bigtiff": True}], ids=str)
def test_tiff_in_other_layouts_is_read(tmp_path: Path, options: dict[str, Any]) -> None:
    samples = noise(50, 70, 3, np.uint16)
    write_tiff(tmp_path / "in.tif", samples, **options)
    save(fit(load(tmp_path / "in.tif"), "TIFF", "in.tif"), tmp_path / "out.tif")
    assert np.array_equal(tifffile.imread(tmp_path / "out.tif"), samples)


def test_tiff_in_planes_is_read(tmp_path: Path) -> None:
    samples = noise(50, 70, 3, np.uint8)
    planes = np.moveaxis(samples, 2, 0)
    tifffile.imwrite(tmp_path / "in.tif", planes, photometric="rgb", planarconfig="separate", metadata=None)
    assert np.array_equal(load(tmp_path / "in.tif").samples, samples)


def test_tiff_cmyk_and_extra_channels_are_kept(tmp_path: Path) -> None:
    samples = noise(20, 30, 6, np.uint8)
    tifffile.imwrite(
        tmp_path / "in.tif", samples, photometric="separated", extrasamples=["unassalpha", "unspecified"], metadata=None
    )
    picture = load(tmp_path / "in.tif")
    assert (picture.colours, picture.alpha) == (4, 4)
    assert any("extra channels" in note for note in picture.notes)
    save(fit(picture, "TIFF", "in.tif"), tmp_path / "out.tif")
    with tifffile.TiffFile(tmp_path / "out.tif") as file:
        assert np.array_equal(file.pages[0].asarray(), samples)
        assert file.pages[0].photometric == tifffile.PHOTOMETRIC.SEPARATED


def test_tiff_with_white_as_zero_looks_the_same(tmp_path: Path) -> None:
    samples = noise(9, 7, 1, np.uint8)
    write_tiff(tmp_path / "in.tif", samples, photometric="miniswhite")
    assert np.array_equal(load(tmp_path / "in.tif").samples, 255 - samples)


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("size", [(1, 1), (3, 5), (17, 4099)], ids=str)
def test_lossless_webp_comes_back_as_it_was(tmp_path: Path, size: tuple[int, int], channels: int) -> None:
    samples = noise(*size, channels, np.uint8)
    Image.fromarray(samples).save(tmp_path / "in.webp", lossless=True, exact=True)
    picture = fit(load(tmp_path / "in.webp"), "WebP", "in.webp")
    save(picture, tmp_path / "out.webp")
    with Image.open(tmp_path / "out.webp") as image:
        assert np.array_equal(np.array(image), samples)
    assert not any("compresses" in note for note in picture.notes)


def test_lossy_webp_stays_lossy_and_says_so(tmp_path: Path) -> None:
    Image.fromarray(noise(64, 64, 3, np.uint8)).save(tmp_path / "in.webp", quality=60)
    picture = fit(load(tmp_path / "in.webp"), "WebP", "in.webp")
    save(picture, tmp_path / "out.webp")
    assert b"VP8L" not in (tmp_path / "out.webp").read_bytes()
    assert any("compresses" in note for note in picture.notes)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg_keeps_its_mode_and_nearly_its_pixels(tmp_path: Path, mode: str) -> None:
    ramp = np.add.outer(np.arange(96), np.arange(64)).astype(np.uint8)
    Image.fromarray(ramp).convert("RGB").convert(mode).save(tmp_path / "in.jpg", quality=92)
    picture = fit(load(tmp_path / "in.jpg"), "JPEG", "in.jpg")
    save(picture, tmp_path / "out.jpg")
    with Image.open(tmp_path / "in.jpg") as before, Image.open(tmp_path / "out.jpg") as after:
        assert after.mode == mode
        assert np.abs(np.array(after).astype(int) - np.array(before).astype(int)).mean() < 1
        assert mode != "RGB" or all(layer[1:3] == (1, 1) for layer in getattr(after, "layer"))  # noqa: B009


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
            page = file.pages[0]
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


def test_palette_becomes_full_colour_with_a_note(tmp_path: Path) -> None:
    image = Image.fromarray(noise(16, 16, 3, np.uint8)).quantize(16)
    cases: dict[str, dict[str, Any]] = {"in.png": {"transparency": 3}, "in.tif": {}}
    for name, options in cases.items():
        image.save(tmp_path / name, **options)
        picture = load(tmp_path / name)
        with Image.open(tmp_path / name) as again:
            expected = np.array(again.convert("RGBA" if options else "RGB"))
        assert np.array_equal(picture.samples, expected)
        assert any("palette" in note for note in picture.notes)


def test_bilevel_becomes_gray(tmp_path: Path) -> None:
    bits = np.random.default_rng(0).random((9, 13)) > 0.5
    for name in ("in.png", "in.tif"):
        Image.fromarray(bits).save(tmp_path / name)
        picture = load(tmp_path / name)
        assert np.array_equal(picture.samples[:, :, 0], bits * np.uint8(255))
        assert picture.notes


def test_converting_says_what_is_rounded(tmp_path: Path) -> None:
    samples = noise(12, 10, 3, np.uint16)
    (tmp_path / "in.png").write_bytes(imagecodecs.png_encode(samples))
    picture = load(tmp_path / "in.png")
    for format in ("JPEG", "WebP"):
        fitted = fit(picture, format, "in.png")
        assert np.array_equal(fitted.samples, np.rint(samples / 257).astype(np.uint8))
        assert any("16 bits" in note for note in fitted.notes)
    write_tiff(tmp_path / "in.tif", noise(12, 10, 3, np.float32))
    fitted = fit(load(tmp_path / "in.tif"), "PNG", "in.tif")
    assert fitted.samples.dtype == np.uint16
    assert any("floating-point" in note for note in fitted.notes)


def test_what_would_be_lost_is_refused(tmp_path: Path) -> None:
    samples = noise(12, 10, 4, np.uint8)
    Image.fromarray(samples).save(tmp_path / "a.png")
    with pytest.raises(PictureError, match="transparency"):
        fit(load(tmp_path / "a.png"), "JPEG", "a.png")
    samples[:, :, 3] = 255
    Image.fromarray(samples).save(tmp_path / "opaque.png")
    assert fit(load(tmp_path / "opaque.png"), "JPEG", "opaque.png").samples.shape == (12, 10, 3)
    Image.new("CMYK", (4, 4)).save(tmp_path / "c.jpg")
    for format in ("PNG", "WebP"):
        with pytest.raises(PictureError, match="CMYK"):
            fit(load(tmp_path / "c.jpg"), format, "c.jpg")
    Image.new("L", (16_384, 1)).save(tmp_path / "wide.png")
    with pytest.raises(PictureError, match="too large for WebP"):
        fit(load(tmp_path / "wide.png"), "WebP", "wide.png")


def animation(path: Path) -> None:
    frames = [Image.fromarray(noise(8, 8, 3, np.uint8, seed)) for seed in range(3)]
    options: dict[str, Any] = {"save_all": True, "append_images": frames[1:]}
    frames[0].save(path, **options)


@pytest.mark.parametrize(("name", "word"), [("a.png", "animation"), ("a.webp", "animation"), ("a.tif", "pages")])
def test_more_than_one_picture_is_refused(tmp_path: Path, name: str, word: str) -> None:
    animation(tmp_path / name)
    with pytest.raises(PictureError, match=word):
        load(tmp_path / name)


def test_a_preview_in_a_tiff_is_left_out_with_a_note(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "in.tif") as file:
        file.write(noise(32, 32, 3, np.uint8), photometric="rgb", metadata=None)
        file.write(noise(8, 8, 3, np.uint8), photometric="rgb", metadata=None, subfiletype=1)
    assert any("preview" in note for note in load(tmp_path / "in.tif").notes)


def test_not_a_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.png").write_text("Not a picture at all, only words.")
    Image.new("RGB", (4, 4)).save(tmp_path / "a.gif")
    for path in (tmp_path, tmp_path / "absent.png", *tmp_path.iterdir()):
        with pytest.raises(PictureError) as refusal:
            load(path)
        assert refusal.value.message.endswith(".")


def bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(65_536, 1), (20_000, 20_000), (2**31 - 1, 2**31 - 1)], ids=str)
def test_a_huge_picture_is_refused_before_it_is_decoded(tmp_path: Path, size: tuple[int, int]) -> None:
    (tmp_path / "bomb.png").write_bytes(bomb(*size))
    with pytest.raises(PictureError, match="too large"):
        load(tmp_path / "bomb.png")


def test_limits_are_the_callers(tmp_path: Path) -> None:
    Image.new("RGB", (11, 10)).save(tmp_path / "a.png")
    load(tmp_path / "a.png", Limits(pixels=110))
    with pytest.raises(PictureError, match="too large"):
        load(tmp_path / "a.png", Limits(pixels=109))


def valid_files() -> dict[str, bytes]:
    """One small file per format and way of packing it."""
    image = Image.fromarray(noise(24, 20, 3, np.uint8))
    files = {}
    cases: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("jpeg", "JPEG", {"exif": exif_block().tobytes(), "xmp": XMP}),
        ("webp", "WEBP", {"exif": exif_block().tobytes()}),
        ("lossless", "WEBP", {"lossless": True}),
        ("png", "PNG", {"exif": exif_block().tobytes(), "icc_profile": ICC}),
        ("tiff", "TIFF", {"exif": exif_block().tobytes(), "icc_profile": ICC}),
    )
    for name, format, options in cases:
        buffer = io.BytesIO()
        image.save(buffer, format, **options)
        files[name] = buffer.getvalue()
    packed: dict[str, dict[str, Any]] = {
        "tiff16": {"compression": "zlib", "predictor": True},
        "lzw": {"compression": "lzw"},
    }
    for name, options in packed.items():
        buffer = io.BytesIO()
        tifffile.imwrite(buffer, noise(24, 20, 4, np.uint16), photometric="rgb", metadata=None, **options)
        files[name] = buffer.getvalue()
    files["png16"] = imagecodecs.png_encode(noise(24, 20, 4, np.uint16))
    return files


FILES = valid_files()


def check_read(path: Path, data: bytes) -> bool:
    """Whether the file is accepted; a refusal has to be our sentence and nothing else. What is read can be written."""
    path.write_bytes(data)
    try:
        picture = load(path)
    except PictureError as error:
        refusal = error.message
    else:
        save(fit(picture, picture.format, path.name), path.with_name("again"), force=True)
        return True
    assert refusal.endswith(".")
    assert "\n" not in refusal
    return False


@pytest.mark.parametrize("name", FILES)
def test_every_cut_is_refused_or_harmless(tmp_path: Path, name: str) -> None:
    data = FILES[name]
    path = tmp_path / "cut"
    assert check_read(path, data)
    for length in sorted({*range(64), *np.linspace(64, len(data) * 3 // 4, 100).astype(int).tolist()}):
        assert not check_read(path, data[:length]), f"{length} of {len(data)} bytes were taken for a whole picture"
    for length in range(len(data) * 3 // 4, len(data), 7):
        check_read(path, data[:length])


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(sorted(FILES)),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_changed_bytes_never_end_in_a_traceback(tmp_path: Path, name: str, changes: list[tuple[float, int]]) -> None:
    data = bytearray(FILES[name])
    for place, value in changes:
        data[int(place * len(data))] = value
    check_read(tmp_path / "changed", bytes(data))


def test_output_is_never_half_a_file_and_never_over_another(tmp_path: Path) -> None:
    write_file(b"first", tmp_path / "a.bin")
    with pytest.raises(PictureError, match="exists already") as refusal:
        write_file(b"second", tmp_path / "a.bin")
    assert "--force" in refusal.value.hint
    assert (tmp_path / "a.bin").read_bytes() == b"first"
    write_file(b"second", tmp_path / "a.bin", force=True)
    assert (tmp_path / "a.bin").read_bytes() == b"second"
    with pytest.raises(PictureError, match="doesn't exist"):
        write_file(b"x", tmp_path / "nowhere" / "a.bin")
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(PictureError, match="is a folder"):
        write_file(b"x", tmp_path / "folder.png", force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.bin", "folder.png"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    full = tmp_path / f".a.png.{os.getpid()}.part"
    full.symlink_to("/dev/full")
    with pytest.raises(PictureError, match="can't be written"):
        write_file(b"x" * 100_000, tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_unknown_suffix_is_refused() -> None:
    assert format_of(Path("a.JPG")) == "JPEG"
    with pytest.raises(PictureError, match=r"\.psd doesn't end"):
        format_of(Path("a.psd"))


def test_damaged_metadata_costs_only_itself(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    data = bytearray(FILES["png"])
    data[data.index(b"iCCP") + 30] ^= 0xFF
    (tmp_path / "a.png").write_bytes(data)
    picture = load(tmp_path / "a.png")
    assert picture.metadata.icc is None
    assert picture.metadata.exif
    assert capfd.readouterr() == ("", ""), "libpng must not talk to the artist"
