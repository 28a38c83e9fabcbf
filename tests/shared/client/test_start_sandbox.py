"""In a sandbox no daemon can be started; one that appears is used."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest
from fake_daemon import INVERTED, NOBODY
from start_scene import Scene

from shared.client.events import Connected, Failed, Finished, Unavailable
from shared.machine import endpoint, paths

OUT_OF_REACH = "client.out_of_reach"


def test_a_sandbox_says_at_once_what_to_do_and_connects_when_a_daemon_appears(sandboxed: Scene) -> None:
    sandboxed.settle()
    assert (sandboxed.client.state, sandboxed.key) == ("stopped", OUT_OF_REACH)
    sandboxed.client.start()
    before = sandboxed.clock.now
    sandboxed.until(lambda: sandboxed.of(Unavailable), "it was given up", seconds=0.0)
    assert sandboxed.clock.now == before
    assert [end.problem.key for end in sandboxed.of(Unavailable)] == [OUT_OF_REACH]
    assert (sandboxed.client.state, sandboxed.key) == ("lost", OUT_OF_REACH)
    sandboxed.play()
    sandboxed.connect()
    assert sandboxed.client.problem is None
    sandboxed.submit()
    sandboxed.until(lambda: sandboxed.of(Finished), "the job ended")


def test_a_sandbox_may_not_show_the_private_python(sandboxed: Scene) -> None:
    sandboxed.python.unlink(missing_ok=True)
    sandboxed.client.start()
    sandboxed.until(lambda: sandboxed.of(Unavailable), "it was given up")
    assert sandboxed.key == OUT_OF_REACH
    sandboxed.play()
    sandboxed.connect()


def test_a_start_in_a_sandbox_finds_a_daemon_that_runs(sandboxed: Scene) -> None:
    sandboxed.play()
    sandboxed.client.start()
    sandboxed.connect()
    assert [type(event) for event in sandboxed.events] == [Connected]


def test_a_job_in_a_sandbox_waits_for_the_daemon_to_come_back(sandboxed: Scene) -> None:
    block = os.urandom(64 * 64 * 4)
    sandboxed.play()
    sandboxed.connect()
    sandboxed.submit_and_run(block)
    sandboxed.kill()
    sandboxed.until(lambda: sandboxed.client.state == "starting", "its end was noticed")
    for _ in range(20):
        sandboxed.round(0.1)
    sandboxed.play()
    sandboxed.until(lambda: sandboxed.of(Finished), "the job ended")
    assert sandboxed.of(Finished)[0].pixels == block.translate(INVERTED)
    assert sandboxed.of(Failed) == sandboxed.of(Unavailable) == []


def test_a_job_in_a_sandbox_ends_if_the_daemon_doesnt_come_back(sandboxed: Scene) -> None:
    sandboxed.play()
    sandboxed.connect()
    id = sandboxed.submit_and_run()
    sandboxed.kill()
    sandboxed.until(lambda: sandboxed.of(Failed), "the job ended", seconds=0.1)
    assert [(end.id, end.problem.key) for end in sandboxed.of(Failed)] == [(id, OUT_OF_REACH)]


def test_a_file_that_is_not_trusted_is_explained_in_a_sandbox_too(sandboxed: Scene) -> None:
    endpoint.write(NOBODY, sandboxed.home)
    paths.connection_file(sandboxed.home).chmod(0o666)
    sandboxed.client.start()
    sandboxed.until(lambda: sandboxed.of(Unavailable), "it was given up")
    assert sandboxed.key == "machine.connection_open"


def test_in_a_sandbox_without_pyzmq_nothing_else_is_tried(sandboxed: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise ImportError(f"no {name} for this Python")

    monkeypatch.setattr("shared.client.link.importlib", SimpleNamespace(import_module=refuse))
    sandboxed.play()
    sandboxed.client.start()
    sandboxed.until(lambda: sandboxed.of(Unavailable), "it was given up")
    assert sandboxed.key == "client.no_pyzmq"
