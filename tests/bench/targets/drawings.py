"""The shipped drawings of the targets, made again from Debian's package: ``python -m tests.bench.targets.drawings``.

Each is laid over white, cut to what is drawn, set into a white square, and saved with the page that says where it
comes from. A ground with texture would let encoders see it move further, but only toward the ground: README.md has the
figures.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image, ImageChops, ImageOps

from daemon.shading import anchors
from tests.bench import pictures
from tests.bench.targets import toaster
from tests.bench.targets.sources import SOURCES

FOLDER = Path(anchors.__file__).parent / "drawings"
SIDE = 512  # pixels, at which models are trained
DRAWN = 430  # pixels of them for what is drawn: little of it is cut off where the anchor covers a longer picture
WHITE = 8  # what differs less from white is no part of the drawing: soft shadows end there
QUALITY = 90  # of WebP; all together stay below 1.5 MB

PAGE = """# Drawings of targets

Anchors for the targets that scikit-image has no photograph of. All but the toaster come from the Open Clip Art Library,
as Debian's package `openclipart-png` has them: public domain (Creative Commons Public Domain Dedication; the package's
`copyright` file has the text). Titles and authors are known only as far as the file names tell.
`python -m tests.bench.targets.drawings` lays them over white, cuts them, sets them into a square, and writes this page.
The toaster is drawn by that script and has the project's licence.

| target | file in `usr/share/openclipart/png` |
|---|---|
"""


def square(image: Image.Image) -> Image.Image:
    """RGB, ``SIDE`` pixels square: what is drawn, in the middle; without a frame if the drawing has a ground."""
    blank = Image.new("RGB", image.size, "white")
    seen = [255 * (difference > WHITE) for difference in range(256)]
    box = ImageChops.difference(image, blank).convert("L").point(seen).getbbox()
    drawn = image.crop(box)
    if drawn.getpixel((0, 0)) != blank.getpixel((0, 0)):
        return ImageOps.fit(drawn, (SIDE, SIDE), Image.Resampling.LANCZOS)
    fitted = ImageOps.contain(drawn, (DRAWN, DRAWN), Image.Resampling.LANCZOS)
    whole = Image.new("RGB", (SIDE, SIDE), "white")
    whole.paste(fitted, ((SIDE - fitted.width) // 2, (SIDE - fitted.height) // 2))
    return whole


def main() -> None:
    """Make the folder's files; those that are there already are written over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, help="where the Debian packages were unpacked")
    root = (parser.parse_args().pictures or pictures.fetch()) / "usr/share/openclipart/png"
    FOLDER.mkdir(exist_ok=True)
    for target, path in [*SOURCES.items(), ("toaster", None)]:
        image = toaster.draw() if path is None else pictures.over_white(root / path)
        square(image).save(FOLDER / f"{target.replace(' ', '_')}.webp", quality=QUALITY, method=6)
    rows = {
        **{target: f"`{path}`" for target, path in SOURCES.items()},
        "toaster": "– (`tests/bench/targets/toaster.py`)",
    }
    page = PAGE + "".join(f"| {target} | {rows[target]} |\n" for target in sorted(rows))
    (FOLDER / "README.md").write_text(page, encoding="utf-8")
    print(f"{sum(file.stat().st_size for file in FOLDER.glob('*.webp'))} bytes")


if __name__ == "__main__":
    main()
