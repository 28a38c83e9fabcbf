"""Anchors: pictures of the targets. The optimisation moves toward their latents."""

from ..concepts import photographs
from .anchor import Anchor
from .file import of_file
from .targets import of_target

__all__ = ["Anchor", "of_file", "of_target", "photographs"]
