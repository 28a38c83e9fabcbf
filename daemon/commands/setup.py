"""``belladonna setup``: install plug-ins, command and start at login; ``--uninstall`` removes Belladonna.

install.py calls it in the environment that it has made. Alone it gives editors that were installed later their
plug-in; the environment itself is renewed by install.py only.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from shared.machine import paths
from shared.problem import Problem

from ..doctor.examination import examine, healthy
from ..setup import options as setup_options
from ..setup.console import agreed, complain, say
from ..setup.installer import Installer
from ..setup.manifest import Manifest
from ..setup.options import Options
from ..setup.system import explained
from ..setup.uninstall import Uninstaller

DONE, FAILED, INTERRUPTED = 0, 1, 130

add_arguments = setup_options.add_arguments


def run(args: argparse.Namespace) -> int:
    """0 if everything was done and works, 1 with a sentence and a hint if not, or the exit code of ``--try``."""
    try:
        return uninstall(args) if args.uninstall else install(args)
    except Problem as problem:
        complain(problem)
    except OSError as error:
        complain(explained(error))
    except KeyboardInterrupt:
        say("setup.interrupted")
        return INTERRUPTED
    return FAILED


def install(args: argparse.Namespace) -> int:
    """Raises Problem and ``OSError``."""
    home = paths.home()
    installer = Installer(home, Options.of(args))
    if args.dry_run:
        installer.run(dry=True)
        return DONE
    installer.manifest.make_home()
    with installer.manifest.alone():
        problems = installer.run()
    well = examined(home)
    say("setup.ready" if well else "setup.not_in_order", launcher=installer.launcher)
    code = DONE
    if args.sample:
        code = subprocess.run([str(installer.launcher), "try", "--out", str(home / "try")]).returncode
    for problem in problems:
        complain(problem)
    return code or (DONE if well and not problems else FAILED)


def uninstall(args: argparse.Namespace) -> int:
    """Raises Problem and ``OSError``."""
    home = paths.home()
    if not Manifest(home).exists():
        say("setup.not_installed", home=home)
        return DONE
    uninstaller = Uninstaller(home, while_running=args.while_running)
    if args.dry_run:
        print(*uninstaller.plan(), sep="\n")
        return DONE
    if not agreed("setup.question_uninstall", yes=args.yes, home=home):
        return FAILED
    for path in uninstaller.run():
        say("setup.kept", path=path)
    return DONE


def examined(home: Path) -> bool:
    """Print the doctor's warnings and failures. False if anything failed."""
    sys.stdout.flush()
    findings = examine(home)
    for finding in findings:
        if finding.state == "warn":
            say("setup.doctor_warns", topic=finding.topic, sentence=finding.sentence, hint=finding.hint)
        elif finding.state == "fail":
            complain(Problem.worded(f"{finding.topic}: {finding.sentence}", finding.hint))
    if all(finding.state == "ok" for finding in findings):
        say("setup.doctor_well")
    return healthy(findings)
