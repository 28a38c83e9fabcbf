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
from ..models.download import megabytes
from ..models.store import Store
from ..models.table import named
from ..setup import options as setup_options
from ..setup.console import agreed, complain, say
from ..setup.installer import Installer
from ..setup.manifest import Manifest
from ..setup.options import Options
from ..setup.system import explained
from ..setup.uninstall import Uninstaller
from . import models

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
        if installer.options.models not in (None, "none"):
            say("setup.plan_models", wanted=installer.options.models)
        return DONE
    installer.manifest.make_home()
    with installer.manifest.alone():
        problems = installer.run()
    fetched = fetch_models(Store(home), installer.options, yes=args.yes)
    well = examined(home)
    say("setup.ready" if well else "setup.not_in_order", launcher=installer.launcher)
    code = DONE
    if args.sample:
        code = subprocess.run([str(installer.launcher), "try", "--out", str(home / "try")]).returncode
    for problem in problems:
        complain(problem)
    return code or (DONE if well and fetched and not problems else FAILED)


def fetch_models(store: Store, options: Options, *, yes: bool) -> bool:
    """Fetch the encoders that the user wants, asking once. False if those of ``--models`` can't be had.

    Without them everything works, so it doesn't matter otherwise.
    """
    wanted = options.models
    if wanted is None:
        if options.offline or store.folder.exists() or not sys.stdin.isatty():
            return True
        size = megabytes(sum(model.bytes for model in named("standard")))
        wanted = "standard" if agreed("setup.question_models", yes=yes, size=size) else "none"
        paths.private_dir(store.folder)  # which is how the next run knows the answer
    well = wanted == "none" or models.install(named(wanted), store)
    if not well:
        complain(Problem("setup.without_models", wanted=wanted))
    return well or options.models is None


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
