"""Set up Belladonna for this user: ``python3 install.py``. Standard library only.

Everything goes into one folder, ``BELLADONNA_HOME`` or the usual place for a user's data: a private Python environment
(venv/), the command (bin/belladonna), and what the daemon keeps (run/, logs/, models/, anchors/, cache/). Only the
plug-ins go to where their editors look for them. Running it again upgrades in place. The work is done in daemon/setup/.
"""

# An older Python must get as far as saying that it is too old. So nothing newer than 3.6 here, such as
# "from __future__ import annotations", and nothing of the project's outside the functions that come after that.

import argparse
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent
PYTHONS = range(10, 15)  # 3.10 to 3.14 have wheels of torch
EDITORS = ("krita", "gimp")


def parse(arguments: "list[str] | None") -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="install.py", description="Set up Belladonna for this user, or upgrade it.")
    parser.add_argument("--try", dest="sample", action="store_true", help="then shade a sample picture")
    parser.add_argument("--yes", action="store_true", help="don't ask before the download")
    parser.add_argument("--editors", type=editors, default=EDITORS, help="krita,gimp (both by default) or none")
    parser.add_argument("--no-login", action="store_true", help="don't start the daemon at login")
    parser.add_argument("--offline", action="store_true", help="use only packages where pip's find-links point")
    return parser.parse_args(arguments)


def editors(text: str) -> "tuple[str, ...]":
    """``krita,gimp`` → both names; ``none`` → no name."""
    names = () if text == "none" else tuple(text.split(","))
    if not set(names) <= set(EDITORS):
        raise argparse.ArgumentTypeError(f"{text!r} is not krita, gimp, both with a comma between them, or none")
    return names


def refusal(major: int, minor: int) -> "tuple[str, ...]":
    """A sentence and what to do, for a Python that torch can't be installed into; nothing for others."""
    if major == 3 and minor in PYTHONS:
        return ()
    return (
        f"Belladonna needs Python 3.{PYTHONS[0]} to 3.{PYTHONS[-1]}, and this is Python {major}.{minor}.",
        "Run install.py with another one, for example: python3.12 install.py",
    )


def install(options: argparse.Namespace) -> int:
    """Do as the options say. Returns the exit code; raises InstallError."""
    from daemon.setup.console import complain, say
    from daemon.setup.installer import Installer
    from shared import VERSION, paths

    installer = Installer(paths.home(), CHECKOUT, offline=options.offline)
    say(f"Belladonna {VERSION} in {installer.home}")
    ask = sys.stdin.isatty() and not options.yes and not installer.record
    if ask and input("This puts 1.5 GB there, or more with a GPU. Go on? [Y/n] ").lower() not in ("", "y", "yes"):
        return 1
    installer.install_daemon()
    problems = installer.install_plugins(options.editors)
    if not options.no_login:
        say("This version does not start at login yet: the daemon starts when it is needed.")
    say(f"Ready: {installer.launcher}")
    code = 0
    if options.sample:
        code = subprocess.run([str(installer.launcher), "try", "--out", str(installer.home / "try")]).returncode
    for problem in problems:
        complain(str(problem), problem.hint)
    return code or int(bool(problems))


def main(arguments: "list[str] | None" = None) -> int:
    options = parse(arguments)
    problem = refusal(*sys.version_info[:2])
    if problem:
        print(*problem, sep="\n", file=sys.stderr)
        return 1
    from daemon.setup.console import complain
    from daemon.setup.errors import InstallError

    try:
        return install(options)
    except InstallError as error:
        complain(str(error), error.hint)
        return 1
    except OSError as error:
        print(f"{error.filename or 'A file'} can't be used: {error.strerror}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. Run it again to go on.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
