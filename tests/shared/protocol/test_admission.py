from __future__ import annotations

import dataclasses
import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from message_examples import of_dataclass

from shared.problem import Problem
from shared.protocol.admission import ENCODERS, validate_submit, validate_text
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
DIGEST = "sha256:" + "0f" * 32


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
        dataclasses.replace(FINE, options=Options(seed=0, encoders=(FOLDER,) * ENCODERS)),
        dataclasses.replace(FINE, options=Options(encoders=("embedded", DIGEST), anchor=DIGEST)),
    ],
)
def test_what_is_possible_is_let_in(submit: Submit) -> None:
    validate_submit(submit, LIMITS)


@pytest.mark.parametrize(
    ("changes", "code", "name"),
    [
        ({"width": 0}, Code.BAD_REQUEST, "empty"),
        ({"height": -1}, Code.BAD_REQUEST, "empty"),
        ({"width": -5, "height": -5}, Code.BAD_REQUEST, "empty"),
        ({"width": 65_536}, Code.TOO_LARGE, "side"),
        ({"width": 2**62, "height": 2**62}, Code.TOO_LARGE, "side"),
        ({"width": 20_000, "height": 20_000}, Code.TOO_LARGE, "pixels"),
        ({"width": 11_000, "height": 11_000, "dtype": "float32"}, Code.TOO_LARGE, "bytes"),
        ({"width": 8192, "height": 8192, "dtype": "float32", "mask": True}, Code.TOO_LARGE, "bytes"),
        ({"dtype": "float64"}, Code.UNSUPPORTED, "dtype"),
        ({"dtype": ""}, Code.UNSUPPORTED, "dtype"),
        ({"layout": "ARGB"}, Code.UNSUPPORTED, "layout"),
        ({"space": "adobe"}, Code.UNSUPPORTED, "space"),
        ({"space": "XYZ"}, Code.UNSUPPORTED, "space"),
        ({"space": ""}, Code.UNSUPPORTED, "space"),
        ({"options": Options(concept="x" * 201)}, Code.BAD_REQUEST, "concept_length"),
        ({"options": Options(target="x" * 201)}, Code.BAD_REQUEST, "target_length"),
        ({"options": Options(concept="a\nb")}, Code.BAD_REQUEST, "concept_characters"),
        ({"options": Options(target="a\0b")}, Code.BAD_REQUEST, "target_characters"),
        ({"options": Options(intensity="extreme")}, Code.BAD_REQUEST, "intensity"),
        ({"options": Options(quality="")}, Code.BAD_REQUEST, "quality"),
        ({"options": Options(seed=-1)}, Code.BAD_REQUEST, "seed"),
        ({"options": Options(seed=2**63)}, Code.BAD_REQUEST, "seed"),
        ({"options": Options(anchor="cat.png")}, Code.BAD_REQUEST, "anchor"),
        ({"options": Options(anchor=FOLDER + "\0")}, Code.BAD_REQUEST, "anchor"),
        ({"options": Options(anchor="")}, Code.BAD_REQUEST, "anchor"),
        ({"options": Options(encoders=(FOLDER, "../x"))}, Code.BAD_REQUEST, "encoder"),
        ({"options": Options(encoders=("sha256:" + "A" * 64,))}, Code.BAD_REQUEST, "encoder"),
        ({"options": Options(encoders=("",))}, Code.BAD_REQUEST, "encoder"),
        ({"task": "describe"}, Code.UNSUPPORTED, "task"),
        ({"options": Options(encoders=(FOLDER,) * (ENCODERS + 1))}, Code.BAD_REQUEST, "encoders"),
    ],
)
def test_what_is_impossible_is_refused(changes: dict[str, Any], code: Code, name: str) -> None:
    with pytest.raises(Problem) as caught:
        validate_submit(dataclasses.replace(FINE, **changes), LIMITS)
    assert (caught.value.code, caught.value.key) == (code, f"protocol.{name}")
    assert caught.value.hint


@given(of_dataclass(Submit), of_dataclass(Limits))
def test_whatever_is_asked_the_answer_is_yes_or_refused(submit: Submit, limits: Limits) -> None:
    try:
        validate_submit(submit, limits)
    except Problem:
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
        with pytest.raises(Problem) as caught:
            validate_submit(submit, tight)
        assert caught.value.code is Code.TOO_LARGE


@pytest.mark.parametrize("text", ["half a pair: \ud800", "x" * 100_000])
def test_a_text_that_cannot_be_sent_is_refused(text: str) -> None:
    validate_text(Resolve("a", "ein Hund, 犬"))
    with pytest.raises(Problem) as caught:
        validate_text(Resolve("a", text))
    assert (caught.value.code, caught.value.key) == (Code.BAD_REQUEST, "protocol.cannot_be_sent")
    assert caught.value.hint
