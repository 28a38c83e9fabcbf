"""``tests/run.py``: which packages it installs, and that it says how each check ended."""

from __future__ import annotations

import sys

import pytest

from tests import run
from tests.source_tree import text


def test_requirements_are_those_of_the_product_and_its_tests() -> None:
    tomllib = pytest.importorskip("tomllib", reason="Python 3.10 can't read TOML, which is why run.py does without")
    project = tomllib.loads(text("pyproject.toml"))["project"]
    assert run.requirements(text("pyproject.toml")) == [
        *project["dependencies"],
        *project["optional-dependencies"]["test"],
    ]


@pytest.mark.parametrize("code", [0, 3])
def test_a_failed_check_is_named(code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.check("this check", sys.executable, "-c", f"raise SystemExit({code})") == code
    assert ("this check" in capsys.readouterr().out) is (code != 0)
