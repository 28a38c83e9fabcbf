"""install.py: a first run, running it again, upgrades, failures, and what it refuses."""

from __future__ import annotations

import ast
import os
import stat
import subprocess
from pathlib import Path

import pytest
from install_scene import Scene

import install
from shared import wording

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_install_again_and_upgrade(scene: Scene) -> None:
    scene.add_torch()
    first = scene.install("--try")
    assert (first.returncode, first.stderr) == (7, ""), "the sample's exit code is passed on"
    assert first.stdout.splitlines()[-1] == "shaded one"
    assert wording.text("setup.no_editor", editors="Krita or GIMP 3") in first.stdout
    for folder in ("venv", "bin", "run", "logs", "cache"):
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
    assert upgraded["torch"] == made["torch"], "it is shared"
    assert [path.name for path in (scene.home / "envs").iterdir()] == [scene.environment.name]
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
    assert wording.text("setup.daemon_runs") in upgrade.stdout
    assert scene.calls() == ["serve", "stop", "serve"]
    scene.command("stop")


def test_a_failed_run_says_why_and_the_next_goes_on(scene: Scene) -> None:
    failed = scene.install()
    assert failed.returncode == 1
    message, hint = failed.stderr.splitlines()
    reason = "No matching distribution found for torch==2.13.0"
    assert message == wording.text("setup.pip_not_found", name="torch", reason=reason)
    assert str(scene.home / "logs" / "install.log") in hint
    assert not (scene.home / "venv").exists(), "nothing is in its place before it is complete"
    environment = (scene.home / "envs" / "1" / "pyvenv.cfg").stat().st_mtime_ns
    scene.add_torch()
    assert scene.install().returncode == 0
    assert scene.made()["environment"][1] == environment


def test_what_was_interrupted_is_made_again(scene: Scene) -> None:
    scene.add_torch()
    broken = scene.home / "envs" / "1" / "bin" / "python"
    broken.parent.mkdir(parents=True)
    broken.write_text("half a file")
    (scene.home / "envs" / "1" / "belladonna.json").write_text('{"python": "3.')
    assert scene.install().returncode == 0
    assert scene.command("try").stdout == "shaded one\n"
    assert [path.name for path in (scene.home / "envs").iterdir()] == [scene.environment.name]


def test_a_package_that_pip_was_killed_over_is_installed_again(scene: Scene) -> None:
    scene.add_torch()
    assert scene.install().returncode == 0
    (scene.home / "venv").unlink()  # nothing is in use: what lies there was interrupted
    record = scene.environment.parent / "envs" / "1" / "belladonna.json"
    record.write_text(record.read_text().replace('"packages": "', '"packages": "not '))
    (torch,) = (scene.home / "envs" / "1").glob("[Ll]ib/**/site-packages/torch.py")
    torch.unlink()
    (torch.parent / "torch-2.13.0.dist-info" / "RECORD").unlink()
    assert scene.install().returncode == 0
    assert scene.installed("torch.py").parent == torch.parent, "the rest was taken as it was"


def test_an_environment_of_somebody_else_is_left_alone(scene: Scene) -> None:
    theirs = scene.home / "venv" / "precious.txt"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("mine")
    refused = scene.install()
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[0] == wording.text("setup.foreign_environment", path=scene.home / "venv")
    assert theirs.read_text() == "mine"


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
    assert first == {"argparse", "os", "re", "subprocess", "sys", "pathlib"}
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    hints = [function.returns for function in functions]
    hints += [argument.annotation for function in functions for argument in function.args.args]
    # Those are looked at when the function is defined, and list[str] or str | None would be errors there.
    assert [ast.dump(hint) for hint in hints if isinstance(hint, (ast.Subscript, ast.BinOp))] == []


def test_editors_are_names_or_none() -> None:
    assert install.parse([])[0].editors == ("krita", "gimp")
    assert install.parse(["--editors", "gimp"])[0].editors == ("gimp",)
    assert install.parse(["--editors", "none"])[0].editors == ()
    with pytest.raises(SystemExit):
        install.parse(["--editors", "photoshop"])


def test_all_but_the_torch_is_passed_on() -> None:
    for torch in (["--torch", "cpu"], ["--torch=cpu"]):
        options, passed_on = install.parse(["--try", *torch, "--editors", "none"])
        assert (options.torch, passed_on) == ("cpu", ["--try", "--editors", "none"])
