"""Every text that a person sees, by key. The English is in ``en/``, a file for each part of the program.

A key is ``room.name``: ``engine.too_large`` is the entry ``too_large`` of ``en/engine.json``. An entry is a text, or a
pair of a sentence and a hint that says what to do. Placeholders are those of ``str.format``: ``{path}``.
"""

from .catalogue import hint, keys, text
from .dose import explained, verdict
from .job import finished, fraction, intensities, qualities, stage, stage_name, state, value_at

__all__ = [
    "explained",
    "finished",
    "fraction",
    "hint",
    "intensities",
    "keys",
    "qualities",
    "stage",
    "stage_name",
    "state",
    "text",
    "value_at",
    "verdict",
]
