"""Missing programs: a skip on somebody's machine, a failure where they have to be there."""

from __future__ import annotations

import pytest

from tests.required_programs import REQUIRED, require


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REQUIRED, raising=False)
    require("sh")
    with pytest.raises(pytest.skip.Exception, match="not installed: no-such-editor, nor-this"):
        require("no-such-editor", "sh", "nor-this")


def test_in_ci_it_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(REQUIRED, "1")
    require("sh")
    with pytest.raises(pytest.fail.Exception, match="no-such-editor"):
        require("no-such-editor")
