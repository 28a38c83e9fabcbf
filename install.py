"""Set up Belladonna for this user: ``python3 install.py``; ``--uninstall`` is the way back. Standard library only.

Everything goes into one folder, ``BELLADONNA_HOME`` or the usual place for a user's data: a private Python environment
(venv/), the command (bin/belladonna), and what the daemon keeps (run/, logs/, models/, anchors/, cache/). Outside it
are only the plug-ins, where their editors look for them, a link to the command, and the entry that starts the daemon
at login; manifest.json there lists these. Running it again is the upgrade. The work is done in daemon/setup/.
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
TORCH = ("auto", "cpu", "cuda", "rocm", "xpu", "mps")


def parse(arguments: "list[str] | None") -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="install.py", description="Set up Belladonna for this user, upgrade it, or take it away again."
    )
    add = parser.add_argument
    add("--try", dest="sample", action="store_true", help="then shade a sample picture")
    add("--uninstall", action="store_true", help="remove all that was installed; what you changed or brought is kept")
    add("--dry-run", action="store_true", help="only say what would be done")
    add("--yes", action="store_true", help="don't ask")
    add("--editors", type=editors, default=EDITORS, help="krita,gimp (both by default) or none")
    add("--while-running", action="store_true", help="also change an editor that is running")
    add("--torch", choices=TORCH, help="the build of torch; by default what fits the hardware, or the last choice")
    add("--no-login", dest="login", action="store_false", help="don't start the daemon at login")
    add("--offline", action="store_true", help="use only packages where pip's find-links point")
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
    """Install as the options say. Returns the exit code; raises InstallError and OSError."""
    from daemon.setup import checkup, plan
    from daemon.setup.alone import alone
    from daemon.setup.console import complain, say
    from daemon.setup.installer import Installer, Options
    from shared import VERSION
    from shared.machine import paths

    wanted = Options(options.editors, options.torch, options.login, options.offline, options.while_running)
    installer = Installer(paths.home(), CHECKOUT, wanted)
    say(f"Belladonna {VERSION} in {installer.home}")
    if options.dry_run:
        print(*plan.lines(installer), sep="\n")
        return 0
    size = f"{installer.build.gigabytes:g} GB"
    if not installer.manifest.exists() and not agreed(options, f"This puts about {size} there. Go on?"):
        return 1
    installer.manifest.make_home()
    with alone(installer.home):
        installer.install_daemon()
        problems = installer.install_plugins()
        installer.install_outside()
    well = checkup.passed(installer.home, installer.current.python)
    say(f"{'Ready' if well else 'Installed, but not in order'}: {installer.launcher}")
    code = 0
    if options.sample:
        code = subprocess.run([str(installer.launcher), "try", "--out", str(installer.home / "try")]).returncode
    for problem in problems:
        complain(str(problem), problem.hint)
    return code or int(bool(problems) or not well)


def uninstall(options: argparse.Namespace) -> int:
    """Take everything away. Returns the exit code; raises InstallError and OSError."""
    from daemon.setup.console import say
    from daemon.setup.uninstall import Uninstaller
    from shared.machine import paths

    uninstaller = Uninstaller(paths.home(), while_running=options.while_running)
    if not uninstaller.manifest.exists():
        say(f"Belladonna is not installed in {uninstaller.home}.")
        return 0
    if options.dry_run:
        print(*uninstaller.plan(), sep="\n")
        return 0
    if not agreed(options, f"This removes Belladonna from {uninstaller.home} and from the editors. Go on?"):
        return 1
    for path in uninstaller.run():
        say(f"Kept {path}: it was changed, or it is yours.")
    return 0


def agreed(options: argparse.Namespace, question: str) -> bool:
    """The user's answer. Without a terminal nobody is asked."""
    if options.yes or not sys.stdin.isatty():
        return True
    return input(f"{question} [Y/n] ").lower() in ("", "y", "yes")


def main(arguments: "list[str] | None" = None) -> int:
    options = parse(arguments)
    problem = refusal(*sys.version_info[:2])
    if problem:
        print(*problem, sep="\n", file=sys.stderr)
        return 1
    sys.dont_write_bytecode = True  # the checkout stays as it is
    from daemon.setup.console import complain
    from daemon.setup.errors import InstallError
    from daemon.setup.reasons import of_error

    try:
        return uninstall(options) if options.uninstall else install(options)
    except InstallError as error:
        complain(str(error), error.hint)
        return 1
    except OSError as error:
        problem = of_error(error)
        complain(str(problem), problem.hint)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. Run it again to go on.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
