"""The plug-ins as parts of the installation: into which editors, made from what, and what stands in the way."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from shared.location import Location, LocationError

from . import gimp, krita, sources
from .errors import InstallError
from .installation import Installation
from .steps import Step

EDITORS = {"krita": krita, "gimp": gimp}


def find(names: Sequence[str], checkout: Path) -> dict[str, list[Installation]]:
    """The editors of these names that this user has, and that the checkout has a plug-in for."""
    found = {name: EDITORS[name].find() for name in names if (checkout / f"{name}_plugin").is_dir()}
    return {name: installations for name, installations in found.items() if installations}


def steps(
    found: Mapping[str, Sequence[Installation]], checkout: Path, location: Location, vendor: Path | None
) -> list[Step]:
    """One for each editor, in any order. ``vendor`` is the folder with pyzmq, if there is one."""
    return [
        Step(
            name,
            _source(name, installations, checkout, location, vendor),
            partial(_present, installations),
            partial(_put, installations, checkout, location, vendor),
        )
        for name, installations in found.items()
    ]


def _source(
    name: str, installations: Sequence[Installation], checkout: Path, location: Location, vendor: Path | None
) -> str:
    """SHA-256 over all that the plug-in is made from and by, and the places that it goes to."""
    files = sources.inside(checkout, (*EDITORS[name].SOURCES, "daemon/setup"))
    parts = [sources.fingerprint(checkout, files), location, vendor, *(each.folder for each in installations)]
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _present(installations: Sequence[Installation]) -> bool:
    return all(each.folder.is_dir() for each in installations)


def _put(installations: Sequence[Installation], checkout: Path, location: Location, vendor: Path | None) -> None:
    for each in installations:
        if each.running():
            raise InstallError(
                f"{each.editor} is running, so the plug-in was not put into it.",
                f"Close {each.editor}, then run this again.",
            )
        try:
            each.install(checkout, location, vendor)
        except LocationError as error:
            raise InstallError(str(error), error.hint) from None
        except OSError as error:
            raise InstallError(
                f"The plug-in can't be put into {each.editor}: {error.filename or 'a file'}: {error.strerror}.",
                "Make that possible, then run this again.",
            ) from None
