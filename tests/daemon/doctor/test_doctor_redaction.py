"""What must not be seen in a report isn't, however it is written."""

from __future__ import annotations

import getpass
import json
import re
import socket
import unicodedata
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.doctor.redaction import Identity, identity, redacted

ZOE = Identity(
    ("zoë", "Zoë van der Berg"), ("atelier", "atelier.lan"), {"/home/zoë": "~", "/data/shade": "<belladonna>"}
)
WINDOWS = Identity(("Anna Black",), ("DESKTOP-7",), {"C:\\Users\\Anna Black": "~"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/home/zoë/art/dog.png", "~/art/dog.png"),
        ("/data/shade/venv", "<belladonna>/venv"),
        ("/mnt/ZOË/x and zoë.", "/mnt/<user>/x and <user>."),
        ("by Zoë van der Berg", "by <user>"),
        ("zoë_backup on atelier.lan, Atelier", "<user>_backup on <host>, <host>"),
        (unicodedata.normalize("NFD", "/home/zoë/a"), "~/a"),
        ("file://" + quote("/home/zoë/a"), "file://~/a"),
        (json.dumps("/home/zoë/a"), '"~/a"'),
        ("https://user:secret@index.org/simple", "https://<redacted>@index.org/simple"),
        ("zoëtrope, ateliers and /home/zoëtrope", "zoëtrope, ateliers and /home/zoëtrope"),
    ],
)
def test_linux(text: str, expected: str) -> None:
    assert redacted(text, ZOE) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("C:\\Users\\Anna Black\\AppData", "~\\AppData"),
        ("c:/users/anna black/AppData", "~/AppData"),
        (json.dumps("C:\\Users\\Anna Black\\AppData"), '"~\\\\AppData"'),
        ("C:\\Users\\ANNABL~1\\AppData\\Local\\Temp", "C:\\Users\\<user>\\AppData\\Local\\Temp"),
        ("file:///C:/Users/Anna%20Black/x", "file:///~/x"),
        ("desktop-7", "<host>"),
    ],
)
def test_windows(text: str, expected: str) -> None:
    assert redacted(text, WINDOWS) == expected


SECRETS = ("zoë", "/home/zoë", "atelier", "Zoë van der Berg")
around = st.text(st.characters(exclude_categories=("L", "N", "M", "Cs")), min_size=1)  # no letter, so a word ends


@given(st.lists(st.tuples(around, st.sampled_from(SECRETS), around)))
def test_no_word_stays(pieces: list[tuple[str, str, str]]) -> None:
    text = redacted("".join(before + secret + after for before, secret, after in pieces), ZOE)
    assert re.search(r"zoë|atelier|berg", text, re.IGNORECASE) is None


@given(st.text())
def test_twice_is_once(text: str) -> None:
    assert redacted(redacted(text, ZOE), ZOE) == redacted(text, ZOE)


def test_who_runs_this_is_known(tmp_path: Path) -> None:
    who = identity(tmp_path)
    assert getpass.getuser() in who.users
    assert socket.gethostname() in (*who.hosts, "localhost")
    assert redacted(f"{tmp_path}/venv", who) == "<belladonna>/venv"
    assert redacted(f"{Path.home()}/art", who) == "~/art"
