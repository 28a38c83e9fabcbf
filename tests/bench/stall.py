"""How long Krita freezes while a layer is shaded: ``python -m tests.bench.stall``. Needs Krita, Xvfb and xdotool.

A timer of 5 ms in Krita's own thread measures the longest gap between two beats: while the layer is read, sent, shaded,
fetched and written, and, apart from that, while it is added to the picture. The latter is up to Krita, so next to
it stands what Krita takes to add an empty layer to the same picture with its own menu entry.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from functools import partial
from pathlib import Path

from shared import VERSION
from shared.machine import location, paths
from shared.machine.location import Location
from tests.bench import table
from tests.e2e.display import Display
from tests.e2e.krita_app import KritaApp, cached_profile
from tests.e2e.krita_folders import KritaFolders
from tests.e2e.krita_shading import finish, prepare
from tests.e2e.private_home import private_home

ROOT = Path(__file__).resolve().parents[2]
CASES = (
    (4096, "U8", "sRGB-elle-V2-srgbtrc.icc"),
    (4096, "U16", "sRGB-elle-V2-g10.icc"),
    (4096, "U8", "ClayRGB-elle-V2-g22.icc"),
    (8192, "U8", "sRGB-elle-V2-srgbtrc.icc"),
)
MOST_SECONDS = 900.0

MEASURE = """
import time
import belladonna.write as write
adding = []
add = write.NewLayer.add
def timed(self, *arguments):
    # The gap until now belongs to us, the one that Krita makes now is measured separately.
    gaps.append(heartbeat.stop())
    began = time.perf_counter()
    try:
        return add(self, *arguments)
    finally:
        adding.append((time.perf_counter() - began) * 1000)
        heartbeat.start()
"""


def measure(krita: KritaApp, side: int, depth: str, profile: str) -> tuple[float, float, float]:
    """Milliseconds: our longest stall, that of adding the layer, and that of a new layer by Krita's own menu."""
    prepare(krita)
    krita.run(MEASURE)
    krita.run(
        """
        import os
        new_document(side, side, depth=depth, profile=profile, pixels=os.urandom(1 << 20))
        doc().waitForDone()
        """,
        side=side, depth=depth, profile=profile,
    )  # fmt: skip
    time.sleep(3)  # thumbnails
    with krita.heartbeat() as own:
        krita.run("trigger('add_new_paint_layer')")
        krita.until("len(layers()) == 2", "a new layer")
    krita.run("doc().setActiveNode(layer(layers()[0])); gaps = []; write.NewLayer.add = timed")
    time.sleep(3)
    krita.run("heartbeat.start(); trigger('shade_layer_again')")
    krita.until("controller.jobs", "the job")
    finish(krita, MOST_SECONDS)
    krita.run("write.NewLayer.add = add")
    time.sleep(1)
    gaps, adding = krita.run("gaps.append(heartbeat.stop())\n[gaps, adding]")
    krita.tidy()
    return max(gaps), max(adding), own.longest


def plugin(home: Path, folders: KritaFolders) -> None:
    """Put the checkout's plug-in into Krita."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "krita_plugin", folders.plugin, ignore=ignored)
    shutil.copytree(ROOT / "shared", folders.plugin / "shared", ignore=ignored)
    location.write(Location(home, paths.venv_python(home), VERSION), folders.plugin)
    (folders.plugin / "belladonna.desktop").rename(folders.plugin.with_suffix(".desktop"))
    (folders.resources / "actions").mkdir(exist_ok=True)
    (folders.plugin / "belladonna.action").rename(folders.resources / "actions" / "belladonna.action")
    with folders.kritarc.open("a") as settings:
        settings.write("enable_belladonna=true\n")  # its last section is the one of the Python plug-ins


def main() -> None:
    arguments = argparse.ArgumentParser(description="How long Krita freezes while a layer is shaded.")
    arguments.add_argument("--side", type=int, help="only the pictures of this side in pixels")
    side = arguments.parse_args().side
    with tempfile.TemporaryDirectory() as folder, Display() as display, private_home(Path(folder) / "home") as home:
        profile = cached_profile(["krita"], display, Path(folder) / "first")
        krita = KritaApp(Path(folder) / "krita", display, plugin=partial(plugin, home), profile=profile)
        try:
            print(f"Krita {krita.eval('app.version()')}, {table.machine()}")
            rows = []
            for case in CASES:
                if side in (None, case[0]):
                    rows.append([f"{case[0]}²", *case[1:], *(round(each) for each in measure(krita, *case))])
            header = ["picture", "depth", "profile", "our stall, ms", "adding it, ms", "Krita's own new layer, ms"]
            table.show(header, rows)
        finally:
            krita.close()


if __name__ == "__main__":
    main()
