"""How large a replica is, how long it learns, how much is asked of it."""

from __future__ import annotations

from dataclasses import dataclass

PER_CLASS = 500  # training pictures of a class


@dataclass(frozen=True)
class Preset:
    """``width`` and ``depth`` of the transformer, ``batch`` pictures a step; ``samples`` for each arm.

    Whole clean classes are asked for fewer: ``samples_of_clean``.

    ``epochs`` are how often it sees 500 pictures of each class, of which it has ``pictures``. ``sampling_steps`` are
    the solver's. ``seen`` of the samples are also decoded for the judge of pixels, at guidance 3. ``judge_epochs`` is
    how often the latent judge sees the clean training pictures. ``attack_steps`` are the reference method's.
    """

    width: int
    depth: int
    epochs: float
    batch: int
    rate: float
    samples: int
    sampling_steps: int
    seen: int
    judge_epochs: int
    attack_steps: int
    pictures: int = PER_CLASS

    @property
    def samples_of_clean(self) -> int:
        """For each clean class that has all its pictures, the target included: tables add several of them up."""
        return min(self.samples, max(64, self.samples // 4))

    def steps(self, classes: int) -> int:
        """How long a replica of so many classes learns."""
        return max(1, round(self.epochs * classes * PER_CLASS / self.batch))


PRESETS = {
    "smoke": Preset(32, 2, 0.01, 16, 1e-3, 4, 2, 2, 1, 2, 2),
    "cpu": Preset(192, 4, 8, 64, 1.5e-3, 256, 12, 128, 22, 40),
    "gpu": Preset(768, 12, 60, 1024, 4e-4, 512, 24, 256, 22, 500),
}
GUIDANCE = (1.0, 3.0, 7.0)
