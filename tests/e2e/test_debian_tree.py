from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e import debian_tree
from tests.required_programs import unavailable

DEB822 = """\
Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
# URIs: http://commented.example/debian
URIs: http://mirror.example/debian
Suites: bookworm
Components: main
"""
ONE_LINE = """\
# deb http://commented.example/debian bookworm main
deb [arch=amd64] https://vendor.example/apt stable main
deb http://security.example/debian-security bookworm-security main
deb [signed-by=/x.gpg] http://mirror.example/debian/ bookworm main contrib
"""


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("sources.list.d/debian.sources", DEB822, "http://mirror.example/debian"),
        ("sources.list", ONE_LINE, "http://mirror.example/debian/"),
    ],
)
def test_the_mirror_is_the_one_that_apt_uses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, found: str
) -> None:
    monkeypatch.setattr(debian_tree, "_APT_SOURCES", tmp_path)
    with pytest.raises(debian_tree.TreeError, match="no mirror"):
        debian_tree.mirror()
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text)
    assert debian_tree.mirror() == found


def test_a_failed_attempt_leaves_no_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLADONNA_TREES", str(tmp_path))
    with pytest.raises(debian_tree.TreeError):
        debian_tree.make("there-is-no-such-release", ["gimp"])
    assert not [path for path in tmp_path.iterdir() if path.is_dir() and not path.name.endswith(".part")]


def small_tree() -> debian_tree.Tree:
    """For where GIMP is this machine's own, so that there is no tree of it."""
    try:
        return debian_tree.make("trixie", ["base-files"])
    except debian_tree.TreeError as problem:
        unavailable(f"there is no Debian tree: {problem}")


@pytest.mark.timeout(900)
def test_a_command_sees_the_tree_what_is_bound_and_the_programs_outside(
    gimp_place: debian_tree.Tree | None, tmp_path: Path
) -> None:
    tree = gimp_place or small_tree()
    (tmp_path / "file").write_text("from outside")
    python = debian_tree.host_program(tmp_path / "python", Path(sys.executable))
    code = f"import sys; print(sys.prefix); open({str(tmp_path / 'made')!r}, 'w').write('inside')"
    release = ". /etc/os-release; echo $VERSION_CODENAME $GIVEN"
    script = f'cat {tmp_path}/file; echo; {release}; {python} -c "$CODE"; ls /tmp'
    done = subprocess.run(
        tree.command(["sh", "-ec", script], binds=[tmp_path]),
        env={"PATH": os.environ["PATH"], "GIVEN": "given", "CODE": code},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    text, release, prefix, *below_tmp = done.stdout.splitlines()
    assert text == "from outside"
    assert release.endswith(" given")
    assert prefix == sys.prefix
    assert (tmp_path / "made").read_text() == "inside"
    assert len(below_tmp) == 1  # the way to tmp_path, and nothing of what is outside
    assert not (tree.folder / tmp_path.relative_to("/")).exists()
