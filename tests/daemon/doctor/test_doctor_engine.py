"""The engine is really run, in a process that may come to any end."""

from __future__ import annotations

import json

import pytest
from private_environment import PrivateEnvironment

from daemon.doctor import engine
from daemon.setup import hardware
from daemon.setup.steps import HOME_RECORD, Record


def test_the_engine_runs(private: PrivateEnvironment) -> None:
    (finding,) = engine.check(private.home)
    assert finding.state in ("ok", "warn"), finding
    assert "torch 2." in finding.sentence


def test_a_card_that_lies_idle_is_named(private: PrivateEnvironment, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"torch": "2.13.0", "device": "CPU", "kind": "cpu", "finite": True}
    private.lay("torch/__init__.py", f"import sys\nprint({json.dumps(answer)!r})\nsys.exit()\n".encode())
    build = next(build for build in hardware.TABLE if build.name == "rocm")
    monkeypatch.setattr(hardware, "choose", lambda: (build, "an AMD card"))
    (finding,) = engine.check(private.home)
    assert finding.state == "warn"
    assert "leaves an AMD card unused" in finding.sentence
    assert "--torch rocm" in finding.mend

    for chosen, state in (("auto", "warn"), ("cpu", "ok")):
        Record(private.home / HOME_RECORD).note(hardware.CHOICE, chosen)
        (finding,) = engine.check(private.home)
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
    (finding,) = engine.check(private.home)
    assert finding.state == "fail"
    assert words in finding.sentence


def test_torch_hangs(private: PrivateEnvironment, monkeypatch: pytest.MonkeyPatch) -> None:
    private.lay("torch/__init__.py", b"import time; time.sleep(600)")
    monkeypatch.setattr(engine, "SECONDS", 1)
    (finding,) = engine.check(private.home)
    assert finding.state == "fail"
    assert "longer than 1 s" in finding.sentence
