"""Turning the plug-in on, and back, in settings of every shape, with everything else byte for byte as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.setup.kritarc import Before, enabled, first_group, is_enabled, restored

LINES = st.sampled_from(
    [
        b"[python]",
        b" [python] ",
        b"[python][more]",
        b"[theme]",
        b"enable_belladonna=true",
        b"enable_belladonna=false",
        b" enable_belladonna = false",
        b"enable_belladonna_too=false",
        b"enable_comics=true",
        b"# enable_belladonna=false",
        b"caf\xe9=\xff\x00",
        b"",
    ]
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b"[python]\nenable_belladonna=true\n"),
        (b"[a]\nb=1\n", b"[a]\nb=1\n\n[python]\nenable_belladonna=true\n"),
        (b"[a]\nb=1", b"[a]\nb=1\n\n[python]\nenable_belladonna=true"),
        (b"[a]\r\nb=1\r\n", b"[a]\r\nb=1\r\n\r\n[python]\r\nenable_belladonna=true\r\n"),
        (b"[python]", b"[python]\nenable_belladonna=true"),
        (b"[python]\nenable_x=true\n\n[z]\n", b"[python]\nenable_belladonna=true\nenable_x=true\n\n[z]\n"),
        (b"[python]\r\n[z]\r\n", b"[python]\r\nenable_belladonna=true\r\n[z]\r\n"),
        (b"[python]\nenable_belladonna=false", b"[python]\nenable_belladonna=true"),
        (b"[python]\r\nenable_belladonna=false\r\n", b"[python]\r\nenable_belladonna=true\r\n"),
        (b"[z]\nenable_belladonna=false\n", b"[z]\nenable_belladonna=false\n\n[python]\nenable_belladonna=true\n"),
    ],
)
def test_what_is_added_and_where(before: bytes, after: bytes) -> None:
    assert enabled(before, "belladonna") == after


def test_settings_that_turn_it_on_are_left_as_they_are() -> None:
    settings = b"[python]\n enable_belladonna = true\nenable_x=false\n"
    assert enabled(settings, "belladonna") is settings


@pytest.mark.parametrize(("first", "last"), [("true", "false"), ("false", "true")])
def test_of_a_repeated_setting_the_last_counts(first: str, last: str) -> None:
    settings = f"[python]\nenable_belladonna={first}\n[theme]\n[python]\nenable_belladonna={last}\n"
    assert is_enabled(settings.encode(), "belladonna") == (last == "true")


def value(settings: bytes) -> bytes | None:
    """What Krita reads: the last value in any group of the name."""
    group, found = b"", None
    for line in (each.strip() for each in settings.split(b"\n")):
        if line.startswith(b"["):
            group = line
        elif group == b"[python]" and line.split(b"=")[0].strip() == b"enable_belladonna":
            found = line.split(b"=")[1].strip()
    return found


def others(settings: bytes) -> list[bytes]:
    """All that is neither the setting nor an empty line nor the heading of the group."""
    lines = (each.strip() for each in settings.split(b"\n"))
    return [
        line for line in lines if line not in (b"", b"[python]") and line.split(b"=")[0].strip() != b"enable_belladonna"
    ]


@given(st.lists(LINES, max_size=12), st.sampled_from([b"\n", b"\r\n"]), st.booleans())
def test_any_settings(lines: list[bytes], end: bytes, newline_at_end: bool) -> None:
    settings = end.join(lines) + (end if newline_at_end else b"")
    after = enabled(settings, "belladonna")
    assert value(after) == b"true"
    assert is_enabled(after, "belladonna")
    assert is_enabled(settings, "belladonna") == (value(settings) == b"true")
    assert others(after) == others(settings)
    assert enabled(after, "belladonna") is after
    assert after.endswith(b"\n") == (settings.endswith(b"\n") or not settings)
    assert not settings or after.count(b"\r\n") == (after.count(b"\n") if b"\r\n" in settings else 0)


@given(st.lists(LINES, max_size=12), st.sampled_from([b"\n", b"\r\n", b"\r"]), st.booleans())
def test_any_settings_are_restored_to_the_byte(lines: list[bytes], end: bytes, newline_at_end: bool) -> None:
    settings = end.join(lines) + (end if newline_at_end else b"")
    before = Before.of(settings, "belladonna")
    after = enabled(settings, "belladonna")
    assert restored(after, "belladonna", before) == settings
    assert restored(settings, "belladonna", before) == settings, "a second time there is nothing to do"


def test_a_file_that_was_not_there_goes_again() -> None:
    before = Before.of(None, "belladonna")
    assert restored(enabled(b"", "belladonna"), "belladonna", before) is None
    assert restored(b"[a]\nb=1\n", "belladonna", before) == b"[a]\nb=1\n"


@pytest.mark.parametrize(
    ("first", "now", "after"),
    [
        # Krita sorts its groups and puts repeated ones together.
        (
            b"[z]\n\n[python]\nenable_belladonna=false\n[python]\nenable_belladonna=false\nenable_x=true\n",
            b"[python]\nenable_belladonna=true\nenable_x=true\n\n[z]\n",
            b"[python]\nenable_belladonna=false\nenable_x=true\n\n[z]\n",
        ),
        (
            b"[z]\ny=1\n",
            b"[a]\nb=1\n\n[python]\nenable_belladonna=true\n\n[z]\ny=1\n",
            b"[a]\nb=1\n\n[z]\ny=1\n",
        ),
        # Another plug-in came into the group meanwhile; the artist turned this one off.
        (
            b"",
            b"[python]\nenable_belladonna=false\nenable_x=true\n",
            b"[python]\nenable_x=true\n",
        ),
        # The plug-in has remembered something.
        (
            b"[z]\ny=1\n",
            b"[a]\nb=1\n\n[belladonna]\nintensity=low\ntarget=\n\n[python]\nenable_belladonna=true\n\n[z]\ny=1\n",
            b"[a]\nb=1\n\n[z]\ny=1\n",
        ),
        (
            b"[a]\nb=1\n",
            b"[MainWindow][DockWidget belladonna]\nLocked=false\n\n"
            b"[a]\nb=1\n\n[python]\nenable_belladonna=true\n\n[belladonna]\nintensity=low\n",
            b"[a]\nb=1\n",
        ),
        (b"", b"[belladonna]\nintensity=low\n", b""),
        # It is gone altogether.
        (b"[python]\nenable_belladonna=false\n", b"[z]\ny=1\n", b"[z]\ny=1\n"),
    ],
)
def test_settings_that_the_editor_wrote_since(first: bytes, now: bytes, after: bytes) -> None:
    assert restored(now, "belladonna", Before.of(first, "belladonna")) == after


@pytest.mark.parametrize(
    ("settings", "value"),
    [
        (b"", ""),
        (b"Zoom=1\nFolder=/a b/c=d\n[x]\nFolder=/no\n", "/a b/c=d"),
        (b"Folder=C:\\\\art\r\n", "C:\\art"),
        ("Folder=/Größe\n".encode(), "/Größe"),
        (b"[x]\nFolder=/no\n", ""),
    ],
)
def test_a_value_above_all_headings(settings: bytes, value: str) -> None:
    assert first_group(settings, "Folder") == value
