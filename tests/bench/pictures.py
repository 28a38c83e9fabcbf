"""The pictures the figures are measured on: photographs, flat drawings, wallpapers.

Photographs come with scikit-image. Drawings and wallpapers come from Debian's packages ``openclipart-png`` and
``plasma-workspace-wallpapers``, downloaded with apt-get where there is one (225 MB, once); on other systems
``--pictures`` names a folder into which they were unpacked. The embedded surrogate has seen none of them in training.
"""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from daemon.shading import anchors
from daemon.shading.anchors.anchor import LARGEST_PIXELS, decoded

CACHE = Path(__file__).resolve().parents[1] / "output" / "pictures"
PACKAGES = ("openclipart-png", "plasma-workspace-wallpapers")
PHOTOGRAPHS = ("astronaut.png", "coffee.png", "rocket.jpg", "chelsea.png")
DRAWINGS = (
    "animals/birds/mirjam_meijer_mirjam_mei_01.png",
    "animals/mammals/big_cats/tiger_graig_ryan_smith_-_01.png",
    "food/bread_and_wine_mark_near_.png",
    "transportation/roadsigns/stop-sign-angled_01.png",
)
WALLPAPERS = (
    "Altai/contents/images/5120x2880.png",
    "PastelHills/contents/images/3200x2000.jpg",
    "SafeLanding/contents/images/5120x2880.jpg",
    "summer_1am/contents/images/2560x1600.jpg",
)
WALLPAPER_SIDE = 1080  # pixels on the shorter side: wallpapers are brought to what people post


@dataclass(frozen=True)
class Sample:
    """A picture in RGB; ``target`` is what it is shaded toward (never what it shows)."""

    kind: str
    name: str
    image: Image.Image
    target: str


def over_white(path: Path) -> Image.Image:
    """The picture in RGB, transparent parts white."""
    return decoded(path.read_bytes(), LARGEST_PIXELS)


def with_shorter_side(image: Image.Image, side: int) -> Image.Image:
    """The picture scaled so that its shorter side has ``side`` pixels."""
    scale = side / min(image.size)
    return image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)


def fetch(folder: Path = CACHE) -> Path:
    """Download and unpack the packages unless that was done. Raises ``CalledProcessError`` or ``FileNotFoundError``."""
    done = folder / "unpacked"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "-qq", "download", *PACKAGES], cwd=folder, check=True, stderr=subprocess.DEVNULL)
        for package in folder.glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
            package.unlink()
        done.touch()
    return folder


def photographs() -> Iterator[Sample]:
    """Four photographs, shorter side 512 pixels."""
    for name in PHOTOGRAPHS:
        image = with_shorter_side(over_white(anchors.photographs.folder() / name), 512)
        yield Sample("photograph", name, image, "coffee" if name == "chelsea.png" else "cat")


def drawings(root: Path) -> Iterator[Sample]:
    """Four flat drawings of 1,000 to 1,500 pixels."""
    for name in DRAWINGS:
        path = root / "usr/share/openclipart/png" / name
        yield Sample("drawing", path.stem[:16], over_white(path), "coffee" if "cats" in name else "cat")


def wallpapers(root: Path) -> Iterator[Sample]:
    """Four wallpapers, shorter side 1,080 pixels."""
    for name in WALLPAPERS:
        image = over_white(root / "usr/share/wallpapers" / name)
        yield Sample("wallpaper", name.split("/")[0], with_shorter_side(image, WALLPAPER_SIDE), "cat")


def of_kinds(kinds: Collection[str], folder: Path | None) -> Iterator[Sample]:
    """The pictures of the wanted kinds; ``folder``: where the packages are, ``None`` to download them if need be."""
    if "photograph" in kinds:
        yield from photographs()
    if {"drawing", "wallpaper"} & set(kinds):
        root = folder or fetch()
        if "drawing" in kinds:
            yield from drawings(root)
        if "wallpaper" in kinds:
            yield from wallpapers(root)
