"""What all tests share: a home of their own, photographs, and the judges."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from importlib.metadata import distribution
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent

# Before torch is imported, here or in a child: a fixed number of threads makes sums come out the same in every run,
# and two are what the smallest machine that runs these tests has.
os.environ["OMP_NUM_THREADS"] = "2"

# Workers don't step back here: while other programs keep the machine busy, tests with time limits would fail.
os.environ["BELLADONNA_NICENESS"] = "0"

# No deadline: machines are slow at times, and nothing here is about time. In CI the same examples in every run.
hypothesis.settings.register_profile(
    "belladonna",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("belladonna")


@pytest.fixture(scope="session", autouse=True)
def _never_the_users_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Whatever forgets to ask for ``home`` still stays out of the user's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BELLADONNA_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty Belladonna home, also for child processes."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("BELLADONNA_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def judges() -> Path:
    """The folder with the encoders that judge results: ``taef2_encoder.pth``, ``taesana_encoder.pth`` and decoders.

    They are not part of the repository; without them the test is skipped.
    """
    folder = ROOT.parent / "shared" / "models"
    missing = [name for name in ("taef2_encoder.pth", "taesana_encoder.pth") if not (folder / name).is_file()]
    if missing:
        pytest.skip(f"the judges are not in ../shared/models: {', '.join(missing)}")
    return folder


@pytest.fixture(scope="session")
def photograph_file() -> Callable[[str], Path]:
    """File name in ``skimage/data`` → its path. The package itself is never imported."""
    wheel = distribution("scikit-image")
    return lambda name: Path(str(wheel.locate_file(f"skimage/data/{name}")))


@pytest.fixture(scope="session")
def photograph(photograph_file: Callable[[str], Path]) -> Callable[[str], np.ndarray]:
    """File name in ``skimage/data`` → the picture, (height, width, 3) uint8 sRGB, a copy of its own for each call."""

    def load(name: str) -> np.ndarray:
        with Image.open(photograph_file(name)) as picture:
            return np.array(picture.convert("RGB"))

    return load


@pytest.fixture
def coffee(photograph: Callable[[str], np.ndarray]) -> np.ndarray:
    """The coffee cup, (400, 600, 3) uint8."""
    return photograph("coffee.png")


@pytest.fixture
def astronaut(photograph: Callable[[str], np.ndarray]) -> np.ndarray:
    """The astronaut, (512, 512, 3) uint8."""
    return photograph("astronaut.png")
