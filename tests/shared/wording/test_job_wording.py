"""What editors say: true, whole sentences, whatever the daemon sent."""

from __future__ import annotations

import typing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from message_examples import SHALLOW, TEXTS, of_dataclass

from shared import wording
from shared.client.availability import ClientState
from shared.protocol import messages
from shared.protocol.messages import Progress, Queued
from shared.wording import text
from shared.wording.dose import verdict

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


def step(number: int, steps: int, share: str, left: str = "") -> str:
    """The line of a job that is being shaded."""
    shift = text("job.under_one_percent") if share == "0" else text("job.percent", count=share)
    parts = [text("job.step", step=number, steps=steps), text("job.shift", share=shift)]
    return " · ".join([*parts, *([text("job.left", duration=left)] if left else [])])


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (Queued("a", 2), text("job.waiting", place=2)),
        (Progress("a", "starting"), text("job.stage_starting")),
        (Progress("a", "preparing", 0, 16), text("job.stage_preparing")),
        (shading(5, shift=0.081, eta=3.2), step(5, 16, "8", text("job.seconds", count="3"))),
        (shading(5, shift=0.081), step(5, 16, "8")),
        (shading(16, shift=0.14, eta=0.0), step(16, 16, "14")),
        (shading(1, 72, shift=-0.01, eta=200.0), step(1, 72, "0", text("job.minutes", count="3"))),
        (shading(0, 0), text("job.stage_shading")),
        (Progress("a", "finishing", 16, 16, 0.14), text("job.stage_finishing")),
        (Progress("a", "a new stage"), "a new stage"),
    ],
)
def test_stages(event: Queued | Progress, line: str) -> None:
    assert wording.stage(event) == line


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


def toward_cat(share: str) -> str:
    return text("job.shaded_toward", share=share, target="cat", verdict=verdict(0.1432))


FOURTEEN, UNDER_ONE = text("job.percent", count="14"), text("job.under_one_percent")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, toward_cat(FOURTEEN)),
        ({"notes": ["Memory ran out."]}, f"{toward_cat(FOURTEEN)} Memory ran out."),
        ({"shift": {"mean": -0.01}}, toward_cat(UNDER_ONE)),
        (
            {"shift": {"mean": 0.52}},
            text("job.shaded_toward", share=text("job.percent", count="52"), target="cat", verdict=verdict(0.52)),
        ),
        ({"target": ""}, text("job.shaded_by", share=FOURTEEN, verdict=verdict(0.1432))),
        ({"shift": None}, text("job.shaded")),
        ({"shift": {"mean": None}}, text("job.shaded")),
        ({"notes": "Memory", "difference": None}, toward_cat(FOURTEEN)),
        (
            {"difference": {"changed": 0.0}, "notes": ["Nothing was changed."]},
            "Nothing was changed.",
        ),
        ({"difference": {"changed": 0.0}}, toward_cat(FOURTEEN)),
    ],
)
def test_what_was_achieved(changes: dict[str, Any], said: str) -> None:
    assert wording.finished({**REPORT, **changes}) == said


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(REPORT, SHALLOW)) | st.dictionaries(TEXTS, SHALLOW))
def test_any_report_comes_to_a_sentence(report: dict[str, Any]) -> None:
    assert wording.finished(report)


@pytest.mark.parametrize("state", typing.get_args(ClientState))
def test_every_state_has_its_words(state: str) -> None:
    assert wording.state(state)
    assert ("GPU" in wording.state(state, "GPU")) is (state == "ready")


def test_a_ready_daemon_says_on_what() -> None:
    assert wording.state("ready", "CPU (bfloat16)") == text("client.state_ready_on", device="CPU (bfloat16)")
    assert wording.state("ready", "") == text("client.state_ready")


def test_values_deep_in_a_report() -> None:
    assert wording.value_at(REPORT, "shift", "mean") == 0.1432
    assert wording.value_at(REPORT, "shift", "mean", "deeper") is None
    assert wording.value_at(REPORT, "missing", "mean") is None
