"""From nothing and back, as the README says it: one command, both editors, the command line, one command."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from shared import wording
from shared.machine import location
from tests.e2e.debian_tree import Tree
from tests.e2e.installed import Installed, point
from tests.e2e.krita_app import KritaApp
from tests.e2e.krita_folders import KritaFolders
from tests.e2e.krita_pictures import bgra
from tests.e2e.krita_shading import array, prepare, shade
from tests.e2e.private_home import processes
from tests.e2e.real_gimp import RealGimp

pytestmark = pytest.mark.timeout(1200)  # it may have to wait for torch, and for a whole Debian with GIMP in it

WIDTH, HEIGHT = 600, 400


def contents(folder: Path) -> dict[Path, bytes | None]:
    """What is in a folder; None for folders and for what can't be read as a file."""
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def test_one_command_both_editors_and_back(
    start_krita: Callable[..., KritaApp],
    krita_in_tree: bool,
    gimp_place: Tree | None,
    coffee: np.ndarray,
    tmp_path: Path,
) -> None:
    installed, gimps, places, before = Installed(), [], [], {}

    def first_command(folders: KritaFolders) -> None:
        gimp = RealGimp(folders.home, gimp_place)
        before.update(contents(folders.home))
        said = installed.install(folders.home, "krita,gimp")
        assert wording.text("setup.plugin_done", editor="Krita", folder=folders.plugin) in said
        assert "GIMP 3." in said
        place = location.read(folders.plugin)
        assert place.home == folders.home / ".local" / "share" / "belladonna"
        assert location.read(gimp.plugin) == place
        point(folders.plugin, place.home, in_tree=krita_in_tree)
        gimp.use(place.home)
        gimps.append(gimp)
        places.append(place)

    krita = start_krita(plugin=first_command)
    folders, (gimp,), (place,) = krita.folders, gimps, places

    by_krita, by_gimp = in_krita(krita, coffee), in_gimp(gimp, coffee, tmp_path)
    assert np.array_equal(by_krita, by_command(folders.home, coffee, tmp_path))
    assert np.array_equal(by_krita, by_gimp)
    assert not np.array_equal(by_krita, coffee)

    krita.run("tidy(); trigger('file_quit')")
    assert krita.process.wait() == 0
    location.write(place, folders.plugin)  # where that was changed for a tree
    location.write(place, gimp.plugin)
    assert wording.text("setup.kept", path="").split()[0] not in installed.uninstall(folders.home)
    assert processes(place.home) == []
    after = contents(folders.home)
    assert set(before) <= set(after), "what was there before is there still"
    left = [path for path in after if "belladonna" in path.name.replace("belladonna_driver", "")]
    assert left == []
    settings = folders.kritarc.read_text().splitlines()
    assert [line for line in settings if "belladonna" in line] == ["enable_belladonna_driver=true"]


def in_krita(krita: KritaApp, picture: np.ndarray) -> np.ndarray:
    krita.run("new_document(600, 400, pixels=photo, name='coffee')", photo=bgra(picture).tobytes())
    prepare(krita)
    krita.run("from belladonna import choices; choices.remember_concept(doc(), 'coffee')")
    shade(krita)
    return array(krita.eval("pixels('Background (shaded)')"), WIDTH, HEIGHT)[..., [2, 1, 0]]


def in_gimp(gimp: RealGimp, picture: np.ndarray, folder: Path) -> np.ndarray:
    original, shaded = folder / "in-gimp.png", folder / "by-gimp.png"
    Image.fromarray(picture).save(original)
    with gimp.start(binds=[folder]) as running:
        status = running.do(f"""
image = load({str(original)!r})
result = shade(image, image.get_layers(), concept="coffee", quality="fast")[:2]
save(image, {str(shaded)!r})
""")
    assert status == ["success", ""]
    return rgb(shaded)


def by_command(user: Path, picture: np.ndarray, folder: Path) -> np.ndarray:
    """What the command makes of it that lies where a user's programs do."""
    original, shaded = folder / "for-command.png", folder / "by-command.png"
    Image.fromarray(picture).save(original)
    command = [str(user / ".local" / "bin" / "belladonna"), "shade", str(original), "-o", str(shaded)]
    same = {name: os.environ[name] for name in ("OMP_NUM_THREADS", "BELLADONNA_NICENESS")}
    environment = {"HOME": str(user), "PATH": os.defpath, **same}
    options = ["--concept", "coffee", "--quality", "fast"]
    done = subprocess.run([*command, *options], env=environment, capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, done.stderr
    return rgb(shaded)


def rgb(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.array(picture.convert("RGB"))
