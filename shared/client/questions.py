"""Short requests, each answered by one message and asked again on a new connection; ``client.py`` sends them."""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from ..protocol import messages
from ..protocol.messages import Message
from .events import Event, Failed


class Questions:
    """Those that wait for their answer. Iterating gives the messages, in the order in which they were asked."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[Message, float]] = {}  # id → the message and when it was asked

    def __iter__(self) -> Iterator[Message]:
        return (question for question, _ in self._open.values())

    def ask(self, question: Message, now: float) -> None:
        """Note that ``question`` is on its way."""
        self._open[question.id] = (question, now)

    def withdraw(self, id: str) -> bool:
        """Stop expecting an answer; whether one was expected."""
        return self._open.pop(id, None) is not None

    def asked_before(self, time: float) -> list[str]:
        """The ids of those that were asked by then."""
        return [id for id, (_, asked) in self._open.items() if asked <= time]

    def answered(self, answer: Message) -> Event | None:
        """The event that an answer makes; None if nobody is waiting for it."""
        if not self.withdraw(answer.id):
            return None
        if isinstance(answer, messages.Resolved | messages.Words | messages.DaemonStatus):
            return answer
        problem = Problem.of(answer) if isinstance(answer, messages.Error) else Problem("client.nonsense")
        return Failed(answer.id, problem)
