"""``belladonna anchors``: the pictures that shaded pictures are moved toward."""

from __future__ import annotations

import argparse
from pathlib import Path

from shared.machine import paths
from shared.problem import Problem
from shared.protocol.messages import Code
from shared.wording import text

from ..models.store import sha256
from ..shading.concepts import own, pictures
from .complaint import complain

DONE, FAILED = 0, 1
DIGEST = 12  # characters of a hash in the list: enough to tell pictures apart


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the subcommands."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    actions.add_parser("list", help="say which targets there are, and which picture shows each")
    for action, summary in (("show", "say where a target's picture is"), ("remove", "remove your own picture")):
        actions.add_parser(action, help=summary).add_argument("target", metavar="TARGET")
    add = actions.add_parser("add", help="use a picture of your own for a target, which may be a new one")
    add.add_argument("target", metavar="TARGET")
    add.add_argument("picture", type=Path, metavar="PICTURE")


def run(args: argparse.Namespace) -> int:
    """Returns 0, or 1 with a sentence."""
    try:
        {"list": listed, "show": show, "add": add, "remove": remove}[args.action](args)
    except Problem as problem:
        complain(problem)
    except OSError as error:
        key = "anchors.not_read" if args.action in ("list", "show") else "anchors.not_written"
        values = {"path": error.filename, "folder": paths.anchors_dir(), "reason": error.strerror or error}
        complain(Problem(key, **values))
    else:
        return DONE
    return FAILED


def listed(_args: argparse.Namespace) -> None:
    """A line for each target. Raises ``Problem`` and ``OSError``."""
    columns = ("target", "source", "digest", "file")
    print(text("anchors.row", **{column: text(f"anchors.heading_{column}") for column in columns}))
    for target in pictures.every():
        found = pictures.of_target(target)
        source = text(f"anchors.source_{found.source}")
        digest = f"{sha256(found.path)[:DIGEST]}…"
        print(text("anchors.row", target=target, source=source, digest=digest, file=found.path.name))


def show(args: argparse.Namespace) -> None:
    """Raises ``Problem`` for an unknown target, and ``OSError``."""
    found = pictures.of_target(args.target)
    source = text(f"anchors.source_{found.source}")
    print(text("anchors.shown", target=found.shown, source=source, path=found.path, sha256=sha256(found.path)))


def add(args: argparse.Namespace) -> None:
    """Raises ``Problem`` for what isn't a picture, and ``OSError``."""
    from ..pictures.files import load  # which brings the codecs

    load(args.picture)
    known = args.target in pictures.every()
    place = own.add(args.target, args.picture)
    print(text("anchors.added", target=args.target, path=place, sha256=sha256(place)))
    if known:
        print(text("anchors.adds_up"))


def remove(args: argparse.Namespace) -> None:
    """Raises ``Problem`` if there is none, and ``OSError``."""
    if not own.remove(args.target):
        raise Problem("anchors.none_of_yours", Code.BAD_REQUEST, target=args.target)
    if args.target in pictures.every():
        source = text(f"anchors.source_{pictures.of_target(args.target).source}")
        print(text("anchors.removed_now", target=args.target, source=source))
    else:
        print(text("anchors.removed", target=args.target))
