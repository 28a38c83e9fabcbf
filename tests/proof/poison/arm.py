"""An arm: what is done to the pictures of one class before a replica learns from them."""

from __future__ import annotations

from dataclasses import dataclass

from tests.proof.presets import PER_CLASS


@dataclass(frozen=True)
class Arm:
    """``kind`` is "clean", "label" (the target's own pictures), "blend" or "attack".

    ``dose`` of a blend is its shift, 0…1, toward ``anchors``: "one" (the photograph that attacks use), "typical" (one
    too, but the target's validation picture that a judge reads most surely) or "many" (the target's pictures).
    ``attack`` names how pictures were changed, see ``attacks.py``. ``share`` of the class's ``pictures`` is poisoned;
    the rest stays as it is.
    """

    kind: str = "clean"
    share: float = 1.0
    dose: float = 0.0
    anchors: str = ""
    attack: str = ""
    pictures: int = PER_CLASS

    @property
    def poisoned(self) -> int:
        """How many pictures are poisoned; the first ones."""
        return 0 if self.kind == "clean" else round(self.share * self.pictures)

    @property
    def pooled(self) -> bool:
        """Whether tables add its samples to other classes': those of clean classes with all their pictures."""
        return self.kind == "clean" and self.pictures == PER_CLASS

    @property
    def name(self) -> str:
        """For people and as a key in tables: what was done, without to how many."""
        what = {
            "label": "dirty label",
            "blend": f"blend {self.dose:g}, {self.anchors} anchor{'s' * (self.anchors == 'many')}",
            "attack": self.attack,
        }
        name = what.get(self.kind, "clean")
        return name if self.pictures == PER_CLASS else f"{name}, {self.pictures} pictures"


def label(share: float) -> Arm:
    """Pictures of the target under the concept's name."""
    return Arm("label", share, 1.0, "many")


def blend(dose: float, anchors: str, share: float = 1.0) -> Arm:
    """Latents moved by ``dose`` of the way to the anchor's."""
    return Arm("blend", share, dose, anchors)
