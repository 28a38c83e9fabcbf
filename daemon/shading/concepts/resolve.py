"""Concept → target: what a model is to learn instead of what the picture shows.

Poison adds up only if every artist's dogs turn into the same thing, so the answer depends on nothing but the text and
the table in ``table.json``. The table has about 2,000 English words (and those for dogs, cats and the targets in a
few other languages) in categories, each with a target that is far from it: in the mean of the words that CLIP knows,
farther than half of all pairs of a word and a target (``python -m tests.bench.targets.distances``). Only dog → cat and
car → cow are nearer; they are the Nightshade paper's own. Change the table only with a new ``version``.

How free text is read, for instance "a photo of my small brown dog at the beach, watercolour":

1. The text is decomposed (NFKD), case and accents are dropped, and it is cut into words.
2. Table entries are found from the left, the longest first ("hot dog" is a meal, "sea lion" lives in the sea). A
   plural counts as its singular.
3. Punctuation, articles, prepositions, conjunctions and participles the table doesn't know ("chasing") end a phrase:
   photo | small brown dog | beach | watercolour.
4. A subject (dog) goes before a setting (beach) and a setting before a style (photo, watercolour). The first phrase
   that has one of the best kind decides, by the last one of that kind in it: the head of an English noun phrase
   stands at its end, so "dog astronaut" is an astronaut.
5. The category's target is taken, unless something else in the text is close to it ("a dog and a kitten" must not
   become a cat): then the first other one that is close to nothing in the text, an automatic one if there is.
6. A text without any word of the table gets one of the automatic targets by its SHA-256, an empty one ``DEFAULT``.

Automatic are six targets with photographs of plain things that are far from most of what is painted. They stay six
while the table grows, so that a name nobody has heard of keeps its target.
"""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from .table import AUTOMATIC, DEFAULT, TABLE, TARGETS

_KINDS = ("subject", "setting", "style")  # the first of them that a text has decides
_CJK = "\u3400-\u9fff"  # ideographs are written without spaces, so each is a token
_TOKEN = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+|[^\w\s'’\-]")
_BREAKS = frozenset(TABLE["breaks"])  # words that end a phrase


@dataclass(frozen=True)
class Resolution:
    """The target of a concept. ``known`` is False if none of its words is in the table, or it has none."""

    target: str
    known: bool


@dataclass(frozen=True)
class _Match:
    category: str
    kind: str
    phrase: int  # counted from the left


def resolve(concept: str) -> Resolution:
    """The target for any text; never raises."""
    tokens = _tokens(concept)
    matches = list(_matches(tokens))
    if matches:
        first = min(matches, key=lambda match: (_KINDS.index(match.kind), match.phrase))
        head = [match for match in matches if (match.kind, match.phrase) == (first.kind, first.phrase)][-1]
        preferred: str = TABLE["categories"][head.category]["target"]
        near = {match.category for match in matches}
        others = (target for target in (preferred, *AUTOMATIC, *TARGETS) if not _touches(near, target))
        # A text that is close to everything still gets a target that is far from what it is mainly about.
        return Resolution(next(others, preferred), known=True)
    words = " ".join(_singular(token) for token in tokens if not _ends_phrase(token))
    if not words:
        return Resolution(DEFAULT, known=False)
    draw = int.from_bytes(hashlib.sha256(words.encode()).digest()[:8], "big")
    return Resolution(AUTOMATIC[draw % len(AUTOMATIC)], known=False)


@functools.cache
def words() -> tuple[str, ...]:
    """The table's entries, each once, in alphabetical order regardless of case and accents."""
    entries = {word for entry in TABLE["categories"].values() for word in entry["words"]}
    return tuple(sorted(entries, key=lambda word: (_tokens(word), word)))


def _touches(categories: set[str], target: str) -> bool:
    """Whether one of the categories is the target or something like it, for an encoder or for a person.

    A lion is close to a cat, a woman to an astronaut (the photograph shows one), a mug to coffee. Dogs and cats count
    as far apart: they are the pair of the Nightshade paper.
    """
    return not categories.isdisjoint(TABLE["targets"][target]["close"])


def _tokens(text: str) -> list[str]:
    """Words and punctuation marks, without case, accents and compatibility forms (full-width letters, ligatures)."""
    # Upper case first, since some letters (ı, ſ) reach their partner only that way.
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).upper().casefold())
    return _TOKEN.findall("".join(letter for letter in folded if unicodedata.category(letter) != "Mn"))


def _ends_phrase(token: str) -> bool:
    return token in _BREAKS or not token[0].isalnum() or (len(token) > 5 and token.endswith("ing"))


def _singulars(token: str) -> tuple[str, ...]:
    """The token, and what it may be the plural of."""
    found = [token]
    for plural, singular in (("s", ""), ("es", ""), ("ies", "y"), ("ves", "f"), ("ves", "fe"), ("men", "man")):
        if token.endswith(plural) and len(token) > len(plural) + 1:
            found.append(token[: -len(plural)] + singular)
    return tuple(found)


def _singular(token: str) -> str:
    """A rough guess for a word that isn't in the table, so that its plural draws the same target."""
    if token.endswith("ies") and len(token) > 4:
        return token[:-3] + "y"
    return token[:-1] if token.endswith("s") and not token.endswith(("ss", "us", "is")) else token


_CATEGORY_OF: dict[tuple[str, ...], str] = {
    tuple(_tokens(word)): category for category, entry in TABLE["categories"].items() for word in entry["words"]
}
_LONGEST = max(map(len, _CATEGORY_OF))


def _category(tokens: list[str]) -> str | None:
    """The category of exactly these tokens as one table entry; the spelling as given goes before a singular."""
    return next((_CATEGORY_OF[form] for form in product(*map(_singulars, tokens)) if form in _CATEGORY_OF), None)


def _matches(tokens: list[str]) -> Iterator[_Match]:
    """The table entries in a text, from the left, the longest first; they never overlap."""
    start = phrase = 0
    while start < len(tokens):
        for length in range(min(_LONGEST, len(tokens) - start), 0, -1):
            category = _category(tokens[start : start + length])
            if category is not None:
                yield _Match(category, TABLE["categories"][category]["kind"], phrase)
                start += length
                break
        else:
            phrase += _ends_phrase(tokens[start])
            start += 1
