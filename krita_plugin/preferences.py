"""What the window remembers: the last settings in Krita's own configuration, the concept inside each document."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from .common import messages

GROUP = "belladonna"
CONCEPT = "belladonna/concept"  # key of the document's annotation
LAYER, IMAGE = "layer", "image"


@dataclass(frozen=True)
class Preferences:
    """The choices of the last time, apart from the concept."""

    target: str = ""  # "" = automatic
    intensity: str = "default"
    quality: str = "default"
    what: str = LAYER

    def options(self, concept: str) -> messages.Options:
        return messages.Options(
            concept=concept, target=self.target or None, intensity=self.intensity, quality=self.quality
        )


def load(app: Any) -> Preferences:
    """The last choices; what is missing or no longer known is the default."""
    found = Preferences(
        **{
            field.name: app.readSetting(GROUP, field.name, str(field.default))
            for field in dataclasses.fields(Preferences)
        }
    )
    return dataclasses.replace(
        found,
        intensity=found.intensity if found.intensity in messages.INTENSITIES else "default",
        quality=found.quality if found.quality in messages.QUALITIES else "default",
        what=found.what if found.what in (LAYER, IMAGE) else LAYER,
    )


def save(app: Any, preferences: Preferences) -> None:
    for name, value in dataclasses.asdict(preferences).items():
        app.writeSetting(GROUP, name, value)


def concept_of(document: Any) -> str:
    """What was last said to be in this picture; "" if nothing was."""
    return bytes(document.annotation(CONCEPT)).decode("utf-8", errors="replace")


def remember_concept(document: Any, concept: str) -> None:
    """Keep it in the document, so that it is saved with a .kra file. Alone it is no reason to ask for saving."""
    if concept != concept_of(document):
        modified = document.modified()
        document.setAnnotation(CONCEPT, "Belladonna: what the picture shows", concept.encode("utf-8"))
        document.setModified(modified)
