"""A problem keeps its key and values on its way between processes, and is told in words that this version knows."""

from __future__ import annotations

import pytest

from shared import wording
from shared.problem import LONGEST_VALUE, Problem
from shared.protocol import wire
from shared.protocol.messages import Code, Error
from shared.protocol.strict import TEXT

WAITING = Problem("job.waiting", Code.BUSY, place=2)


def sent(error: Error) -> Error:
    received, _ = wire.decode(wire.encode(error), wire.TO_CLIENT)
    assert isinstance(received, Error)
    return received


def test_it_says_what_the_catalogue_says() -> None:
    assert (WAITING.key, WAITING.code, WAITING.values) == ("job.waiting", Code.BUSY, {"place": 2})
    assert str(WAITING) == WAITING.sentence == wording.text("job.waiting", place=2)
    assert WAITING.told == f"{WAITING.sentence} {WAITING.hint}".strip()


def test_it_survives_the_wire() -> None:
    again = Problem.of(sent(WAITING.error("a")))
    assert (again, again.key, again.values) == (WAITING, "job.waiting", {"place": 2})
    assert hash(again) == hash(WAITING)
    assert again != Problem("job.waiting", Code.BUSY, place=3)
    assert again != "job.waiting"


@pytest.mark.parametrize(("key", "values"), [("job.from_the_future", {}), ("", {}), ("job.waiting", {"other": 1})])
def test_what_this_version_cannot_word_is_told_in_the_peers_words(key: str, values: dict[str, int]) -> None:
    problem = Problem.of(sent(Error("a", Code.TOO_LARGE, "Too much of it.", "Take less.", key, values)))
    assert (problem.sentence, problem.hint, problem.told) == (
        "Too much of it.",
        "Take less.",
        "Too much of it. Take less.",
    )
    assert (problem.code, problem.key) == (Code.TOO_LARGE, key)


def test_a_very_long_value_is_cut() -> None:
    problem = Problem("job.waiting", place="x" * 100_000)
    assert len(str(problem)) < LONGEST_VALUE + 100
    sent(problem.error("a"))


def test_words_from_elsewhere_are_cut_to_what_a_message_may_hold() -> None:
    problem = Problem.worded("ö" * 100_000, "ö" * 100_000)
    assert len(sent(problem.error("a")).message) == TEXT


def test_a_mistake_in_the_program_is_noticed() -> None:
    with pytest.raises(KeyError):
        Problem("job.no_such_text")
