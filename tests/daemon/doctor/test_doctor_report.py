"""The file for a bug report, and the findings as text."""

from __future__ import annotations

import getpass
import socket
from pathlib import Path

import pytest

from daemon.doctor import report
from daemon.doctor.finding import Finding, lines
from shared import wording

FINDINGS = [
    Finding("ok", "disk", "k", "All free."),
    Finding("warn", "login", "k", "Stale.", "Fix it."),
    Finding("fail", "GIMP 3.0", "k", "Gone.", "Put it there."),
]


def test_it_has_the_findings_and_the_ends_of_the_logs(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "daemon.log").write_text("".join(f"line {number}\n" for number in range(5000)))
    (tmp_path / "logs" / "install.log").write_bytes(b"\xff no text\n")
    text = report.report(FINDINGS, tmp_path)
    assert "Fix it." in text
    assert "line 4999\n" in text
    assert "line 4000\n" not in text
    assert "no text" in text


def test_nobody_is_named_not_even_by_the_logs(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    log = f"{getpass.getuser()}@{socket.gethostname()}: {Path.home() / 'dog.png'} {tmp_path / 'venv'}"
    (tmp_path / "logs" / "worker.log").write_text(log + "\n")
    text = report.report([Finding("fail", "disk", "k", f"{Path.home()} is full.")], tmp_path)
    assert "<user>@<host>: ~/dog.png <belladonna>/venv" in text.replace("localhost", "<host>")
    assert str(Path.home()) + "/" not in text
    assert str(tmp_path) not in text


def test_a_name_that_is_cut_in_two_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    name = getpass.getuser().encode()
    rest = report.LOG_BYTES - len(name)  # so that what is read begins with the name's second letter
    (tmp_path / "logs" / "daemon.log").write_bytes(name + b"\n" + b"x" * (rest - 1) + b"\n")
    shown = report.report([], tmp_path).partition("──\n")[2].splitlines()
    assert shown == ["x" * (rest - 1)]


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    report.write("new", path)
    assert path.read_text() == "new"
    with pytest.raises(FileExistsError):
        report.write("newer", path)
    assert path.read_text() == "new"


def test_findings_for_people() -> None:
    assert lines(FINDINGS) == [
        "ok    disk      All free.",
        "warn  login     Stale.",
        "                → Fix it.",
        "fail  GIMP 3.0  Gone.",
        "                → Put it there.",
        "",
        wording.text("doctor.sum_failed", failed=1, total=3),
    ]
    assert lines(FINDINGS[:2])[-1] == wording.text("doctor.sum_warned", warned=1, total=2)
    assert lines(FINDINGS[:1])[-1] == wording.text("doctor.sum_well")
