"""The sheet with original, shaded picture and difference."""

from __future__ import annotations

import numpy as np
import pytest
from picture_files import noise

from daemon.pictures.comparison import amplification, comparison
from daemon.pictures.model import PictureFile


def test_the_difference_is_amplified_but_hardly_cut() -> None:
    assert amplification(np.zeros((4, 4, 3))) == 64
    assert amplification(np.full((4, 4, 3), -15.0)) == 8
    assert amplification(np.full((4, 4, 3), 200.0)) == 1


@pytest.mark.parametrize("size", [(1, 1), (17, 4099), (400, 600)], ids=str)
def test_the_comparison_shows_all_three(size: tuple[int, int]) -> None:
    before = PictureFile("PNG", noise(*size, 3, np.uint8) // 2, 3)
    after = PictureFile("PNG", before.samples + 4, 3)
    sheet = comparison(before, after).samples
    assert sheet.shape[1] >= 3 * min(size[1], 640)
    if size == (400, 600):
        assert (sheet == 128 + 16 * 4).all(axis=2).sum() >= 400 * 600 * 0.99
