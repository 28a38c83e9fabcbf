"""Turning the plug-in on, and taking it out, in settings of every shape, with everything else as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.setup.editors.kritarc import enabled, first_group, is_enabled, without

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
        (b"[a]\nb=1", b"[a]\nb=1\n\n[python]\nenable_belladonna=true\n"),
        (b"[python]\nenable_x=true\n", b"[python]\nenable_x=true\n\n[python]\nenable_belladonna=true\n"),
        (
            b"[python]\nenable_belladonna=false\n",
            b"[python]\nenable_belladonna=false\n\n[python]\nenable_belladonna=true\n",
        ),
    ],
)
def test_it_is_turned_on_at_the_end(before: bytes, after: bytes) -> None:
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
    assert after.startswith(settings)
    assert enabled(after, "belladonna") is after
    gone = without(after, "belladonna")
    assert value(gone) is None
    assert others(gone) == others(settings), "everything else is as it was"
    assert without(gone, "belladonna") == gone


@pytest.mark.parametrize(
    ("now", "after"),
    [
        (b"[a]\nb=1\n\n[python]\nenable_belladonna=true\n\n[z]\ny=1\n", b"[a]\nb=1\n\n[z]\ny=1\n"),
        # Another plug-in came into the group meanwhile; the artist turned this one off.
        (b"[python]\nenable_belladonna=false\nenable_x=true\n", b"[python]\nenable_x=true\n"),
        # The plug-in has remembered something.
        (
            b"[a]\nb=1\n\n[belladonna]\nintensity=low\ntarget=\n\n[python]\nenable_belladonna=true\n\n[z]\ny=1\n",
            b"[a]\nb=1\n\n[z]\ny=1\n",
        ),
        (
            b"[MainWindow][DockWidget belladonna]\nLocked=false\n\n"
            b"[a]\nb=1\n\n[python]\nenable_belladonna=true\n\n[belladonna]\nintensity=low\n",
            b"[a]\nb=1\n",
        ),
        (b"[belladonna]\nintensity=low\n", b""),
        # It is gone altogether, or is somebody else's.
        (b"[z]\ny=1\n\n", b"[z]\ny=1\n\n"),
        (b"[python]\n", b"[python]\n"),
        (b"[z]\nenable_belladonna=false\n", b"[z]\nenable_belladonna=false\n"),
    ],
)
def test_it_is_taken_out_of_settings_that_krita_wrote_since(now: bytes, after: bytes) -> None:
    assert without(now, "belladonna") == after


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
