"""Set up Belladonna for this user: ``python3 install.py``; ``--uninstall`` is the way back. Standard library only.

Everything goes into one folder, ``BELLADONNA_HOME`` or the usual place for a user's data. This makes the private
environment there and hands over to ``belladonna setup`` in it, which does the rest: plug-ins, command, start at login,
and a look at the whole. Running it again is the upgrade. The work is done in daemon/setup/; its README is the manual.
"""

# An older Python must get as far as saying that it is too old. So nothing newer than 3.6 here, such as
# "from __future__ import annotations", and nothing of the project's outside the functions that come after that.

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent


def pythons() -> range:
    """The minor versions of Python 3 that pyproject.toml allows."""
    text = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
    first, end = re.findall(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', text)[0]
    return range(int(first), int(end))


def refusal(major: int, minor: int) -> "tuple[str, ...]":
    """A sentence and what to do, for a Python that Belladonna can't be installed with; nothing for others."""
    known = pythons()
    if major == 3 and minor in known:
        return ()
    return (
        f"Belladonna needs Python 3.{known[0]} to 3.{known[-1]}, and this is Python {major}.{minor}.",
        "Run install.py with another one, for example: python3.12 install.py",
    )


def parse(arguments: "list[str]") -> "tuple[argparse.Namespace, list[str]]":
    """The options, and those of them that ``belladonna setup`` is to get."""
    from daemon.setup.environment import hardware
    from daemon.setup.options import add_arguments

    own = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    own.add_argument(
        "--torch",
        choices=hardware.NAMES,
        help="the build of torch; by default the one that fits the hardware, or the last choice",
    )
    parser = argparse.ArgumentParser(
        prog="install.py",
        parents=[own],
        allow_abbrev=False,
        description="Set up Belladonna for this user, upgrade it, or remove it.",
    )
    add_arguments(parser)
    return parser.parse_args(arguments), own.parse_known_args(arguments)[1]


def install(options: argparse.Namespace, passed_on: "list[str]") -> int:
    """Make or renew the environment and have it do the rest. Returns the exit code; raises Problem and OSError."""
    from daemon.setup.console import agreed, say
    from daemon.setup.environment.builder import Builder
    from daemon.setup.installer import Installer
    from daemon.setup.options import Options
    from shared import VERSION
    from shared.machine import paths

    home = paths.home()
    installer = Installer(home, Options.of(options))
    builder = Builder(home, torch=options.torch, offline=options.offline)
    say("setup.begin", version=VERSION, home=home)
    if options.dry_run:
        builder.say_plan()
        installer.run(dry=True)
        return 0
    size = f"{builder.build.gigabytes:g}"
    if not installer.manifest.exists() and not agreed("setup.question_install", yes=options.yes, size=size):
        return 1
    installer.manifest.make_home()
    with installer.manifest.alone():
        builder.renew()
    return hand_over(home, passed_on)


def uninstall(options: argparse.Namespace, passed_on: "list[str]") -> int:
    """Have the environment take everything away, itself too; where there is none that works, do it from here."""
    from daemon.commands.setup import uninstall as take_away
    from daemon.setup.manifest import Manifest
    from shared.machine import paths

    home = paths.home()
    # The environment of a development version before 0.1.0 doesn't know the command.
    if not options.dry_run and not Manifest(home).is_earlier and works(paths.venv_python(home)):
        code = hand_over(home, passed_on)
        if code or not (os.name == "nt" and Manifest(home).exists()):  # Windows removes no Python that runs
            return code
    return take_away(options)


def hand_over(home: Path, arguments: "list[str]") -> int:
    """Run ``belladonna setup`` in the environment. Returns its exit code."""
    from shared.machine import paths
    from shared.machine.process import clean_environment

    command = [str(paths.venv_python(home)), "-I", "-m", "daemon", "setup", *arguments]
    sys.stdout.flush()
    try:
        return subprocess.run(command, env={**clean_environment(), "BELLADONNA_HOME": str(home)}).returncode
    except KeyboardInterrupt:
        return 130  # it has said so


def works(python: Path) -> bool:
    """Whether an environment can be handed over to."""
    try:
        command = [str(python), "-I", "-B", "-c", "import psutil, daemon.commands.setup"]
        return subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def main(arguments: "list[str] | None" = None) -> int:
    """Returns the exit code."""
    problem = refusal(*sys.version_info[:2])
    if problem:
        print(*problem, sep="\n", file=sys.stderr)
        return 1
    sys.dont_write_bytecode = True  # the checkout stays as it is
    sys.path.insert(0, str(CHECKOUT))  # python3 -I doesn't look there
    from daemon.setup.console import complain, say
    from daemon.setup.system import explained
    from shared.problem import Problem

    options, passed_on = parse(sys.argv[1:] if arguments is None else arguments)
    try:
        return (uninstall if options.uninstall else install)(options, passed_on)
    except Problem as error:
        complain(error)
    except BrokenPipeError:  # whoever read the output has had enough of it, such as head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        complain(explained(error))
    except KeyboardInterrupt:
        say("setup.interrupted")
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main())
