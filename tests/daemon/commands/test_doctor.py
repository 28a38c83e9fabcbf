"""``belladonna doctor``: what it prints, its exit code, its report."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from live_daemon import ROOT, belladonna

from daemon.__main__ import main
from daemon.commands import doctor
from daemon.doctor.finding import Finding
from shared import wording

BROKEN = Finding("fail", "login", "k", "Broken.", "Fix it.")


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    """What the checks find."""
    findings = [Finding("ok", "disk", "k", "Fine.")]
    monkeypatch.setattr(doctor, "examine", lambda _: findings)
    return findings


def test_the_exit_code_tells_whether_something_failed(found: list[Finding], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    assert wording.text("doctor.sum_well") in capsys.readouterr().out
    found.append(BROKEN)
    assert main(["doctor"]) == 1
    assert BROKEN.hint in capsys.readouterr().out


def test_as_json_with_a_report(found: list[Finding], capsys: pytest.CaptureFixture[str], art: Path) -> None:
    found.append(BROKEN)
    assert main(["doctor", "--json", "--report", str(art / "report.txt")]) == 1
    content = json.loads(capsys.readouterr().out)
    assert content["healthy"] is False
    assert [each["state"] for each in content["findings"]] == ["ok", "fail"]
    assert "Broken." in (art / "report.txt").read_text(encoding="utf-8")


def test_a_report_replaces_nothing(found: list[Finding], capsys: pytest.CaptureFixture[str], art: Path) -> None:
    assert found
    (art / "letter.txt").write_text("mine")
    assert main(["doctor", "--report", str(art / "letter.txt")]) == 2
    said = capsys.readouterr().err.strip()
    reason = os.strerror(errno.EEXIST)
    assert said == wording.text("doctor.report_failed", path=art / "letter.txt", reason=reason)
    assert (art / "letter.txt").read_text() == "mine"


def test_where_nothing_is_installed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    result = belladonna(home, "doctor", "--json")
    assert result.returncode == 1, result.stderr
    findings = json.loads(result.stdout)["findings"]
    assert "environment" in {each["topic"] for each in findings if each["state"] == "fail"}
    assert "weights" in {each["topic"] for each in findings if each["state"] == "ok"}
    assert not home.exists()


def test_it_runs_with_a_bare_python() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from daemon.__main__ import main; main(['doctor', '--json'])"
    )
    result = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, timeout=120)
    assert json.loads(result.stdout)["findings"], result.stderr
