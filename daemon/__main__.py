"""The command line: ``belladonna`` with one of the commands below."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from shared import VERSION

COMMANDS = {
    "serve": ("serve", "run the daemon (editors start it by themselves)"),
    "status": ("status", "say what the daemon is doing"),
    "stop": ("stop", "stop the daemon"),
    "shade": ("shade", "shade a picture file"),
    "try": ("try_sample", "shade a sample picture and say what was achieved"),
    "anchors": ("anchors", "show the pictures of the targets, and use your own"),
    "models": ("models", "fetch the encoders that image generators are really trained with"),
    "doctor": ("doctor", "say what is wrong with the installation, and how to fix it"),
    "setup": ("setup", "give editors their plug-in, start the daemon at login, or uninstall"),
}
"""Command → its module in ``commands/``, with ``add_arguments(parser)`` and ``run(args) -> exit code``; its help."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns its exit code; wrong usage exits with 2."""
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(
        prog="belladonna", description="Nightshade for your own pictures, on your own computer."
    )
    parser.add_argument("--version", action="version", version=f"belladonna {VERSION}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    named = next((argument for argument in arguments if not argument.startswith("-")), None)
    for name, (module_name, summary) in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        if name == named:
            # Only now: the daemon must not load what the other commands need.
            module = import_module(f".commands.{module_name}", __package__)
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    parsed = parser.parse_args(arguments)
    return parsed.run(parsed)


if __name__ == "__main__":
    sys.exit(main())
