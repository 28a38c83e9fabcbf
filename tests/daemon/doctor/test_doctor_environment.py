"""What is found out about the private environment, by its own Python."""

from __future__ import annotations

from pathlib import Path

import pytest
from private_environment import PrivateEnvironment

from daemon.doctor import environment, probe_packages
from shared import VERSION


def test_a_complete_one_is_in_order(private: PrivateEnvironment) -> None:
    assert len(private.requirements) > 5
    private.install(*private.requirements, files={"belladonna_data/table.json": b"{}"})
    (finding,) = environment.check(private.home)
    assert finding.state == "ok"
    assert f"Belladonna {VERSION} and the {len(private.requirements)} packages" in finding.sentence


def test_there_is_none(tmp_path: Path) -> None:
    (finding,) = environment.check(tmp_path)
    assert finding.state == "fail"
    assert finding.mend == "Run install.py again."


def test_its_python_is_gone(private: PrivateEnvironment) -> None:
    private.python.unlink()
    private.python.write_bytes(b"not a program")
    (finding,) = environment.check(private.home)
    assert finding.state == "fail"
    assert "can't be started" in finding.sentence
    assert str(private.home / "venv") in finding.mend


def test_packages_are_missing_or_of_the_wrong_version(private: PrivateEnvironment) -> None:
    private.install("numpy>=99", "no-such-package>=1", "pillow==1.0", "pyzmq>=27.0")
    missing, wrong = environment.check(private.home)
    assert missing.state == wrong.state == "fail"
    assert missing.sentence == "Packages are missing: no-such-package."
    assert "numpy" in wrong.sentence
    assert "pillow" in wrong.sentence
    assert "pyzmq" not in wrong.sentence
    assert f'"{private.python}" -m pip uninstall -y belladonna' in wrong.mend


def test_belladonna_is_missing_or_of_another_version(private: PrivateEnvironment) -> None:
    private.install(*private.requirements, version="0.0.1")
    (other,) = environment.check(private.home)
    assert other.state == "fail"
    assert "0.0.1" in other.sentence
    for path in private.site.glob("belladonna-0.dist-info/*"):
        path.unlink()
    (private.site / "belladonna-0.dist-info").rmdir()
    (missing,) = environment.check(private.home)
    assert "missing" in missing.sentence


def test_files_are_damaged_or_gone(private: PrivateEnvironment) -> None:
    private.install(*private.requirements, files=dict.fromkeys(("one.json", "two.json", "three.json"), b"x"))
    private.lay("one.json", b"y")
    (private.site / "two.json").unlink()
    (finding,) = environment.check(private.home)
    assert finding.state == "fail"
    assert finding.sentence == "Files of Belladonna are damaged or gone: one.json, two.json."


def test_a_package_does_not_load(private: PrivateEnvironment) -> None:
    private.lay("tifffile/__init__.py", b"raise OSError('bad library')")
    (finding,) = environment.check(private.home)
    assert finding.state == "fail"
    assert finding.sentence == "The package tifffile can't be loaded (OSError: bad library)."
    assert "tifffile belladonna" in finding.mend


@pytest.mark.parametrize(
    ("version", "specifier", "fitting"),
    [
        ("2.13.0+cpu", "==2.13.0", True),
        ("2.13.0", "==2.13.1", False),
        ("12.10", ">=12.9", True),
        ("2025.1", ">=2025.3", False),
        ("1.0", "", True),
        ("1.0", "<2", True),
    ],
)
def test_versions(version: str, specifier: str, fitting: bool) -> None:
    assert probe_packages.fits(version, specifier) is fitting
