"""What a dialog knows from the daemon, in whatever order its answers come."""

from __future__ import annotations

from typing import Any

import pytest

from shared.client.events import Connected, Lost
from shared.editor.enquiry import Enquiry
from shared.problem import Problem
from shared.protocol import messages
from shared.protocol.messages import Limits, Resolved, Welcome, Words

WELCOME = Welcome("w", messages.PROTOCOL, "0", Limits(), targets=("cat", "rocket"))


class Client:
    """Numbers its questions; refuses a concept with a line break."""

    def __init__(self, state: str = "stopped") -> None:
        self.state = state
        self.welcome = WELCOME if state == "ready" else None
        self.asked: list[tuple[str, str]] = []

    def resolve(self, concept: str) -> str:
        if "\n" in concept:
            raise Problem.worded("It can't be sent.")
        return self._ask("resolve", concept)

    def vocabulary(self) -> str:
        return self._ask("vocabulary", "")

    def connect(self) -> Connected:
        self.state, self.welcome = "ready", WELCOME
        return Connected(WELCOME)

    def _ask(self, kind: str, text: str) -> str:
        self.asked.append((kind, text))
        return str(len(self.asked))


def enquire(state: str = "stopped") -> tuple[Client, Enquiry]:
    client: Any = Client(state)
    return client, Enquiry(client)


def test_without_a_daemon_nothing_is_known_or_asked() -> None:
    client, enquiry = enquire()
    enquiry.ask("dog")
    enquiry.hear(Lost(Problem.worded("Gone.")))
    assert (enquiry.targets, enquiry.words, enquiry.automatic, client.asked) == ((), (), "", [])


def test_once_there_is_one_the_concept_is_asked_about() -> None:
    client, enquiry = enquire()
    enquiry.ask(" dog ")
    enquiry.hear(client.connect())
    assert client.asked == [("vocabulary", ""), ("resolve", "dog")]
    assert enquiry.targets == ("cat", "rocket")
    enquiry.hear(Words("1", ("dog", "dragon")))
    enquiry.hear(Resolved("2", "dog", "cat", True))
    assert (enquiry.words, enquiry.automatic) == (("dog", "dragon"), "cat")


def test_a_daemon_that_is_there_is_asked_at_once() -> None:
    client, enquiry = enquire("ready")
    assert enquiry.targets == ("cat", "rocket")
    assert client.asked == [("vocabulary", "")]


def test_an_answer_about_an_older_concept_is_ignored() -> None:
    _, enquiry = enquire("ready")
    enquiry.ask("dog")
    enquiry.ask("cat")
    enquiry.hear(Resolved("2", "dog", "cat", True))
    assert enquiry.automatic == ""
    enquiry.hear(Resolved("3", "cat", "rocket", True))
    assert enquiry.automatic == "rocket"
    enquiry.ask("castle")
    assert enquiry.automatic == ""


@pytest.mark.parametrize("concept", ["", "  "])
def test_no_concept_is_no_question(concept: str) -> None:
    client, enquiry = enquire("ready")
    enquiry.ask(concept)
    assert client.asked == [("vocabulary", "")]


def test_a_concept_that_cannot_be_sent_is_said_until_the_next_one() -> None:
    _, enquiry = enquire("ready")
    enquiry.ask("a\nb")
    assert enquiry.problem == Problem.worded("It can't be sent.")
    enquiry.ask("a b")
    assert enquiry.problem is None
