"""What the artist chooses: the last settings, kept in Krita's own configuration, and the concept, in each document."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .vendored import LAYER, WHAT, messages

if TYPE_CHECKING:
    from krita import Document, Krita

GROUP = "belladonna"
CONCEPT = "belladonna/concept"  # key of the document's annotation


@dataclass(frozen=True)
class Choices:
    """Everything in the dialog apart from the concept."""

    target: str = ""  # "" = automatic
    intensity: str = "default"
    quality: str = "default"
    what: str = LAYER

    def options(self, concept: str) -> messages.Options:
        """What they ask the daemon for."""
        return messages.Options(
            concept=concept, target=self.target or None, intensity=self.intensity, quality=self.quality
        )


def load(app: Krita) -> Choices:
    """The last choices; the default in place of what is missing or no longer known."""
    found = Choices(
        **{field.name: app.readSetting(GROUP, field.name, str(field.default)) for field in dataclasses.fields(Choices)}
    )
    return dataclasses.replace(
        found,
        intensity=found.intensity if found.intensity in messages.INTENSITIES else "default",
        quality=found.quality if found.quality in messages.QUALITIES else "default",
        what=found.what if found.what in WHAT else LAYER,
    )


def save(app: Krita, choices: Choices) -> None:
    """Remember them for the next time."""
    for name, value in dataclasses.asdict(choices).items():
        app.writeSetting(GROUP, name, value)


def concept_of(document: Document) -> str:
    """What the artist last said this picture shows; "" if nothing."""
    return bytes(document.annotation(CONCEPT)).decode("utf-8", errors="replace")


def remember_concept(document: Document, concept: str) -> None:
    """Keep it in the document, so that it is saved in a .kra file. It is no reason by itself to ask for saving."""
    if concept != concept_of(document):
        modified = document.modified()
        document.setAnnotation(CONCEPT, "Belladonna: what the picture shows", concept.encode("utf-8"))
        document.setModified(modified)
