"""Pictures of the targets, to whose latents the optimisation moves."""

from .pictures import Anchor, of_file, of_target, photographs

__all__ = ["Anchor", "of_file", "of_target", "photographs"]
