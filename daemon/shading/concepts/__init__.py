"""Concept → target: what a model is to learn instead of what the picture shows. Needs nothing heavy."""

from . import own, photographs, pictures
from .resolve import Resolution, resolve, words
from .table import AUTOMATIC, DEFAULT, DRAWINGS, PHOTOGRAPHS, STAND_INS, TARGETS, VERSION

__all__ = [
    "AUTOMATIC",
    "DEFAULT",
    "DRAWINGS",
    "PHOTOGRAPHS",
    "STAND_INS",
    "TARGETS",
    "VERSION",
    "Resolution",
    "own",
    "photographs",
    "pictures",
    "resolve",
    "words",
]
