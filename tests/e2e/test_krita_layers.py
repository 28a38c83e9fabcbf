"""All that a layer can be in Krita: colour models and depths, kinds of layers, selections, alpha, frames."""

from __future__ import annotations

import numpy as np
import pytest

from shared.problem import Problem
from tests.e2e.krita_app import KritaApp
from tests.e2e.krita_pictures import bgra
from tests.e2e.krita_shading import array, prepare, shade

WIDTH, HEIGHT = 240, 160
CURVES = (
    "sRGB-elle-V2-g10.icc",
    "sRGB-elle-V2-srgbtrc.icc",
    "Gray-D50-elle-V2-g10.icc",
    "Gray-D50-elle-V2-srgbtrc.icc",
)
MOST = 8  # levels of 8 bits that the engine moves a value by


@pytest.fixture
def photo(coffee: np.ndarray) -> np.ndarray:
    """A part of the coffee photograph as a layer of Krita's, (160, 240, 4) uint8."""
    return bgra(coffee[120:280, 160:400])


def open_photo(krita: KritaApp, photo: np.ndarray, intensity: str = "default") -> None:
    """The photograph as a document of 240 × 160."""
    prepare(krita, intensity=intensity)
    krita.run("new_document(240, 160, pixels=photo)", photo=photo.tobytes())


def encoded(krita: KritaApp, name: str, depth: str, profile: str) -> np.ndarray:
    """A layer's pixels as sRGB-encoded values in 0…255, alpha last. Where the curve is known it needs no rounding."""
    if profile not in CURVES:
        return array(krita.eval(f"srgb({name!r}, 0, 0, 240, 160)"), WIDTH, HEIGHT).astype(float)
    dtype, peak = {"U8": ("u1", 255), "U16": ("<u2", 65_535), "F16": ("<f2", 1), "F32": ("<f4", 1)}[depth]
    values = array(krita.eval(f"pixels({name!r})"), WIDTH, HEIGHT, dtype).astype(float) / peak
    colours = values[..., :-1]
    if profile.endswith("-g10.icc"):
        values[..., :-1] = np.where(colours <= 0.0031308, 12.92 * colours, 1.055 * colours ** (1 / 2.4) - 0.055)
    return values * 255


@pytest.mark.parametrize(
    ("model", "depth", "profile"),
    [
        ("RGBA", "U16", "sRGB-elle-V2-g10.icc"),
        ("RGBA", "U16", "sRGB-elle-V2-srgbtrc.icc"),
        ("RGBA", "F16", "sRGB-elle-V2-g10.icc"),
        ("RGBA", "F32", "sRGB-elle-V2-g10.icc"),
        ("RGBA", "F32", "Rec2020-elle-V4-g10.icc"),
        ("RGBA", "U8", "ClayRGB-elle-V2-g22.icc"),
        ("GRAYA", "U8", "Gray-D50-elle-V2-srgbtrc.icc"),
        ("GRAYA", "U8", "Gray-D50-elle-V2-g22.icc"),
        ("GRAYA", "U16", "Gray-D50-elle-V2-g10.icc"),
        ("CMYKA", "U8", ""),
        ("LABA", "U16", ""),
    ],
)
def test_colour_models(krita: KritaApp, photo: np.ndarray, model: str, depth: str, profile: str) -> None:
    """The new layer has the document's colours, is as near to the original as promised, and is one step to undo."""
    prepare(krita)
    krita.run(
        """
        made = app.createDocument(8, 8, "source", "RGBA", "U8", SRGB, 72.0)
        copy = made.createNode("copy", "paintlayer")
        copy.setPixelData(photo, 0, 0, 240, 160)
        target = app.createDocument(240, 160, "picture", model, depth, profile, 72.0)
        copy.setColorSpace(target.colorModel(), target.colorDepth(), target.colorProfile())
        data = copy.pixelData(0, 0, 240, 160).data()
        made.setModified(False); made.close()
        target.setBatchmode(True)
        app.activeWindow().addView(target)
        target.topLevelNodes()[0].setName("Background")
        target.topLevelNodes()[0].setPixelData(data, 0, 0, 240, 160)
        target.setActiveNode(target.topLevelNodes()[0])
        target.waitForDone()
        target.setModified(False)
        """,
        photo=photo.tobytes(), model=model, depth=depth, profile=profile,
    )  # fmt: skip
    report = shade(krita)
    assert report["shift"]["mean"] > 0.02
    space = "[{0}.colorModel(), {0}.colorDepth(), {0}.colorProfile()]"
    assert krita.eval(space.format("layer('Background (shaded)')")) == krita.eval(space.format("doc()"))
    before, after = (encoded(krita, name, depth, profile) for name in ("Background", "Background (shaded)"))
    moved = np.abs(after - before)
    assert moved[..., -1].max() == 0
    # Dark values of 16 bits in linear light are coarse; other colours are compared in sRGB, which rounds once more.
    # Four inks in 8 bits are coarse indeed: there a pixel in a hundred may be off.
    most = np.percentile(moved, 99) if model == "CMYKA" else moved.max()
    assert 2 <= most <= MOST + (0.1 if profile in CURVES else 4)
    assert (moved[..., :-1].max(-1) > 0).mean() > 0.5
    # One step for the artist, although colours were converted there and back.
    krita.run("app.action('edit_undo').trigger()")
    krita.until("layers() == ['Background']", "undo")


def test_wide_gamut_stays_wide(krita: KritaApp, photo: np.ndarray) -> None:
    """Colours outside of sRGB aren't cut off, neither in a wide space nor brighter than white."""
    prepare(krita)
    krita.run("new_document(240, 160, 'RGBA', 'U8', 'ClayRGB-elle-V2-g22.icc', bytes([0, 255, 0, 255]))")
    shade(krita)
    after = array(krita.eval("pixels(layers()[-1])"), WIDTH, HEIGHT)
    assert after[..., 1].min() >= 240
    assert np.median(after[..., [0, 2]]) < 30
    krita.tidy()
    bright = np.full((HEIGHT, WIDTH, 4), 4.0, np.float32)
    bright[:, : WIDTH // 2, :3] = array(photo.tobytes(), WIDTH, HEIGHT)[:, : WIDTH // 2, 2::-1] / np.float32(255)
    bright[..., 3] = 1
    krita.run("new_document(240, 160, 'RGBA', 'F32', 'sRGB-elle-V2-g10.icc', data)", data=bright.tobytes())
    shade(krita)
    after = array(krita.eval("pixels(layers()[-1])"), WIDTH, HEIGHT, "<f4")
    assert np.array_equal(after[:, WIDTH // 2 :], bright[:, WIDTH // 2 :])
    assert not np.array_equal(after[:, : WIDTH // 2], bright[:, : WIDTH // 2])


def test_kinds_of_layers(krita: KritaApp, photo: np.ndarray) -> None:
    """Group, vector, clone and fill layers, and a layer with a mask: what is seen of each is shaded, right above it."""
    open_photo(krita, photo, "high")  # which shades flat colour too
    krita.run(
        """
        from krita import InfoObject, Selection
        root = doc().rootNode()
        group = doc().createGroupLayer("group")
        root.addChildNode(group, None)
        inner = doc().createNode("inner", "paintlayer")
        inner.setPixelData(photo, 0, 0, 240, 160)
        group.addChildNode(inner, None)
        clone = doc().createCloneLayer("clone", inner)
        root.addChildNode(clone, None)
        vector = doc().createVectorLayer("vector")
        root.addChildNode(vector, None)
        vector.addShapesFromSvg('<svg width="240" height="160" viewBox="0 0 240 160">'
                                '<rect x="20" y="20" width="120" height="100" fill="#804020"/></svg>')
        everything = Selection()
        everything.select(0, 0, 240, 160, 255)
        fill = doc().createFillLayer("fill", "pattern", InfoObject(), everything)
        root.addChildNode(fill, None)
        masked = doc().createNode("masked", "paintlayer")
        masked.setPixelData(photo, 0, 0, 240, 160)
        root.addChildNode(masked, None)
        mask = doc().createNode("mask", "transparencymask")
        masked.addChildNode(mask, None)
        doc().waitForDone()
        mask.setPixelData(bytes(240 * 160), 0, 0, 240, 160)
        mask.setPixelData(bytes([255]) * (100 * 80), 30, 40, 100, 80)
        doc().refreshProjection()
        doc().waitForDone()
        """,
        photo=photo.tobytes(),
    )
    for name in ("inner", "group", "clone", "vector", "fill", "mask"):
        krita.run("doc().setActiveNode(layer(name))", name=name)
        krita.until("node().type().endswith('mask') or node().bounds().width()", f"{name} being drawn")
        krita.until(f"node().name() == {name!r}", "the active layer")
        report = shade(krita)
        of = "masked" if name == "mask" else name
        parent = "layer(of).parentNode().childNodes()"
        order = krita.eval(f"[each.name() for each in {parent}]", of=of)
        assert order[order.index(of) + 1] == f"{of} (shaded)"
        x, y, width, height = krita.eval("(lambda b: [b.x(), b.y(), b.width(), b.height()])(layer(of).bounds())")
        before, after = (
            array(krita.eval("pixels(which, x, y, w, h)", which=which, x=x, y=y, w=width, h=height), width, height)
            for which in (of, f"{of} (shaded)")
        )
        assert np.array_equal(after[..., 3], before[..., 3]), name
        assert np.array_equal(after[before[..., 3] == 0], before[before[..., 3] == 0]), name
        moved = np.abs(after.astype(int) - before)[before[..., 3] > 0]
        assert 0 < moved.max() <= MOST, (name, report)


def test_a_feathered_selection(krita: KritaApp, photo: np.ndarray) -> None:
    """Outside of it nothing changes, at its soft edge less than inside."""
    open_photo(krita, photo)
    krita.run(
        """
        from krita import Selection
        chosen = Selection()
        chosen.select(60, 40, 120, 80, 255)
        chosen.feather(8)
        doc().setSelection(chosen)
        """
    )
    weights = array(krita.eval("doc().selection().pixelData(0, 0, 240, 160)"), WIDTH, HEIGHT)[..., 0]
    shade(krita)
    moved = np.abs(array(krita.eval("pixels('Background (shaded)')"), WIDTH, HEIGHT).astype(int) - photo).max(-1)
    assert moved[weights == 0].max() == 0
    inside, edge = moved[weights == 255].mean(), moved[(weights > 0) & (weights < 128)].mean()
    assert inside > 0.5
    assert edge < inside / 2
    krita.run("chosen = Selection(); chosen.select(0, 0, 5, 5, 255); doc().setSelection(chosen)")
    krita.run("add_layer('beside', 100, 100, 20, 20, data)", data=bytes([9, 9, 9, 255]) * 400)
    krita.run("trigger('shade_layer_again')")
    krita.until("controller.failures", "the failure")
    assert krita.eval("controller.failures[0].line") == Problem("editor.selection_elsewhere", name="beside").told


def test_a_layer_larger_than_the_canvas(krita: KritaApp, coffee: np.ndarray) -> None:
    """What lies off the canvas is kept as it is, whether the layer is copied or flattened."""
    prepare(krita)
    large = bgra(coffee)
    krita.run("new_document(240, 160)")
    krita.run("add_layer('large', -100, -60, 600, 400, data)", data=large.tobytes())
    krita.run(
        """
        group = doc().createGroupLayer("group")
        doc().rootNode().addChildNode(group, None)
        group.addChildNode(layer("large").duplicate(), None)
        group.childNodes()[0].setName("inside")
        doc().waitForDone()
        """
    )
    for name in ("large", "group"):
        krita.run("doc().setActiveNode(layer(name))", name=name)
        krita.until(f"node().name() == {name!r}", "the active layer")
        shade(krita)
        after = array(krita.eval("pixels(name + ' (shaded)', -100, -60, 600, 400)", name=name), 600, 400)
        moved = np.abs(after.astype(int) - large).max(-1)
        canvas = np.zeros(moved.shape, bool)
        canvas[60:220, 100:340] = True
        assert moved[~canvas].max() == 0
        assert moved[canvas].mean() > 0.5


def test_a_translucent_layer_is_hidden_with_undo(krita: KritaApp, photo: np.ndarray) -> None:
    """It would shine through. An undo shows it again, a redo hides it again."""
    prepare(krita)
    soft = photo.copy()
    soft[..., 3] = np.linspace(0, 255, WIDTH).astype(np.uint8)
    krita.run("new_document(240, 160)")
    krita.run("add_layer('soft', 0, 0, 240, 160, data).setOpacity(200)", data=soft.tobytes())
    krita.run("doc().refreshProjection(); doc().waitForDone()")
    seen = array(krita.eval("doc().pixelData(0, 0, 240, 160)"), WIDTH, HEIGHT).astype(int)
    shade(krita)
    assert not krita.eval("layer('soft').visible()")
    assert krita.eval("layer('soft (shaded)').opacity()") == 200
    after = array(krita.eval("pixels('soft (shaded)')"), *krita.eval("[layer('soft (shaded)').bounds().width(), 160]"))
    assert np.array_equal(after[..., 3], soft[:, -after.shape[1] :, 3])
    krita.run("doc().refreshProjection(); doc().waitForDone()")
    now = array(krita.eval("doc().pixelData(0, 0, 240, 160)"), WIDTH, HEIGHT).astype(int)
    assert np.array_equal(now[..., 3], seen[..., 3])
    krita.run("app.action('edit_undo').trigger()")
    krita.until("layer('soft').visible()", "the original being shown again")
    krita.run("app.action('edit_redo').trigger()")
    krita.until("not layer('soft').visible()", "the original being hidden again")


def test_a_frame_of_an_animation(krita: KritaApp, photo: np.ndarray) -> None:
    """The frame at the current time is shaded; the other frames of the new layer are those of the old one."""
    open_photo(krita, photo, "high")  # which shades flat colour too
    krita.run("name = layers()[0]; layer(name).enableAnimation()")
    krita.run("doc().setCurrentTime(5)")
    krita.until("doc().currentTime() == 5", "the fifth frame")
    krita.run("trigger('add_blank_frame')")
    krita.until("layer(name).hasKeyframeAtTime(5)", "a key frame")
    red = bytes([0, 0, 200, 255]) * (WIDTH * HEIGHT)
    krita.run("layer(name).setPixelData(red, 0, 0, 240, 160); doc().refreshProjection(); doc().waitForDone()", red=red)
    shade(krita)
    at_five = array(krita.eval("pixels(name + ' (shaded)', 0, 0, 240, 160)"), WIDTH, HEIGHT).astype(int)
    assert 0 < np.abs(at_five - array(red, WIDTH, HEIGHT)).max() <= MOST
    krita.run("doc().setCurrentTime(0)")
    krita.until("pixels(name, 0, 0, 240, 160) == photo", "the first frame")
    krita.until("pixels(name + ' (shaded)', 0, 0, 240, 160) == photo", "the first frame of the new layer")


def test_the_visible_image(krita: KritaApp, photo: np.ndarray) -> None:
    """All that is seen becomes one layer on top."""
    open_photo(krita, photo)
    krita.run("add_layer('dot', 10, 10, 20, 20, data)", data=bytes([200, 100, 50, 128]) * 400)
    krita.run("doc().refreshProjection(); doc().waitForDone()")
    seen = array(krita.eval("doc().pixelData(0, 0, 240, 160)"), WIDTH, HEIGHT)
    krita.run("app.writeSetting('belladonna', 'what', 'image')")
    shade(krita)
    assert krita.eval("layers()[-1]") == "Visible image (shaded)"
    moved = np.abs(array(krita.eval("pixels('Visible image (shaded)')"), WIDTH, HEIGHT).astype(int) - seen)
    assert 0 < moved.max() <= MOST
