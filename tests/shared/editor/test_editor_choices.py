"""What can be shaded, and what the result is called."""

from __future__ import annotations

from shared.editor.choices import WHAT, shaded_name, what_labels


def test_every_choice_has_its_words() -> None:
    for labels in (what_labels(), what_labels("line art")):
        assert tuple(labels) == WHAT
        assert len(set(labels.values())) == len(WHAT)
    assert "line art" in what_labels("line art")["layer"]


def test_a_shaded_layer_is_named_after_its_source() -> None:
    assert shaded_name("line art") == "line art (shaded)"
    assert shaded_name() == shaded_name("Visible image")
    assert shaded_name("{x}") == "{x} (shaded)"
