"""All checks together: none spoils another, none changes anything."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from pathlib import Path

import pytest
from live_daemon import LIVENESS, eventually
from private_environment import PrivateEnvironment

from daemon.doctor.examination import CHECKS, examine, healthy
from daemon.doctor.finding import Finding
from daemon.setup.manifest import FILE
from shared import wording

FINE = Finding("ok", "login", "k", "Fine.")


def test_a_check_that_breaks_is_a_finding_and_the_others_go_on() -> None:
    def broken(_: Path) -> list:
        raise RuntimeError("so broken\nthat it takes two lines")

    first, second = examine(Path(), {"disk": broken, "login": lambda _: [FINE]})
    assert first.state == "fail"
    assert first.topic == "disk"
    assert first.key == "doctor.not_checked"
    assert "(RuntimeError: so broken)" in first.sentence
    assert second.state == "ok"
    assert not healthy([first, second])


def test_a_damaged_manifest_comes_with_its_own_hint(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{")
    (finding,) = examine(tmp_path, {"editors": CHECKS["editors"]})
    assert (finding.state, finding.key) == ("fail", "setup.manifest_damaged")
    assert finding.hint == wording.hint("setup.manifest_damaged")


def test_warnings_are_no_illness() -> None:
    assert healthy([FINE, Finding("warn", "login", "k", "Stale.", "Fix it.")])


def test_they_go_on_at_the_same_time_and_keep_their_order() -> None:
    second_has_run = threading.Event()

    def first(_: Path) -> list:
        assert second_has_run.wait(30)
        return [Finding("ok", "first", "", "")]

    def second(_: Path) -> list:
        second_has_run.set()
        return [Finding("ok", "second", "", "")]

    assert [finding.topic for finding in examine(Path(), {"first": first, "second": second})] == ["first", "second"]


def test_an_empty_home_is_left_empty(tmp_path: Path) -> None:
    findings = examine(tmp_path)
    assert {"disk", "environment", "engine", "weights", "connection", "daemon", "login"} <= {
        finding.topic for finding in findings
    }
    assert set(CHECKS) >= {"disk", "environment"}
    assert all(finding.hint for finding in findings if finding.state != "ok")
    assert not healthy(findings)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="a test can't press Ctrl-C there")
def test_ctrl_c_ends_also_what_hangs(private: PrivateEnvironment, tmp_path: Path) -> None:
    hanging = tmp_path / "hanging"
    private.lay("torch/__init__.py", f"import time; open({str(hanging)!r}, 'w').close(); time.sleep(600)".encode())
    doctor = subprocess.Popen(
        [private.python, "-I", "-m", "daemon", "doctor"],
        env={**os.environ, "BELLADONNA_HOME": str(private.home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        # What runs the tests in the background of a shell makes them, and their children, deaf to it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    with doctor:
        eventually(hanging.exists, "torch was loaded")
        os.killpg(doctor.pid, signal.SIGINT)
        said, complained = doctor.communicate(timeout=LIVENESS)
    assert (doctor.returncode, said, complained) == (130, b"", b"")
