"""The plot of what survives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from daemon.pictures.model import PictureFile
from daemon.pictures.plot import COLOURS, survival_plot


def report(*shares: float) -> dict[str, Any]:
    views = {f"view {number}": share for number, share in enumerate(shares)}
    return {"shift": {"mean": sum(shares) / len(shares), "views": views}, "survival": {"views": {"JPEG 50": 0.3}}}


def painted(plot: PictureFile, key: str) -> int:
    return int((plot.samples == COLOURS[key]).all(axis=2).sum())


def test_bars_are_as_long_as_the_shares() -> None:
    one, two = (survival_plot([report(share)]) for share in (0.1, 0.2))
    heading = painted(survival_plot([report(0.0)]), "shift")  # its letters and a bar of one pixel
    assert painted(two, "shift") - heading == pytest.approx(2 * (painted(one, "shift") - heading), rel=0.03)
    assert painted(one, "survival") == painted(two, "survival") > painted(two, "shift")


def test_a_bar_of_several_pictures_is_their_mean() -> None:
    both, mean = survival_plot([report(0.1), report(0.3)]), survival_plot([report(0.2), report(0.2)])
    assert painted(both, "shift") == pytest.approx(painted(mean, "shift"), rel=0.1)
    assert not np.array_equal(both.samples, mean.samples), "the range is drawn too"


@pytest.mark.parametrize("share", [-0.5, 0.0, 0.7, 5.0])
def test_any_share_stays_in_the_picture(share: float) -> None:
    plot = survival_plot([report(share, 0.1)])
    assert plot.samples.shape == survival_plot([report(0.1, 0.1)]).samples.shape
    border = np.concatenate([plot.samples[:, :4], plot.samples[:, -4:]], 1)
    assert (border == 255).all()
