"""``belladonna try``: shade a sample picture, put the results where they can be looked at, and print the report."""

from __future__ import annotations

import argparse
from importlib import metadata
from pathlib import Path
from typing import Any

from shared.protocol.admission import Refused
from shared.protocol.messages import Options
from shared.wording import value_at

from ..pictures.comparison import comparison
from ..pictures.files import load, save
from ..pictures.fit import fit
from ..pictures.model import Picture, PictureError
from .progress_bar import ProgressBar, number
from .session import Cancelled, NoDaemon, Session
from .shade import DONE, INTERRUPTED, NO_DAEMON, REFUSED, complain
from .shade_files import write_report
from .shade_picture import Shaded, ShadingFailed, shade_picture

SAMPLE = "skimage/data/coffee.png"
CONCEPT = "coffee"
FOLDER = Path("belladonna-try")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument(
        "--out", type=Path, default=FOLDER, metavar="FOLDER", help=f"where the results go (default: {FOLDER})"
    )
    parser.add_argument("--picture", type=Path, help="a picture of your own instead of the sample, a cup of coffee")
    parser.add_argument("--concept", help="what your own picture shows")


def run(args: argparse.Namespace) -> int:
    """Exit codes as those of ``belladonna shade``. Results of an earlier try are replaced."""
    try:
        source = sample() if args.picture is None else args.picture
        concept = args.concept or _concept(args.picture)
        picture = fit(load(source), "PNG", source.name)
        _make(args.out)
        with Session("belladonna try") as session, ProgressBar(source.name) as bar:
            shaded = shade_picture(session.client(), picture, Options(concept), None, bar, lambda: session.interrupted)
        _write(args.out, picture, shaded)
    except (PictureError, Refused, ShadingFailed) as error:
        complain(error)
        return REFUSED
    except NoDaemon as error:
        complain(error)
        return NO_DAEMON
    except Cancelled:
        print("Cancelled.")
        return INTERRUPTED
    print(table(source.name, concept, picture, shaded.report))
    print(f"\nLook at {args.out / 'comparison.png'}; beside it lie original.png, shaded.png and report.json.")
    return DONE


def sample() -> Path:
    """The photograph of a cup of coffee that scikit-image brings along; the package itself isn't imported."""
    try:
        return Path(str(metadata.distribution("scikit-image").locate_file(SAMPLE)))
    except metadata.PackageNotFoundError:
        raise PictureError(
            "The sample picture is missing: it comes with scikit-image, which isn't installed.",
            "Give a picture of your own with --picture.",
        ) from None


def table(name: str, concept: str, picture: Picture, report: dict[str, Any]) -> str:
    """The report for people, in two columns."""
    anchor = value_at(report, "anchor", "name")
    target = report.get("target") or "–"
    rows = [
        ("picture", f"{name}, {picture.width} × {picture.height}"),
        ("concept → target", f"{concept or '–'} → {target}{f' (anchor: {anchor})' if anchor else ''}"),
        *_shift_rows(report),
        ("SSIMULACRA2", f"{number(value_at(report, 'visibility', 'ssimulacra2'), 1)}  (90: can't be told apart)"),
        ("PSNR", f"{number(value_at(report, 'difference', 'psnr'), 1)} dB"),
        ("time", f"{number(report.get('seconds'), 1)} s on {report.get('device') or 'an unknown device'}"),
    ]
    width = max(len(label) for label, _ in rows)
    notes = [f"Note: {note}" for note in report.get("notes", [])]
    return "\n".join([*(f"{label:<{width}}  {value}" for label, value in rows), *notes])


def _shift_rows(report: dict[str, Any]) -> list[tuple[str, str]]:
    """The mean shift, then that of each view."""
    views = value_at(report, "shift", "views")
    mean = number(value_at(report, "shift", "mean"), 3)
    rows = [("shift, mean of views", f"{mean}  (0: unmoved, 1: all the way to the anchor)")]
    if isinstance(views, dict):
        rows += [(f"  {view}", number(value, 3)) for view, value in views.items()]
    return rows


def _concept(picture: Path | None) -> str:
    if picture is not None:
        raise PictureError(f"What {picture.name} shows is not known.", "Say it with --concept.")
    return CONCEPT


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PictureError(f"The folder {folder} can't be made: {error.strerror}.", "Choose another --out.") from None


def _write(folder: Path, picture: Picture, shaded: Shaded) -> None:
    save(picture, folder / "original.png", force=True)
    save(shaded.picture, folder / "shaded.png", force=True)
    save(comparison(picture, shaded.picture), folder / "comparison.png", force=True)
    write_report([shaded.report], folder / "report.json", single=True, force=True)
