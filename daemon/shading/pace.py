"""How far a job is, for people: stage, step, and how much of the way to the anchor is covered."""

from __future__ import annotations

from collections.abc import Callable

OnProgress = Callable[[str, int, int, float], None]  # stage, step, steps, shift so far; may raise Cancelled
SMOOTHING = 0.75  # each step sees a different view, and some views are further along than others


class Pace:
    """Passes on what the loop reports, smoothed over views. A job can be cancelled at every call."""

    def __init__(self, on_progress: OnProgress, steps: int) -> None:
        self.on_progress, self.steps = on_progress, steps
        self.stage, self.step, self.shift = "preparing", 0, 0.0

    def stepped(self, step: int, distance: float) -> None:
        """A step of the optimisation is done, which saw the picture at ``distance`` (1 = start, 0 = anchor)."""
        seen = 1.0 - distance
        self.stage, self.step = "shading", step
        self.shift = seen if step <= 1 else SMOOTHING * self.shift + (1 - SMOOTHING) * seen
        self.beat()

    def finishing(self) -> None:
        """The optimisation is done; fitting, rounding and measuring follow."""
        self.stage = "finishing"
        self.beat()

    def beat(self) -> None:
        """Repeat where the job is, between long computations, so that it can be cancelled there too."""
        self.on_progress(self.stage, self.step, self.steps, max(0.0, self.shift))
