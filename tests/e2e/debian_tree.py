"""A Debian of another release in a folder, to run editors in that this machine's own release doesn't have.

    tree = debian_tree.make("trixie", ["gimp", "python3-gi", …])      # minutes the first time, nothing after that
    subprocess.run(tree.command(["gimp-console", "--version"], binds=[checkout, folder]), env=…)

``make`` needs root, mmdebstrap and the mirror that this machine's apt uses. Trees are kept in ``$BELLADONNA_TREES``, or
in ``tests/output/trees``, under a name that says what is in them; one that exists is whole, as it gets its name last.

A command in a tree runs in mount and process namespaces of its own:

- ``/tmp`` and ``/run`` are empty at its start and vanish with it, folders given as ``binds`` are what and where they
  are outside, and the rest of the tree is shared by all commands;
- the network is this machine's, so a daemon outside answers on loopback, and an X server outside does if
  ``/tmp/.X11-unix`` is bound;
- this machine's own files are under ``/host``: ``host_program`` makes a script that runs one of its programs in there;
- killing the process of ``command`` (with SIGKILL: ``unshare`` ignores SIGTERM) kills everything in the namespace.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOST = "/host"
MINUTES = 10  # for one tree, over a slow network

_APT_SOURCES = Path("/etc/apt")
_OPTIONS = (
    "--variant=apt",
    '--aptopt=APT::Install-Recommends "false"',
    '--aptopt=Acquire::Languages "none"',
    '--aptopt=Acquire::Check-Valid-Until "false"',  # testing's index expires, and a mirror can lag behind
    "--dpkgopt=force-unsafe-io",
    *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("man", "doc", "locale", "help")),
)
# $1: the tree; then folders to bind, "--" and the command. The working folder and the environment are the caller's.
_ENTER = f"""
set -e
tree=$1; shift
mount -t proc proc "$tree/proc"
mount --rbind /dev "$tree/dev"
mount -t tmpfs tmpfs "$tree/run"
mount -t tmpfs -o mode=1777 tmpfs "$tree/tmp"
mkdir -p "$tree{HOST}"
mount --rbind / "$tree{HOST}"
while [ "$1" != -- ]; do
    mkdir -p "$tree$1"
    mount --rbind "$1" "$tree$1"
    shift
done
shift
exec /usr/sbin/chroot "$tree" "$@"
"""


class TreeError(Exception):
    """A tree can't be made here. ``str(error)`` says why."""


@dataclass(frozen=True)
class Tree:
    """A whole Debian in ``folder``."""

    folder: Path

    def command(self, command: Sequence[str | Path], binds: Sequence[Path] = ()) -> list[str]:
        """What to run, as root, for ``command`` to run in the tree, with ``/`` as its working folder.

        The environment goes through as it is.
        """
        enter = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"]
        places = [str(bind.resolve()) for bind in binds]
        return [*enter, "sh", "-c", _ENTER, "enter", str(self.folder), *places, "--", *map(str, command)]


def make(suite: str, packages: Sequence[str]) -> Tree:
    """The tree of a Debian release with these packages; made if there is none yet. Raises ``TreeError``."""
    wanted = ",".join(sorted(packages))
    trees = Path(os.environ.get("BELLADONNA_TREES") or ROOT / "tests" / "output" / "trees").absolute()
    folder = trees / f"{suite}-{hashlib.sha256(wanted.encode()).hexdigest()[:12]}"
    if folder.exists():
        return Tree(folder)
    if os.geteuid() != 0:
        raise TreeError("only root can make and enter a Debian tree")
    if shutil.which("mmdebstrap") is None:
        raise TreeError("mmdebstrap is not installed")
    trees.mkdir(parents=True, exist_ok=True)
    with open(f"{folder}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # somebody else may be making the same one: then it is there after this
        if not folder.exists():
            _build(suite, wanted, folder)
    return Tree(folder)


def mirror() -> str:
    """The address that this machine's apt takes its own Debian release from. Raises ``TreeError``."""
    for path in sorted([*_APT_SOURCES.glob("sources.list"), *_APT_SOURCES.glob("sources.list.d/*")]):
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".sources":
            stanzas = re.split(r"\n\s*\n", text)
            found = [re.search(r"^URIs:\s*(\S+)", stanza, re.MULTILINE) for stanza in stanzas if "main" in stanza]
        else:
            found = [re.match(r"deb\s+(?:\[[^]]*\]\s+)?(\S+)\s.*\bmain\b", line) for line in text.splitlines()]
        for match in found:
            if match and re.search(r"/debian/?$", match[1]):  # not debian-security, nor another vendor's packages
                return match[1]
    raise TreeError("no mirror of Debian is in this machine's apt sources")


def host_program(script: Path, program: Path) -> Path:
    """Write ``script``, which runs a program of this machine from inside a tree, and return it.

    The program sees this machine's files, the bound folders among them in the same places. Outside a tree, where there
    is no ``/host``, the script runs the program as it is.
    """
    place = shlex.quote(str(program.absolute()))
    script.write_text(
        f"#!/bin/sh\n"
        f'[ -d {HOST}/proc ] || exec {place} "$@"\n'
        f'exec /usr/sbin/chroot {HOST} sh -c \'cd "$1" && shift && exec "$@"\' sh "$PWD" {place} "$@"\n',
        encoding="utf-8",
    )
    script.chmod(0o755)
    return script


def _build(suite: str, packages: str, folder: Path) -> None:
    draft = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        done = subprocess.run(
            ["mmdebstrap", "--quiet", *_OPTIONS, f"--include={packages}", suite, str(draft), mirror()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,  # apt says there why
            text=True,
            timeout=MINUTES * 60,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TreeError(f"making a tree of {suite} took longer than {MINUTES} minutes") from None
    if done.returncode:
        raise TreeError(f"mmdebstrap can't make a tree of {suite}: {done.stdout.strip()[-500:]}")
    draft.rename(folder)
