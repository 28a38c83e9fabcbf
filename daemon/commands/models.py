"""``belladonna models``: fetch, check and remove the encoders that models are really trained with."""

from __future__ import annotations

import argparse
import sys

from shared.problem import Problem
from shared.protocol.messages import Code
from shared.wording import text

from ..models.download import fetch, host_of, megabytes
from ..models.store import Record, Store
from ..models.table import SETS, Model, models, named
from .complaint import complain

DONE, FAILED, INTERRUPTED = 0, 1, 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the subcommands."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    actions.add_parser("list", help="say which models there are, and which are installed")
    install = actions.add_parser("install", help="fetch models")
    install.add_argument("names", nargs="+", metavar="NAME", help=f"of a model, or a set: {', '.join(SETS)}")
    install.add_argument("--from", dest="source", metavar="PLACE", help="a folder with the files, or a mirror's URL")
    for action, summary in (
        ("remove", "remove models"),
        ("verify", "check the files of models; of all that are installed without a name"),
        ("path", "say where a model is"),
    ):
        each = actions.add_parser(action, help=summary)
        each.add_argument("names", nargs="*" if action == "verify" else "+", metavar="NAME")


def run(args: argparse.Namespace) -> int:
    """Returns 0 if all went well, 1 with a sentence for each model that didn't, 130 after Ctrl-C."""
    store = Store()
    if args.action == "list":
        return listed(store)
    try:
        wanted = chosen(args.names) if args.names else store.installed()
        if args.action == "install":
            return DONE if install(wanted, store, args.source) else FAILED
        works = [one(args.action, store, model) for model in wanted]
    except Problem as problem:
        complain(problem)
        return FAILED
    except KeyboardInterrupt:
        print(text("models.interrupted"), file=sys.stderr)
        return INTERRUPTED
    return DONE if all(works) else FAILED


def chosen(names: list[str]) -> list[Model]:
    """The models that were named, each once. Raises ``Problem`` for a name that isn't known."""
    found: dict[str, Model] = {}
    for name in names:
        known = named(name)
        if not known:
            raise Problem("models.unknown", Code.BAD_REQUEST, name=name, known=", ".join(models()))
        found |= {model.name: model for model in known}
    return list(found.values())


def install(wanted: list[Model], store: Store, source: str | None = None) -> bool:
    """Fetch those that aren't there and sound, and say so. False if one failed; the others have their own chance."""
    silent: set[str] = set()  # hosts that didn't answer
    skipped, well = [], True
    for model in wanted:
        if store.has(model) and not store.damaged(model):
            print(text("models.there_already", name=model.name))
        elif host_of(model, source) in silent:
            skipped.append(model.name)
        else:
            try:
                told(model, fetch(model, store, source))
            except Problem as problem:
                complain(problem)
                well = False
                if problem.key == "models.unreachable":
                    silent.add(host_of(model, source))
    if skipped:
        print(text("models.skipped", names=", ".join(skipped)), file=sys.stderr)
    return well


def told(model: Model, record: Record) -> None:
    """Say what was installed, with the hash of each file."""
    size = megabytes(sum(file.bytes for file in record.files))
    print(text("models.installed", name=model.name, size=size, stands_for=model.stands_for, licence=model.licence))
    for file in record.files:
        print(text("models.hash", file=file.path, sha256=file.sha256))


def one(action: str, store: Store, model: Model) -> bool:
    """Do it with one model, and say so. False if it failed; the next one has its own chance."""
    try:
        {"remove": remove, "verify": verify, "path": path}[action](store, model)
    except Problem as problem:
        complain(problem)
        return False
    return True


def remove(store: Store, model: Model) -> None:
    """Raises ``Problem`` if it isn't there."""
    try:
        if not store.remove(model):
            raise Problem("models.not_installed", Code.BAD_REQUEST, name=model.name)
    except OSError as error:
        raise Problem("models.not_written", name=model.name, folder=store.folder, reason=error.strerror) from error
    print(text("models.removed", name=model.name))


def verify(store: Store, model: Model) -> None:
    """Raises ``Problem`` if it isn't there or not as it was installed."""
    if not store.has(model):
        raise Problem("models.not_installed", Code.BAD_REQUEST, name=model.name)
    damaged = store.damaged(model)
    if damaged:
        raise Problem("models.damaged", Code.MODEL_MISSING, name=model.name, files=", ".join(damaged))
    print(text("models.sound", name=model.name))


def path(store: Store, model: Model) -> None:
    """Raises ``Problem`` if it isn't there."""
    if not store.has(model):
        raise Problem("models.not_installed", Code.BAD_REQUEST, name=model.name)
    print(store.loadable(model))


def listed(store: Store) -> int:
    """A line for each model."""
    columns = ("name", "set", "size", "state", "stands_for", "licence")
    print(text("models.row", **{column: text(f"models.heading_{column}") for column in columns}))
    for model in models().values():
        state = "installed" if store.has(model) else "gated" if model.gated else ""
        values = {"name": model.name, "set": model.set, "size": megabytes(model.bytes)}
        print(
            text(
                "models.row",
                **values,
                state=text(f"models.state_{state}") if state else "",
                stands_for=model.stands_for,
                licence=model.licence,
            )
        )
    return DONE
