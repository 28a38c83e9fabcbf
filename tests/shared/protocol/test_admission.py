from __future__ import annotations

import dataclasses
import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from message_examples import of_dataclass

from shared.protocol.admission import SURROGATES, Refused, validate_submit, validate_text
from shared.protocol.messages import (
    BYTES_PER_CHANNEL,
    INTENSITIES,
    QUALITIES,
    SPACES,
    Code,
    Limits,
    Options,
    Resolve,
    Submit,
    bands,
)

LIMITS = Limits()
FINE = Submit("a", 640, 480)
FOLDER = os.path.abspath("encoder")


@pytest.mark.parametrize(
    "submit",
    [
        FINE,
        Submit("a", 1, 1, "float32", "BGRA", True),
        Submit("a", 65_535, 1),
        Submit("a", 8192, 8192, "float32"),
        Submit("a", 11_585, 11_585, "float16"),
        *(Submit("a", 640, 480, dtype, space=space) for dtype in BYTES_PER_CHANNEL for space in SPACES),
        *(dataclasses.replace(FINE, options=Options(intensity=each)) for each in INTENSITIES),
        *(dataclasses.replace(FINE, options=Options(quality=each)) for each in QUALITIES),
        dataclasses.replace(FINE, options=Options("x" * 200, "ö" * 200, seed=2**63 - 1, anchor=FOLDER)),
        dataclasses.replace(FINE, options=Options(seed=0, surrogates=(FOLDER,) * SURROGATES)),
    ],
)
def test_what_is_possible_is_let_in(submit: Submit) -> None:
    validate_submit(submit, LIMITS)


@pytest.mark.parametrize(
    ("changes", "code", "word"),
    [
        ({"width": 0}, Code.BAD_REQUEST, "empty"),
        ({"height": -1}, Code.BAD_REQUEST, "empty"),
        ({"width": -5, "height": -5}, Code.BAD_REQUEST, "empty"),
        ({"width": 65_536}, Code.TOO_LARGE, "side"),
        ({"width": 2**62, "height": 2**62}, Code.TOO_LARGE, "side"),
        ({"width": 20_000, "height": 20_000}, Code.TOO_LARGE, "pixels"),
        ({"width": 11_000, "height": 11_000, "dtype": "float32"}, Code.TOO_LARGE, "MiB"),
        ({"width": 8192, "height": 8192, "dtype": "float32", "mask": True}, Code.TOO_LARGE, "MiB"),
        ({"dtype": "float64"}, Code.UNSUPPORTED, "format"),
        ({"dtype": ""}, Code.UNSUPPORTED, "format"),
        ({"layout": "ARGB"}, Code.UNSUPPORTED, "order"),
        ({"space": "adobe"}, Code.UNSUPPORTED, "colour space"),
        ({"space": "XYZ"}, Code.UNSUPPORTED, "colour space"),
        ({"space": ""}, Code.UNSUPPORTED, "colour space"),
        ({"options": Options(concept="x" * 201)}, Code.BAD_REQUEST, "concept"),
        ({"options": Options(target="x" * 201)}, Code.BAD_REQUEST, "target"),
        ({"options": Options(concept="a\nb")}, Code.BAD_REQUEST, "control"),
        ({"options": Options(target="a\0b")}, Code.BAD_REQUEST, "control"),
        ({"options": Options(intensity="extreme")}, Code.BAD_REQUEST, "intensity"),
        ({"options": Options(quality="")}, Code.BAD_REQUEST, "quality"),
        ({"options": Options(seed=-1)}, Code.BAD_REQUEST, "seed"),
        ({"options": Options(seed=2**63)}, Code.BAD_REQUEST, "seed"),
        ({"options": Options(anchor="cat.png")}, Code.BAD_REQUEST, "anchor"),
        ({"options": Options(anchor=FOLDER + "\0")}, Code.BAD_REQUEST, "anchor"),
        ({"options": Options(anchor="")}, Code.BAD_REQUEST, "anchor"),
        ({"options": Options(surrogates=(FOLDER, "../x"))}, Code.BAD_REQUEST, "encoder"),
        ({"options": Options(surrogates=(FOLDER,) * (SURROGATES + 1))}, Code.BAD_REQUEST, "encoders"),
    ],
)
def test_what_is_impossible_is_refused_in_a_sentence(changes: dict[str, Any], code: Code, word: str) -> None:
    with pytest.raises(Refused, match=word) as caught:
        validate_submit(dataclasses.replace(FINE, **changes), LIMITS)
    assert caught.value.code is code
    assert caught.value.message.endswith(".")
    assert caught.value.hint.endswith(".")


@given(of_dataclass(Submit), of_dataclass(Limits))
def test_whatever_is_asked_the_answer_is_yes_or_refused(submit: Submit, limits: Limits) -> None:
    try:
        validate_submit(submit, limits)
    except Refused:
        return
    assert 1 <= bands(submit.total_bytes) <= bands(limits.bytes)


@given(st.integers(1, 300), st.integers(1, 300), st.booleans())
def test_the_limits_are_those_of_the_daemon_that_is_asked(width: int, height: int, mask: bool) -> None:
    submit = Submit("a", width, height, mask=mask)
    validate_submit(submit, Limits(side=300, pixels=width * height, bytes=submit.total_bytes))
    for tight in (
        Limits(side=max(width, height) - 1),
        Limits(pixels=width * height - 1),
        Limits(bytes=submit.total_bytes - 1),
    ):
        with pytest.raises(Refused) as caught:
            validate_submit(submit, tight)
        assert caught.value.code is Code.TOO_LARGE


@pytest.mark.parametrize("text", ["half a pair: \ud800", "x" * 100_000])
def test_a_text_that_cannot_be_sent_is_refused(text: str) -> None:
    validate_text(Resolve("a", "ein Hund, 犬"))
    with pytest.raises(Refused) as caught:
        validate_text(Resolve("a", text))
    assert caught.value.code is Code.BAD_REQUEST
    assert caught.value.message.endswith(".")
    assert caught.value.hint
