"""What editors say: true, whole sentences, whatever the daemon sent."""

from __future__ import annotations

import typing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from message_examples import SHALLOW, TEXTS, of_dataclass

from shared import wording
from shared.client.session import SessionState
from shared.protocol import messages
from shared.protocol.messages import Progress, Queued

REPORT = {
    "target": "cat",
    "shift": {"mean": 0.1432, "worst": 0.08},
    "difference": {"changed": 0.97},
    "notes": [],
}


def shading(step: int, steps: int = 16, **fields: Any) -> Progress:
    return Progress("a", "shading", step, steps, **fields)


def test_every_choice_and_stage_has_its_words() -> None:
    assert tuple(wording.intensities()) == messages.INTENSITIES
    assert tuple(wording.qualities()) == messages.QUALITIES
    stages = {name: wording.stage_name(name) for name in messages.STAGES}
    for table in (wording.intensities(), wording.qualities(), stages):
        assert all(table.values())
        assert len(set(table.values())) == len(table)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Queued("a", 2), "Waiting, place 2"),
        (Progress("a", "starting"), "Starting the engine"),
        (Progress("a", "preparing", 0, 16), "Preparing"),
        (shading(5, shift=0.081, eta=3.2), "Step 5 of 16 · shift 8 % · about 3 s left"),
        (shading(5, shift=0.081), "Step 5 of 16 · shift 8 %"),
        (shading(16, shift=0.14, eta=0.0), "Step 16 of 16 · shift 14 %"),
        (shading(1, 72, shift=-0.01, eta=200.0), "Step 1 of 72 · shift less than 1 % · about 3 min left"),
        (shading(0, 0), "Shading"),
        (Progress("a", "finishing", 16, 16, 0.14), "Finishing"),
        (Progress("a", "a new stage"), "a new stage"),
    ],
)
def test_stages(event: Queued | Progress, text: str) -> None:
    assert wording.stage(event) == text


def test_a_bar_only_ever_grows() -> None:
    way = [
        Queued("a", 2),
        Queued("a", 1),
        Progress("a", "starting"),
        Progress("a", "preparing", 0, 16),
        *(shading(step) for step in range(17)),
        Progress("a", "finishing", 16, 16),
    ]
    fractions = [wording.fraction(event) for event in way]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] < 1


@given(of_dataclass(Progress) | of_dataclass(Queued))
def test_any_event_has_words_and_a_place_on_the_bar(event: Queued | Progress) -> None:
    assert 0 <= wording.fraction(event) <= 1
    assert isinstance(wording.stage(event), str)


@given(st.integers(-5, 100), st.integers(-5, 100))
def test_steps_that_make_no_sense_stay_on_the_bar(step: int, steps: int) -> None:
    assert 0 <= wording.fraction(shading(step, steps)) <= 1


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "Shaded: 14 % of the way to “cat”."),
        ({"notes": ["Memory ran out."]}, "Shaded: 14 % of the way to “cat”. Memory ran out."),
        ({"shift": {"mean": -0.01}}, "Shaded: less than 1 % of the way to “cat”."),
        ({"target": ""}, "Shaded: 14 % of the way."),
        ({"shift": None}, "Shaded."),
        ({"shift": {"mean": None}}, "Shaded."),
        ({"notes": "Memory", "difference": None}, "Shaded: 14 % of the way to “cat”."),
        (
            {"difference": {"changed": 0.0}, "notes": ["Nothing was changed: it is empty."]},
            "Nothing was changed: it is empty.",
        ),
        ({"difference": {"changed": 0.0}}, "Shaded: 14 % of the way to “cat”."),
    ],
)
def test_what_was_achieved(changes: dict[str, Any], text: str) -> None:
    assert wording.finished({**REPORT, **changes}) == text


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(REPORT, SHALLOW)) | st.dictionaries(TEXTS, SHALLOW))
def test_any_report_comes_to_a_sentence(report: dict[str, Any]) -> None:
    assert wording.finished(report)


@pytest.mark.parametrize("state", typing.get_args(SessionState))
def test_every_state_has_its_words(state: str) -> None:
    assert wording.state(state)
    assert ("GPU" in wording.state(state, "GPU")) is (state == "ready")


def test_a_ready_daemon_says_on_what() -> None:
    assert wording.state("ready", "CPU (bfloat16)") == "Ready on CPU (bfloat16)"
    assert wording.state("ready", "") == "Ready"


def test_values_deep_in_a_report() -> None:
    assert wording.value_at(REPORT, "shift", "mean") == 0.1432
    assert wording.value_at(REPORT, "shift", "mean", "deeper") is None
    assert wording.value_at(REPORT, "missing", "mean") is None
