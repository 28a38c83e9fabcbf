"""install.py killed at any moment, with all that it had started: the next run ends well, upgrades harm nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from install_scene import Scene, tree

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no process groups to kill")

POINTS = 10


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    scene = Scene(tmp_path)
    scene.add_torch()
    scene.add_editors()
    return scene


@pytest.fixture(scope="module")
def moments(tmp_path_factory: pytest.TempPathFactory) -> list[int]:
    """At which of its changes an installation is killed: spread over all of them, the first and the last included."""
    scene = Scene(tmp_path_factory.mktemp("counting"))
    scene.add_torch()
    scene.add_editors()
    assert scene.install(kill_at=10**9).returncode == 0
    count = int(scene.counted.read_text())
    assert count > 2 * POINTS
    return [1 + round(index * (count - 1) / (POINTS - 1)) for index in range(POINTS)]


@pytest.mark.parametrize("point", range(POINTS))
def test_the_next_run_ends_well_and_so_does_taking_it_back(scene: Scene, moments: list[int], point: int) -> None:
    before = tree(scene.user)
    killed = scene.install(kill_at=moments[point])
    assert killed.returncode == -9
    if point % 3 == 1:  # taken back at once
        assert scene.install("--uninstall").returncode == 0
        assert tree(scene.user) == before
    again = scene.install()
    assert (again.returncode, again.stderr) == (0, "")
    assert scene.command("try").stdout == "shaded one\n"
    assert set(scene.made()) == {"environment", "torch", "belladonna", "krita", "gimp"}
    leftovers = [
        path for path in (*scene.home.glob("*"), *scene.user.rglob("*")) if path.name.endswith((".new", ".old"))
    ]
    assert leftovers == []
    assert [path.name for path in (scene.home / "envs").iterdir()] == [scene.environment.name]
    assert scene.install("--uninstall").returncode == 0
    assert not scene.home.exists()
    assert tree(scene.user) == before


def test_an_upgrade_that_is_killed_leaves_the_old_one_working(scene: Scene) -> None:
    assert scene.install().returncode == 0
    scene.edit("one", "two")
    assert scene.install(kill_at=10**9).returncode == 0
    count = int(scene.counted.read_text())
    edition = "two"
    for number in range(6):
        scene.edit(edition, f"{number}")
        assert scene.install(kill_at=1 + round(number * (count - 1) / 5)).returncode == -9
        assert scene.command("try").stdout in (f"shaded {edition}\n", f"shaded {number}\n"), "at any moment"
        edition = f"{number}"
        again = scene.install()
        assert (again.returncode, again.stderr) == (0, "")
        assert scene.command("try").stdout == f"shaded {edition}\n"
