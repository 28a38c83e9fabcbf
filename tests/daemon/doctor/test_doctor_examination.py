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
from daemon.doctor.finding import ok, warn
from daemon.setup.manifest import FILE


def test_a_check_that_breaks_is_a_finding_and_the_others_go_on() -> None:
    def broken(_: Path) -> list:
        raise RuntimeError("so broken\nthat it takes two lines")

    first, second = examine(Path(), {"disk": broken, "login": lambda _: [ok("login", "Fine.")]})
    assert first.state == "fail"
    assert first.topic == "disk"
    assert first.sentence == "This couldn't be checked (RuntimeError: so broken)."
    assert second.state == "ok"
    assert not healthy([first, second])


def test_a_damaged_manifest_comes_with_its_own_mend(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{")
    (finding,) = examine(tmp_path, {"editors": CHECKS["editors"]})
    assert finding.state == "fail"
    assert str(tmp_path / FILE) in finding.sentence
    assert "Move that file away" in finding.mend


def test_warnings_are_no_illness() -> None:
    assert healthy([ok("disk", "Fine."), warn("login", "Stale.", "Mend it.")])


def test_they_go_on_at_the_same_time_and_keep_their_order() -> None:
    second_has_run = threading.Event()

    def first(_: Path) -> list:
        assert second_has_run.wait(30)
        return [ok("first", "")]

    def second(_: Path) -> list:
        second_has_run.set()
        return [ok("second", "")]

    assert [finding.topic for finding in examine(Path(), {"first": first, "second": second})] == ["first", "second"]


def test_an_empty_home_is_left_empty(tmp_path: Path) -> None:
    findings = examine(tmp_path)
    assert {"disk", "environment", "engine", "weights", "connection", "daemon", "login"} <= {
        finding.topic for finding in findings
    }
    assert set(CHECKS) >= {"disk", "environment"}
    assert all(finding.mend for finding in findings if finding.state != "ok")
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
