"""``belladonna shade``: picture files in, shaded picture files out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.client.client import Client
from shared.problem import Problem
from shared.protocol.messages import INTENSITIES, QUALITIES, Code, Options
from shared.wording import explained, text

from ..models.table import models
from ..pictures.files import check_place, format_of, load, save
from ..pictures.fit import fit
from ..pictures.model import Samples
from ..pictures.plot import survival_plot
from ..shading.encoders.table import encoders, name_of
from .complaint import complain
from .interruption import Interruption
from .progress_bar import ProgressBar, result_line, survival_line
from .shade_files import Errand, check_mask, errands, load_mask, write_report
from .shade_picture import command_client, no_daemon, shade_picture

DONE, NO_DAEMON, REFUSED, INTERRUPTED = 0, 1, 2, 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("inputs", nargs="+", type=Path, metavar="IN", help="picture files, or folders of them")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help="a file for one picture, a folder for several; else beside IN"
    )
    parser.add_argument("--concept", required=True, help="what the pictures show, as people would ask for it: dog")
    parser.add_argument("--target", help="what models are to learn instead (default: the daemon's table decides)")
    parser.add_argument("--intensity", choices=INTENSITIES, default="default", help="how strong, and how visible")
    parser.add_argument("--quality", choices=QUALITIES, default="default", help="how long to search for a good change")
    parser.add_argument("--anchor", type=Path, metavar="PICTURE", help="a picture of the target to move toward")
    parser.add_argument("--seed", type=_seed, metavar="N", help="default: derived from the picture")
    parser.add_argument("--mask", type=Path, metavar="MASK", help="a picture of the same size: white = shade")
    parser.add_argument(
        "--surrogate",
        action="append",
        default=[],
        metavar="ENCODER",
        help=f"an encoder to use, by name or path; repeatable (names: {', '.join(encoders())})",
    )
    parser.add_argument("--report", type=Path, metavar="JSON", help="write what was achieved to this file")
    parser.add_argument(
        "--survival", action="store_true", help="also measure what is left after compression, blur and other filters"
    )
    parser.add_argument(
        "--plot", type=Path, metavar="PICTURE", help="draw how far the pictures moved and what survives"
    )
    parser.add_argument("--force", action="store_true", help="replace files that exist")
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")


def run(args: argparse.Namespace) -> int:
    """Shade everything asked for. Returns 0: all done, 2: something was refused, 1: no daemon, 130: Ctrl-C."""
    try:
        for file in (args.report, args.plot):
            if file is not None:
                check_place(file, args.force)
        if args.plot is not None:
            format_of(args.plot)
        plan = errands(args.inputs, args.output)
        options = _options(args)
        mask = load_mask(args.mask) if args.mask is not None else None
    except Problem as problem:
        complain(problem)
        return REFUSED
    several = len(plan) > 1 or len(args.inputs) > 1 or args.inputs[0].is_dir()
    with closing(command_client("belladonna shade")) as client, Interruption() as interruption:
        batch = _Batch(args, options, mask, several, client, interruption)
        code = batch.run(plan)
    return batch.finish(code, len(plan))


@dataclass
class _Batch:
    """The pictures of one command, one after the other."""

    args: argparse.Namespace
    options: Options
    mask: Samples | None
    several: bool
    client: Client
    interruption: Interruption
    reports: list[dict[str, Any]] = field(default_factory=list)
    written: set[Path] = field(default_factory=set)
    meanings: set[str] = field(default_factory=set)
    refused: int = 0

    def run(self, plan: Sequence[Errand]) -> int:
        """Shade one picture after the other; one that fails doesn't stop the rest."""
        for errand in plan:
            if self.interruption.requested():
                return INTERRUPTED
            name = str(errand.source) if self.several else ""
            try:
                self._shade(errand)
            except Problem as problem:
                if problem.code is Code.CANCELLED and self.interruption.requested():
                    return INTERRUPTED
                if no_daemon(self.client, problem):
                    complain(problem)
                    return NO_DAEMON
                self.refused += 1
                complain(problem, name)
        return REFUSED if self.refused else DONE

    def finish(self, code: int, asked: int) -> int:
        """Write the report and say how it went. Returns the exit code."""
        try:
            if self.args.report is not None and self.reports:
                write_report(self.reports, self.args.report, not self.several, self.args.force)
            if self.args.plot is not None and self.reports:
                plot = survival_plot(self.reports)
                save(fit(plot, format_of(self.args.plot), self.args.plot.name), self.args.plot, self.args.force)
        except Problem as problem:
            complain(problem)
            code = code or REFUSED
        done = len(self.reports)
        if code == INTERRUPTED:
            told = text("command.cancelled_of", done=done, asked=asked) if self.several else text("command.cancelled")
            print(told, file=sys.stderr)
        elif self.several and not self.args.quiet:
            key = "command.summary_refused" if self.refused else "command.summary"
            print(text(key, done=done, asked=asked, refused=self.refused))
        return code

    def _shade(self, errand: Errand) -> None:
        name = errand.source.name
        if errand.output is not None:
            check_place(errand.output, self.args.force)
            format_of(errand.output)
        picture = load(errand.source)
        target = errand.target(picture)
        check_place(target, self.args.force and target.resolve() not in self.written)
        picture = fit(picture, format_of(target), name)
        if self.mask is not None:
            check_mask(self.mask, picture, name)
        with ProgressBar(name, wanted=not self.args.quiet) as bar:
            shaded = shade_picture(self.client, picture, self.options, self.mask, bar, self.interruption.requested)
        save(shaded.picture, target, self.args.force)
        self.written.add(target.resolve())
        files = {"input": errand.source, "output": target}
        facts = {**{key: str(path) for key, path in files.items()}, **shaded.report}
        self.reports.append({**facts, "bytes": {key: path.stat().st_size for key, path in files.items()}})
        if not self.args.quiet:
            print(result_line(target, shaded.report))
            if "survival" in shaded.report:
                print(f"  {survival_line(shaded.report)}")
            for note in shaded.report["notes"]:
                print(f"  {note}")
            meaning = explained(shaded.report)
            if meaning and meaning not in self.meanings:  # once for all pictures that it is the same for
                self.meanings.add(meaning)
                print(f"  {meaning}")


def _options(args: argparse.Namespace) -> Options:
    """The request, with absolute paths: the daemon runs in another folder. Raises ``Problem``."""
    if args.anchor is not None and not args.anchor.is_file():
        raise Problem("command.no_anchor", Code.BAD_REQUEST, path=args.anchor)
    return Options(
        concept=args.concept,
        target=args.target,
        intensity=args.intensity,
        quality=args.quality,
        seed=args.seed,
        anchor=str(args.anchor.resolve()) if args.anchor is not None else None,
        encoders=tuple(_encoder(surrogate) for surrogate in args.surrogate),
        survival=args.survival or args.plot is not None,
    )


def _encoder(surrogate: str) -> str:
    """How the request refers to an encoder: by its name, its digest or an absolute path."""
    if name_of(surrogate) is not None:
        return surrogate
    if surrogate in models():
        raise Problem("models.not_installed", Code.MODEL_MISSING, name=surrogate)
    if not Path(surrogate).exists():
        raise Problem("command.no_encoder", Code.BAD_REQUEST, path=surrogate, known=", ".join(encoders()))
    return str(Path(surrogate).resolve())


def _seed(word: str) -> int:
    try:
        seed = int(word)
    except ValueError:
        seed = -1
    if not 0 <= seed < 2**63:
        raise argparse.ArgumentTypeError(f"“{word}” is not a whole number from 0 to 9223372036854775807")
    return seed
