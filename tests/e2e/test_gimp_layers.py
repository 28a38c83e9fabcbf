"""What is seen of a layer in a real GIMP 3 is what is shaded, in every precision and colour space. Nothing else moves.

The daemon's engine turns colours around (1 − value), or leaves the picture as it is.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.problem import Problem
from tests.e2e.real_gimp import RunningGimp

pytestmark = pytest.mark.timeout(900)  # the first test may have to wait for a whole Debian

SAME = "then=alias"  # has the engine leave the picture as it is

PROFILES = {
    "RGB": ["None", "Gimp.ColorProfile.new_rgb_adobe()", "Gimp.ColorProfile.new_rgb_srgb()"],
    "GRAY": ["None", "Gimp.ColorProfile.new_d50_gray_lab_trc()"],
}
PRECISIONS = [
    f"{depth}_{curve}"
    for depth in ("U8", "U16", "U32", "HALF", "FLOAT", "DOUBLE")
    for curve in ("LINEAR", "NON_LINEAR", "PERCEPTUAL")
]


@pytest.mark.parametrize("model", PROFILES)
def test_every_precision_and_profile(gimp: RunningGimp, model: str) -> None:
    """What was selected is turned around; what wasn't is as it was, to the last bit, also right beside the change."""
    for profile in PROFILES[model]:
        for precision in PRECISIONS:
            found = gimp.do(f"result = turned_around({model!r}, {precision!r}, {profile})")
            name = f"{model} {profile} {precision}: {found}"
            assert found["kept"], name
            assert found["format"], name
            assert found["off"] <= coarseness(profile, precision), name


def coarseness(profile: str, precision: str) -> float:
    """How far a value of sRGB can be from what a format holds of it.

    8 bits are few for dark colours, in linear light and where the channels of another space are mixed into one.
    """
    if precision == "U8_LINEAR" or ("adobe" in profile and precision.startswith("U8")):
        return 0.06
    return 0.006 if precision.startswith(("U8", "HALF")) else 0.002


KINDS = {
    "alpha": "",
    "opaque": "layer = base",
    "opacity and mode": "layer.set_opacity(60); layer.set_mode(Gimp.LayerMode.MULTIPLY)",
    "mask": """
mask = layer.create_mask(Gimp.AddMaskType.WHITE); layer.add_mask(mask)
fill(mask, "Y u8", random_bytes(40 * 50))""",
    "mask turned off": """
mask = layer.create_mask(Gimp.AddMaskType.BLACK); layer.add_mask(mask); layer.set_apply_mask(False)""",
    "filter": """
layer.append_filter(Gimp.DrawableFilter.new(layer, "gegl:invert-gamma", "turned around"))""",
    "shadow and mask": """
layer.append_filter(Gimp.DrawableFilter.new(layer, "gegl:dropshadow", "shadow"))
mask = layer.create_mask(Gimp.AddMaskType.WHITE); layer.add_mask(mask)""",
    "group": """
group = Gimp.GroupLayer.new(image, "group"); image.insert_layer(group, None, 1); image.reorder_item(layer, group, 0)
group.set_opacity(70); layer = group""",
    "group with a filter": """
group = Gimp.GroupLayer.new(image, "group"); image.insert_layer(group, None, 1); image.reorder_item(layer, group, 0)
group.append_filter(Gimp.DrawableFilter.new(group, "gegl:invert-gamma", "turned around")); layer = group""",
    "inside a group": """
group = Gimp.GroupLayer.new(image, "group"); image.insert_layer(group, None, 0); image.reorder_item(layer, group, 0)
group.set_offsets(-6, 15)""",
    "text": """
layer = Gimp.TextLayer.new(image, "dog", Gimp.context_get_font(), 30, Gimp.Unit.pixel())
image.insert_layer(layer, None, 0); layer.set_offsets(20, -4)""",
    "visible": "what = 'image'",
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_unchanged_picture_looks_as_before(gimp: RunningGimp, kind: str) -> None:
    """Whatever makes up what is seen of a layer: its copy looks the same in its place, and the layer stays as it is."""
    found = gimp.do(f"""
image, base, layer = scene()
what = "layer"
{KINDS[kind]}
before = seen(image)
nature = lambda: [type(layer).__name__, layer.get_name(), len(layer.get_filters()), layer.get_mask() is not None]
was = nature()
status, problem, shaded = shade(image, [layer], concept={SAME!r}, what=what)
assert status == "success", problem
siblings = (shaded.get_parent().get_children() if shaded.get_parent() else image.get_layers())
result = dict(
    difference=difference(before, seen(image)),
    kept=was == nature(),
    above=siblings.index(shaded) - (siblings.index(layer) if what == "layer" else 1),
    plain=type(shaded).__name__,
    source_seen=layer.get_visible(),
    selected=[each.get_name() for each in image.get_selected_layers()] == [layer.get_name()],
)
image.delete()
""")
    assert found == {
        "difference": found["difference"],
        "kept": True,
        "above": -1,
        "plain": "Layer",
        "source_seen": kind in ("opaque", "visible"),
        "selected": kind != "visible" or found["selected"],
    }
    assert found["difference"] <= 1


def test_the_change_is_where_the_layer_is(gimp: RunningGimp) -> None:
    """Offsets, negative ones too, and a drop shadow that makes the layer larger than it was."""
    found = gimp.do("""
image, base, layer = scene()
fill(layer, "R'G'B'A u8", bytes([10, 60, 200, 255]) * (40 * 50))
shadow = Gimp.DrawableFilter.new(layer, "gegl:dropshadow", "shadow")
shadow.get_config().set_property("x", 20.0); layer.append_filter(shadow)
status, problem, shaded = shade(image, [layer])
assert status == "success", problem
after, below = seen(image), pixels(base, "R'G'B'A u8")
at = lambda data, x, y: list(data[(y * 90 + x) * 4:][:4])
result = dict(
    inside=[at(after, 0, 15), at(after, 33, 59)],
    shadow=at(after, 40, 45) != at(below, 40, 45),
    outside=[at(after, x, y) == at(below, x, y) for x, y in ((0, 0), (89, 5), (89, 30))],
)
image.delete()
""")
    assert found == {"inside": [[245, 195, 55, 255]] * 2, "shadow": True, "outside": [True] * 3}


# ── shaded layers ──


def test_shading_again_never_shades_the_shaded_layer(gimp: RunningGimp) -> None:
    found = gimp.do("""
image, base, layer = scene()
result = dict(stacks=[])
def again(chosen, **more):
    status, problem, shaded = shade(image, [chosen], **more)
    assert status == "success", problem
    result["stacks"].append(stack(image))
    return shaded
first = again(layer)
second = again(first)
result["equal"] = pixels(first) == pixels(second)
third = again(base, what="image")
fourth = again(base, what="image")
result["equal_images"] = pixels(third) == pixels(fourth)
result["refused"] = shade(image, [fourth])[:2]
image.remove_layer(layer)
result["gone"] = shade(image, [second])[:2]
image.delete()
""")
    base = ["base", True]
    assert found["stacks"] == [
        [["paint (shaded)", True], ["paint", False], base],
        [["paint (shaded)", False], ["paint (shaded) #1", True], ["paint", False], base],
        [
            *(["Visible image (shaded)", True], ["paint (shaded)", False]),
            *(["paint (shaded) #1", False], ["paint", False], base),
        ],
        [
            *(["Visible image (shaded) #1", True], ["Visible image (shaded)", False]),
            *(["paint (shaded)", False], ["paint (shaded) #1", False], ["paint", False], base),
        ],
    ]
    assert found["equal"]
    assert found["equal_images"]
    for which, name in (("refused", "Visible image (shaded) #1"), ("gone", "paint (shaded) #1")):
        assert found[which] == ["execution-error", Problem("editor.already_shaded", name=name).told]


def test_renamed_saved_and_opened_again_it_is_still_known(gimp: RunningGimp, tmp_path: Path) -> None:
    """A name is no mark either: an artist's own "study (shaded)" is shaded like any other layer."""
    saved = str(tmp_path / "marked.xcf")
    found = gimp.do(f"""
image, base, layer = scene()
layer.set_name("study (shaded)")
status, problem, first = shade(image, [layer])
assert status == "success", problem
first.set_name("final")
before = pixels(first)
save(image, {saved!r})
image.delete()
image = load({saved!r})
(final,) = [each for each in image.get_layers() if each.get_name() == "final"]
status, problem, second = shade(image, [final])
assert status == "success", problem
result = [stack(image), pixels(second) == before]
image.delete()
""")
    stack = [["final", False], ["study (shaded) (shaded)", True], ["study (shaded)", False], ["base", True]]
    assert found == [stack, True]


def test_the_visible_image_is_that_without_shaded_layers(gimp: RunningGimp) -> None:
    """Also where the layers' order isn't that in which they were made: GIMP numbers them again in a copy."""
    found = gimp.do(f"""
image, base, layer = scene()
more = [new_layer(image, Gimp.ImageType.RGBA_IMAGE, 4, 4, "hidden") for _ in range(3)]
for each in more:
    fill(each, "R'G'B'A u8", bytes([0, 0, 0, 255]) * 16)
    each.set_visible(False)
image.reorder_item(layer, None, 0)
before = seen(image)
for again in range(2):
    status, problem, shaded = shade(image, [layer])
    assert status == "success", problem
assert seen(image) != before
status, problem, shaded = shade(image, [layer], concept={SAME!r}, what="image")
assert status == "success", problem
result = [difference(before, pixels(shaded, "R'G'B'A u8")), [name for name, visible in stack(image) if visible]]
image.delete()
""")
    assert found[0] <= 1
    assert found[1] == ["Visible image (shaded)", "base"]


def test_duplicated_and_copied_layers(gimp: RunningGimp) -> None:
    """A duplicate is as shaded as its model. In another image, where its source isn't, it is refused.

    The other image has a layer of its own under the source's number. In a copy of the whole image, where GIMP numbers
    the layers again, the source is there.
    """
    found = gimp.do("""
image, base, layer = scene()
status, problem, first = shade(image, [layer])
assert status == "success", problem
duplicate = first.copy()
image.insert_layer(duplicate, None, 0)
duplicate.set_name("duplicate")
status, problem, second = shade(image, [duplicate])
assert status == "success", problem
result = dict(stack=stack(image), equal=pixels(first) == pixels(second))
other, _, stranger = scene()
assert other.get_layer_by_tattoo(layer.get_tattoo()) == stranger
copied = Gimp.Layer.new_from_drawable(first, other)
copied.set_name("copied")
other.insert_layer(copied, None, 0)
result["other"] = shade(other, [copied])[:2], stack(other)
whole = image.duplicate()
result["whole"] = shade(whole, [whole.get_layers()[0]])[:2], whole.get_layers()[3].get_name()
for each in (image, other, whole):
    each.delete()
""")
    assert found["stack"] == [
        *(["duplicate", False], ["paint (shaded)", False], ["paint (shaded) #1", True]),
        *(["paint", False], ["base", True]),
    ]
    assert found["equal"]
    told = Problem("editor.already_shaded", name="copied").told
    assert found["other"] == [["execution-error", told], [["copied", False], ["paint", True], ["base", True]]]
    assert found["whole"] == [["success", ""], "paint (shaded) #2"]
