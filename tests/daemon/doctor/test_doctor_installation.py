"""What is found out about the private environment by its own Python, the engine in it, and the start at login."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from private_environment import PrivateEnvironment

from daemon.doctor import installation
from daemon.doctor.finding import Finding
from daemon.setup.environment import hardware, health
from daemon.setup.environment.builder import Recipe
from daemon.setup.login import autostart
from daemon.setup.system import System
from shared import VERSION
from shared.machine import paths


def keys(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.state, finding.key) for finding in findings]


def test_a_complete_one_is_in_order(private: PrivateEnvironment) -> None:
    assert len(private.requirements) > 5
    found = health.look(private.python)
    assert (found.belladonna, found.packages) == (VERSION, len(private.requirements))
    assert keys(installation.environment(private.home)) == [("ok", "doctor.environment_right")]


def test_there_is_none(tmp_path: Path) -> None:
    assert keys(installation.environment(tmp_path)) == [("fail", "doctor.no_environment")]
    assert keys(installation.engine(tmp_path)) == [("fail", "doctor.no_engine")]


def test_its_python_is_gone(private: PrivateEnvironment) -> None:
    private.python.unlink()
    private.python.write_bytes(b"not a program")
    assert keys(installation.environment(private.home)) == [("fail", "doctor.environment_broken")]


def test_its_pip_is_broken(private: PrivateEnvironment) -> None:
    private.lay("pip/__init__.py", b"raise ImportError('no pip')")
    (finding,) = installation.environment(private.home)
    assert finding.key == "doctor.environment_broken"
    assert "no pip" in finding.sentence


def test_packages_are_missing_or_dont_fit(private: PrivateEnvironment) -> None:
    private.install("numpy>=99", "no-such-package>=1", "pyzmq>=27.0")
    (finding,) = installation.environment(private.home)
    assert finding.key == "doctor.conflicts"
    assert "numpy" in finding.sentence
    assert "no-such-package" in finding.sentence
    assert "pyzmq" not in finding.sentence


def test_belladonna_is_missing_or_of_another_version(private: PrivateEnvironment) -> None:
    private.install(*private.requirements, version="0.0.1")
    assert keys(installation.environment(private.home)) == [("fail", "doctor.other_belladonna")]
    for path in private.site.glob("belladonna-0.dist-info/*"):
        path.unlink()
    (private.site / "belladonna-0.dist-info").rmdir()
    assert keys(installation.environment(private.home)) == [("fail", "doctor.no_belladonna")]


def test_a_package_does_not_load(private: PrivateEnvironment) -> None:
    private.lay("tifffile/__init__.py", b"raise OSError('bad library')")
    (finding,) = installation.environment(private.home)
    assert (finding.state, finding.key) == ("fail", "doctor.package_broken")
    assert "tifffile" in finding.sentence
    assert "OSError: bad library" in finding.sentence


def test_what_may_be_wrong_with_it_is_all_said() -> None:
    found = health.Health("", "3.12", "0.0.1", 9, ["a needs b."], {"c": "no"})
    findings = installation.judge(found, Path("python"))
    assert [finding.key for finding in findings] == [
        "doctor.other_belladonna",
        "doctor.conflicts",
        "doctor.package_broken",
    ]


def test_the_engine_runs(private: PrivateEnvironment) -> None:
    (finding,) = installation.engine(private.home)
    assert finding.key in ("doctor.engine_right", "doctor.card_unused"), finding
    assert "torch 2." in finding.sentence


def test_a_card_that_lies_idle_is_named(private: PrivateEnvironment, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"torch": "2.13.0", "device": "CPU", "kind": "cpu", "finite": True}
    private.lay("torch/__init__.py", f"import sys\nprint({json.dumps(answer)!r})\nsys.exit()\n".encode())
    build = next(build for build in hardware.TABLE if build.name == "rocm")
    monkeypatch.setattr(hardware, "choose", lambda: (build, "an AMD card"))
    (finding,) = installation.engine(private.home)
    assert (finding.state, finding.key) == ("warn", "doctor.card_unused")
    assert "--torch rocm" in finding.hint

    recipe = Recipe("3.12", "torch", "auto")
    for chosen, state in (("auto", "warn"), ("cpu", "ok")):
        dataclasses.replace(recipe, chosen=chosen).write(paths.venv_dir(private.home))
        (finding,) = installation.engine(private.home)
        assert finding.state == state


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (b"raise ImportError('no such library')", "no such library"),
        (b"import os, signal; os.kill(os.getpid(), signal.SIGILL)", "SIGILL"),
        (b"import sys; print('nonsense'); sys.exit()", "can't be read"),
    ],
)
def test_torch_is_broken(private: PrivateEnvironment, source: bytes, words: str) -> None:
    private.lay("torch/__init__.py", source)
    (finding,) = installation.engine(private.home)
    assert (finding.state, finding.key) == ("fail", "doctor.engine_broken")
    assert words in finding.sentence


def test_torch_hangs(private: PrivateEnvironment, monkeypatch: pytest.MonkeyPatch) -> None:
    private.lay("torch/__init__.py", b"import time; time.sleep(600)")
    monkeypatch.setattr(installation, "SECONDS", 1)
    (finding,) = installation.engine(private.home)
    assert (finding.state, finding.key) == ("fail", "doctor.engine_broken")
    assert "longer than 1 s" in finding.sentence


def test_the_start_at_login(tmp_path: Path) -> None:
    system = System("linux", {}, tmp_path / "user", tmp_path / "root", which=lambda _: None)  # without systemd
    home = tmp_path / "home"
    assert keys(installation.login(home, system)) == [("ok", "doctor.login_off")]
    autostart.install(system, home, paths.venv_python(home))
    assert keys(installation.login(home, system)) == [("ok", "doctor.login_on")]
    autostart.install(system, home, tmp_path / "another python")
    assert keys(installation.login(home, system)) == [("warn", "doctor.login_stale")]
    assert keys(installation.login(tmp_path / "other", system)) == [("warn", "doctor.login_foreign")]
    autostart.remove(system, home)
    assert keys(installation.login(home, system)) == [("ok", "doctor.login_off")]
