"""SSIMULACRA2 as the PyPI package of that name computes it, an implementation that shares nothing with the engine's.

Its public function reads files of 8 bits per channel. Here its parts are put together in the same order for pictures
in memory, with one difference: with fewer than six scales (a side below 225 pixels) the package reads the list of
weights out of step. Here the scales that are missing count as zero.
"""

from __future__ import annotations

import numpy as np
from ssimulacra2 import ssimulacra2 as package


def reference_score(original: np.ndarray, changed: np.ndarray) -> float:
    """The score of two pictures (H, W, 3), uint8 or float in 0…1, both sides at least 8 pixels."""
    pair = [package.srgb_to_linear(x if x.dtype == np.uint8 else x * 255.0) for x in (original, changed)]
    scores = package.Msssim()
    scores.scales = [package.MsssimScale() for _ in range(package.kNumScales)]
    for scale in scores.scales:
        if min(pair[0].shape[:2]) < 8:
            break
        one, two = (package.make_positive_xyb(package.linear_rgb_to_xyb(x)) for x in pair)
        mean1, mean2, square1, square2, product = (
            package.blur_image(x) for x in (one, two, one * one, two * two, one * two)
        )
        scale.avg_ssim = package.ssim_map(mean1, mean2, square1, square2, product)
        scale.avg_edgediff = package.edge_diff_map(one, mean1, two, mean2)
        pair = [package.downsample(x, 2, 2) for x in pair]
    return float(scores.score())
