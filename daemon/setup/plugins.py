"""The plug-ins as parts of the installation: into which editors, made from what, and what stands in the way."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from shared.machine.location import Location, LocationError

from . import gimp, krita, kritarc, reasons, sources
from .console import say
from .errors import InstallError
from .installation import Installation
from .manifest import Manifest
from .steps import Step
from .system import System
from .theirs import Theirs

EDITORS = {"krita": krita, "gimp": gimp}


def find(names: Sequence[str], system: System) -> dict[str, list[Installation]]:
    """The editors of these names that this user has."""
    found = {name: EDITORS[name].find(system) for name in names}
    return {name: installations for name, installations in found.items() if installations}


def waiting(names: Sequence[str], system: System) -> list[str]:
    """What the editors are called that must be started once before they can get a plug-in."""
    return [title for name in names for title in EDITORS[name].waiting(system)]


def step(
    name: str,
    installation: Installation,
    checkout: Path,
    location: Location,
    vendor: Path | None,
    manifest: Manifest,
    *,
    while_running: bool = False,
) -> Step:
    """Putting the plug-in of ``name`` into one editor. ``vendor`` is the folder with pyzmq, if there is one."""
    location = replace(location, sandboxed=installation.sandboxed)
    # SHA-256 over all that the plug-in is made from and by, and the place that it goes to.
    files = sources.inside(checkout, (*EDITORS[name].SOURCES, "daemon/setup"))
    parts = [sources.fingerprint(checkout, files), location, vendor, installation.folder]
    source = hashlib.sha256(repr(parts).encode()).hexdigest()
    return Step(
        f"{name} {installation.key}",
        source,
        partial(_present, installation, manifest),
        partial(_put, installation, checkout, location, vendor, manifest, while_running),
    )


def _present(installation: Installation, manifest: Manifest) -> bool:
    """Whether all files are there. What the user has changed in them stays as long as nothing is to upgrade."""
    if installation.key not in manifest.editors or manifest.missing(installation.key):
        return False
    settings = installation.settings
    # A Krita that was running has written its settings anew, without the line.
    return settings is None or (
        settings.is_file() and kritarc.is_enabled(settings.read_bytes(), installation.folder.name)
    )


def _put(
    installation: Installation,
    checkout: Path,
    location: Location,
    vendor: Path | None,
    manifest: Manifest,
    while_running: bool,
) -> None:
    caution = installation.check_running(while_running=while_running)
    try:
        theirs = Theirs(manifest, installation)
        manifest.begin(installation)
        installation.install(checkout, location, vendor)
        manifest.finish(installation)
        replaced = theirs.give_back(manifest)
    except LocationError as error:
        raise InstallError(str(error), error.hint) from None
    except OSError as error:
        problem = reasons.of_error(error)
        sentence = f"The plug-in can't be put into {installation.editor}. {problem}"
        raise InstallError(sentence, problem.hint) from None
    if replaced:
        names = ", ".join(replaced)
        say(f"{installation.editor}: replaced {names}, which had been changed by hand. Yours are in {theirs.place}")
    if caution:
        say(caution)
