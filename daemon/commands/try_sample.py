"""``belladonna try``: shade a sample picture, save the results to look at, and print the report."""

from __future__ import annotations

import argparse
from contextlib import closing
from importlib import metadata
from pathlib import Path
from typing import Any

from shared.problem import Problem
from shared.protocol.messages import Code, Options
from shared.wording import explained, text, value_at

from ..pictures.comparison import comparison
from ..pictures.files import load, save
from ..pictures.fit import fit
from ..pictures.model import PictureFile
from .complaint import complain
from .interruption import Interruption
from .progress_bar import ProgressBar, number
from .shade import DONE, INTERRUPTED, NO_DAEMON, REFUSED
from .shade_files import write_report
from .shade_picture import Shaded, command_client, no_daemon, shade_picture

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
    with closing(command_client("belladonna try")) as client, Interruption() as interruption:
        try:
            source = sample() if args.picture is None else args.picture
            concept = args.concept or _concept(args.picture)
            picture = fit(load(source), "PNG", source.name)
            _make(args.out)
            with ProgressBar(source.name) as bar:
                shaded = shade_picture(client, picture, Options(concept), None, bar, interruption.requested)
            _write(args.out, picture, shaded)
        except Problem as problem:
            if problem.code is Code.CANCELLED and interruption.requested():
                print(text("command.cancelled"))
                return INTERRUPTED
            complain(problem)
            return NO_DAEMON if no_daemon(client, problem) else REFUSED
    print(table(source.name, concept, picture, shaded.report))
    print("\n" + text("command.try_look", comparison=args.out / "comparison.png"))
    return DONE


def sample() -> Path:
    """The photograph of a cup of coffee that comes with scikit-image, which isn't imported."""
    try:
        return Path(str(metadata.distribution("scikit-image").locate_file(SAMPLE)))
    except metadata.PackageNotFoundError:
        raise Problem("command.sample_missing", Code.MODEL_MISSING) from None


def table(name: str, concept: str, picture: PictureFile, report: dict[str, Any]) -> str:
    """The report for people, in two columns."""
    anchor = value_at(report, "anchor", "name")
    target = text(
        "command.row_target_anchor" if anchor else "command.row_target",
        concept=concept or "–",
        target=report.get("target") or "–",
        anchor=anchor,
    )
    score, worst, colour = (value_at(report, "visibility", key) for key in ("ssimulacra2", "worst_tile", "colour"))
    psnr = value_at(report, "difference", "psnr")
    device = report.get("device") or text("command.unknown_device")
    rows = [
        (
            text("command.row_picture"),
            text("command.row_size", name=name, width=picture.width, height=picture.height),
        ),
        (text("command.row_concept"), target),
        *_shift_rows(report),
        (
            text("command.row_ssimulacra2"),
            text("command.row_ssimulacra2_value", score=number(score, 1), worst=number(worst, 1)),
        ),
        (text("command.row_colour"), text("command.row_colour_value", colour=number(colour, 1))),
        (text("command.row_psnr"), text("command.row_psnr_value", psnr=number(psnr, 1))),
        (
            text("command.row_time"),
            text("command.row_time_value", seconds=number(report.get("seconds"), 1), device=device),
        ),
    ]
    width = max(len(label) for label, _ in rows)
    notes = [text("command.note", note=note) for note in report.get("notes", [])]
    meaning = explained(report)
    if meaning:
        notes.append(meaning)
    return "\n".join([*(f"{label:<{width}}  {value}" for label, value in rows), *notes])


def _shift_rows(report: dict[str, Any]) -> list[tuple[str, str]]:
    """The mean shift, then that of each view."""
    views = value_at(report, "shift", "views")
    mean = number(value_at(report, "shift", "mean"), 3)
    rows = [(text("command.row_shift"), text("command.row_shift_value", mean=mean))]
    if isinstance(views, dict):
        rows += [(f"  {view}", number(value, 3)) for view, value in views.items()]
    return rows


def _concept(picture: Path | None) -> str:
    if picture is not None:
        raise Problem("command.concept_unknown", Code.BAD_REQUEST, name=picture.name)
    return CONCEPT


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem("command.folder_not_made", Code.BAD_REQUEST, path=folder, reason=error.strerror) from None


def _write(folder: Path, picture: PictureFile, shaded: Shaded) -> None:
    save(picture, folder / "original.png", force=True)
    save(shaded.picture, folder / "shaded.png", force=True)
    save(comparison(picture, shaded.picture), folder / "comparison.png", force=True)
    write_report([shaded.report], folder / "report.json", single=True, force=True)
