"""install.py: a first run, running it again, upgrades, failures, and what it refuses."""

from __future__ import annotations

import ast
import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from install_scene import Scene

import install
from daemon.setup import hardware

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_install_again_and_upgrade(scene: Scene) -> None:
    scene.add_torch()
    first = scene.install("--try")
    assert (first.returncode, first.stderr) == (7, ""), "the sample's exit code is passed on"
    assert first.stdout.splitlines()[-1] == "shaded one"
    assert "No Krita or GIMP 3 was found." in first.stdout
    for folder in ("venv", "bin", "run", "logs", "models", "anchors", "cache"):
        assert (scene.home / folder).is_dir(), folder
    if os.name != "nt":
        for private in (scene.home, scene.home / "run"):
            assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert scene.calls() == [f"try --out {scene.home / 'try'}"]
    made = scene.made()

    again = scene.install("--editors", "none", "--no-login")
    assert (again.returncode, again.stderr) == (0, "")
    assert "GIMP" not in again.stdout
    assert scene.made() == made, "running it again changes nothing"

    program = scene.checkout / "daemon" / "__main__.py"
    program.write_text(program.read_text().replace('"one"', '"two"'))
    assert scene.install().returncode == 0
    assert scene.command("try").stdout == "shaded two\n"
    upgraded = scene.made()
    assert upgraded["belladonna"] != made["belladonna"]
    assert (upgraded["environment"], upgraded["torch"]) == (made["environment"], made["torch"])
    assert sorted(path.name for path in scene.checkout.iterdir()) == sorted(
        ["LICENSE", "README.md", "daemon", "gimp_plugin", "install.py", "krita_plugin", "pyproject.toml", "shared"]
    ), "the checkout stays clean"


def test_upgrade_stops_a_running_daemon_and_starts_it_again(scene: Scene) -> None:
    scene.add_torch()
    assert scene.install().returncode == 0
    with subprocess.Popen([scene.home / "bin" / "belladonna", "serve"]) as daemon:
        while not (scene.home / "run" / "daemon.json").exists():
            assert daemon.poll() is None
        assert scene.install().returncode == 0
        assert scene.calls() == ["serve"], "nothing to upgrade: the daemon is left alone"
        (scene.checkout / "daemon" / "new.py").write_text("")
        upgrade = scene.install()
        assert daemon.wait(timeout=60) == 0
    assert upgrade.returncode == 0, upgrade.stderr
    assert "The daemon runs again." in upgrade.stdout
    assert scene.calls() == ["serve", "stop", "serve"]
    scene.command("stop")


def test_a_failed_run_says_why_and_the_next_goes_on(scene: Scene) -> None:
    failed = scene.install()
    assert failed.returncode == 1
    message, hint = failed.stderr.splitlines()
    assert message == "Installing torch failed: No matching distribution found for torch==2.13.0"
    assert str(scene.home / "logs" / "install.log") in hint
    assert not (scene.home / "venv").exists(), "nothing is in its place before it is complete"
    environment = (scene.home / "venv.new" / "pyvenv.cfg").stat().st_mtime_ns
    scene.add_torch()
    assert scene.install().returncode == 0
    assert scene.made()["environment"] == environment


def test_what_was_interrupted_is_made_again(scene: Scene) -> None:
    scene.add_torch()
    broken = scene.home / "venv.new" / "bin" / "python"
    broken.parent.mkdir(parents=True)
    broken.write_text("half a file")
    (scene.home / "venv.new" / "belladonna.json").write_text('{"environment": "venv"}')
    assert scene.install().returncode == 0
    assert scene.command("try").stdout == "shaded one\n"

    shutil.rmtree(next(scene.home.glob("venv/[Ll]ib/**/site-packages/torch-*.dist-info")))
    (scene.home / "venv" / "belladonna.json").write_text('{"environment": "ve')
    assert scene.install().returncode == 0
    assert set(scene.made()) == {"environment", "torch", "belladonna"}
    record = json.loads((scene.home / "venv" / "belladonna.json").read_text())
    assert set(record) == {"environment", "torch", "belladonna"}
    assert not list(scene.home.glob("venv.*"))


def test_what_the_first_versions_made_is_upgraded(scene: Scene) -> None:
    """They kept the environment's record in the home, where there is now only that of the plug-ins."""
    scene.add_torch()
    assert scene.install().returncode == 0
    (scene.home / "venv" / "belladonna.json").rename(scene.home / "installed.json")
    again = scene.install()
    assert again.returncode == 0, again.stderr
    assert set(scene.made()) == {"environment", "torch", "belladonna"}
    assert (scene.home / "venv" / "belladonna.json").exists()


def test_an_environment_of_somebody_else_is_left_alone(scene: Scene) -> None:
    theirs = scene.home / "venv" / "precious.txt"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("mine")
    refused = scene.install()
    assert refused.returncode == 1
    assert "Belladonna didn't make it" in refused.stderr
    assert theirs.read_text() == "mine"


def test_every_torch_can_be_asked_for() -> None:
    assert ("auto", *hardware.NAMES) == install.TORCH


@pytest.mark.parametrize("version", [(2, 7), (3, 9), (3, 15), (4, 10)])
def test_other_pythons_are_refused(version: tuple[int, int]) -> None:
    message, hint = install.refusal(*version)
    assert message == f"Belladonna needs Python 3.10 to 3.14, and this is Python {version[0]}.{version[1]}."
    assert "python3.12 install.py" in hint


@pytest.mark.parametrize("minor", [10, 11, 12, 13, 14])
def test_supported_pythons_are_taken(minor: int) -> None:
    assert install.refusal(3, minor) == ()


def test_an_older_python_gets_as_far_as_being_refused() -> None:
    tree = ast.parse((ROOT / "install.py").read_text(encoding="utf-8"), feature_version=(3, 6))
    first = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    first |= {node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)}
    assert first == {"argparse", "subprocess", "sys", "pathlib"}
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    hints = [function.returns for function in functions]
    hints += [argument.annotation for function in functions for argument in function.args.args]
    # Those are looked at when the function is defined, and list[str] or str | None would be errors there.
    assert [ast.dump(hint) for hint in hints if isinstance(hint, (ast.Subscript, ast.BinOp))] == []


def test_editors_are_names_or_none() -> None:
    assert install.parse([]).editors == ("krita", "gimp")
    assert install.parse(["--editors", "gimp"]).editors == ("gimp",)
    assert install.parse(["--editors", "none"]).editors == ()
    with pytest.raises(SystemExit):
        install.parse(["--editors", "photoshop"])
