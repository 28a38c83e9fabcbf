"""The other program that counts, and what is computed from its count."""

from __future__ import annotations

import time

import psutil
import pytest

from tests.bench.busy import Busy, speed
from tests.bench.contention import Pairs


def test_busy_processes_count_until_they_are_told_to_stop() -> None:
    before = psutil.Process().children()  # such as the resource tracker of an earlier test's pool
    with Busy(2, 0.001) as busy:
        children = [child for child in psutil.Process().children() if child not in before]
        first = busy.tally()
        while busy.tally()[0] < first[0] + 4:
            time.sleep(0.01)
        assert speed(first, busy.tally()) > 0
    assert len(children) == 2
    assert not any(child.is_running() for child in children)


def test_pauses_are_no_part_of_the_speed() -> None:
    assert speed((10, 1.0), (30, 1.5)) == 40


def test_a_row_has_medians_and_the_median_loss() -> None:
    pairs = Pairs(quiet=[1.0, 9.0, 2.0], beside=[4.0, 3.0, 8.0], own=[100.0, 50.0, 10.0], disturbed=[90.0, 40.0, 10.0])
    assert pairs.row("load") == ["load", 2.0, 4.0, pytest.approx(2.0), "10 %"]
