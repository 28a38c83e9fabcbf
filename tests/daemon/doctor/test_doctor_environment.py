"""What is found out about the private environment, by its own Python."""

from __future__ import annotations

from pathlib import Path

import pytest
from private_environment import PrivateEnvironment

from daemon.doctor import environment
from daemon.setup import probe_packages
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
    assert finding.mend == "Run install.py again."


def test_packages_are_missing_or_of_the_wrong_version(private: PrivateEnvironment) -> None:
    private.install("numpy>=99", "no-such-package>=1", "pillow==1.0", "pyzmq>=27.0")
    missing, wrong = environment.check(private.home)
    assert missing.state == wrong.state == "fail"
    assert missing.sentence == "Packages are missing: no-such-package."
    assert "numpy" in wrong.sentence
    assert "pillow" in wrong.sentence
    assert "pyzmq" not in wrong.sentence
    assert missing.mend == wrong.mend == "Run install.py again."


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
    assert finding.mend.startswith("Run install.py again. If that changes nothing")


def test_files_of_other_packages_are_damaged_or_gone(private: PrivateEnvironment) -> None:
    private.add("one_package", {"one/a.py": b"a = 1", "one/b.py": b"b = 1", "both.py": b"one"})
    private.add("two", {"both.py": b"the other"})
    (works,) = environment.check(private.home)
    assert works.state == "ok", "what Python has compiled may be missing, and a file may be another package's"
    private.lay("one/a.py", b"a")
    (private.site / "one/b.py").unlink()
    private.lay("both.py", b"neither of them")
    (finding,) = environment.check(private.home)
    assert finding.state == "fail"
    assert finding.sentence == ("Files of the package one-package are damaged or gone: one/a.py, one/b.py, both.py.")
    assert finding.mend == "Run install.py again."


@pytest.mark.parametrize(("name", "content"), [("RECORD", None), ("RECORD", b"\xff"), ("METADATA", b"")])
def test_nobody_knows_what_belongs_to_a_package(private: PrivateEnvironment, name: str, content: bytes | None) -> None:
    private.add("two", {"two.py": b"the other"})
    (private.site / "two-0.dist-info" / name).unlink()
    if content is not None:
        private.lay(f"two-0.dist-info/{name}", content)
    finding = environment.check(private.home)[-1]
    assert finding.state == "fail"
    assert finding.sentence == "It isn't known any more what belongs to two."


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
