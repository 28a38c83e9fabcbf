"""The one root of every refusal and failure that a person is told about.

    Problem                      a sentence and what to do about it, by key, and a code for programs
    ├── raised as it is          wherever nobody needs to tell it from others by its class
    └── a one-line subclass      where somebody catches just that one, such as ``EndpointError``

A problem travels as its key and values with the English beside it: a peer that knows the key words it in its own
language, any other shows the English.
"""

from __future__ import annotations

from collections.abc import Mapping

from . import wording
from .protocol.messages import Code, Error
from .protocol.strict import TEXT

LONGEST_VALUE = 1000
"""Characters of a text in a sentence: a path can be longer than a message may be."""

Value = str | int | float


class Problem(Exception):
    """Something can't be done. ``str(problem)`` is the sentence.

    ``key`` is the text's in ``shared.wording``; ``values`` fill its placeholders, numbers as they are, all else as
    text, cut if very long. Raises ``KeyError`` for a key that doesn't exist or a placeholder without a value.
    """

    def __init__(self, key: str, code: Code = Code.INTERNAL, /, **values: object) -> None:
        self.key, self.code = key, code
        self.values: dict[str, Value] = {name: _plain(value) for name, value in values.items()}
        self.sentence = wording.text(key, **self.values)
        self.hint = wording.hint(key, **self.values)
        super().__init__(self.sentence)

    @classmethod
    def of(cls, error: Error) -> Problem:
        """What a peer reported; in its words if it uses a key that this version doesn't know."""
        try:
            return cls(error.key, error.code, **error.values)
        except (KeyError, ValueError, IndexError, AttributeError, TypeError):
            return cls.worded(error.message, error.hint, error.code, error.key, error.values)

    @classmethod
    def worded(
        cls,
        sentence: str,
        hint: str = "",
        code: Code = Code.INTERNAL,
        key: str = "",
        values: Mapping[str, Value] | None = None,
    ) -> Problem:
        """A problem that somebody else has put into words already."""
        problem = cls.__new__(cls)
        Exception.__init__(problem, sentence)
        problem.key, problem.code, problem.values = key, code, dict(values or {})
        problem.sentence, problem.hint = sentence, hint
        return problem

    def error(self, id: str) -> Error:
        """The message that reports the problem of request or job ``id``, cut to what a message may hold."""
        return Error(id, self.code, _cut(self.sentence, TEXT), _cut(self.hint, TEXT), self.key, dict(self.values))

    @property
    def told(self) -> str:
        """The sentence and what to do about it, as one text."""
        return f"{self.sentence} {self.hint}".strip()

    def __eq__(self, other: object) -> bool:
        """Equal if they say the same: a problem that goes on isn't news."""
        if not isinstance(other, Problem):
            return NotImplemented
        return (self.code, self.sentence, self.hint) == (other.code, other.sentence, other.hint)

    def __hash__(self) -> int:
        return hash((self.code, self.sentence, self.hint))


def _plain(value: object) -> Value:
    if isinstance(value, int | float):
        return value
    return _cut(str(value), LONGEST_VALUE)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
