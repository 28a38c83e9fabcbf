"""A daemon that dies is started again if there is work for it."""

from __future__ import annotations

import os

from fake_daemon import INVERTED
from start_scene import Scene

from shared.client.connection import MISMATCH
from shared.client.events import Failed, Finished, Lost, Unavailable
from shared.client.jobs import RESTARTS
from shared.protocol import messages
from shared.protocol.messages import Code, Progress


def test_a_daemon_that_dies_costs_time_and_not_the_job(installed: Scene) -> None:
    block = os.urandom(64 * 64 * 4)
    installed.play()
    installed.connect()
    id = installed.submit_and_run(block)
    installed.kill()
    installed.until(installed.starts, "a new one was started")
    assert installed.client.state == "starting"
    installed.play()
    installed.until(lambda: installed.of(Finished), "the job ended")
    (end,) = installed.of(Finished)
    assert end.id == id
    assert end.pixels == block.translate(INVERTED)
    assert len(installed.starts()) == 1
    assert installed.of(Failed) == installed.of(Unavailable) == []


def test_a_daemon_that_dies_with_nothing_to_do_stays_dead(installed: Scene) -> None:
    installed.play()
    installed.connect()
    installed.submit()
    installed.until(lambda: installed.of(Finished), "the job ended")
    cancelled = installed.submit_and_run()
    installed.client.cancel(cancelled)
    installed.kill()
    installed.settle()
    assert installed.client.state == "stopped"
    assert installed.starts() == []


def test_a_daemon_that_dies_and_cannot_be_started_again_ends_the_job(installed: Scene) -> None:
    installed.play()
    installed.connect()
    id = installed.submit_and_run()
    installed.install("exit 7")
    installed.kill()
    installed.until(lambda: installed.of(Failed), "the job ended")
    (why,) = installed.of(Unavailable)
    assert (why.problem.key, why.problem.values["status"]) == ("machine.ended_at_once", 7)
    assert installed.of(Failed) == [Failed(id, why.problem)]
    assert installed.client.state == "lost"


def test_a_job_that_every_daemon_dies_of_is_given_up(installed: Scene) -> None:
    installed.play()
    installed.connect()
    id = installed.submit_and_run()
    for number in range(1, RESTARTS + 1):
        installed.kill()
        installed.until(lambda number=number: len(installed.starts()) == number, "a new one was started")
        daemon = installed.play()
        daemon.on_complete = lambda id, daemon=daemon: daemon.say(Progress(id, "shading"))
        seen = len(installed.of(Progress))
        installed.until(lambda seen=seen: len(installed.of(Progress)) > seen, "it ran again")
    installed.kill()
    installed.until(lambda: len(installed.starts()) == RESTARTS + 1, "a last one was started")
    installed.play()
    installed.until(lambda: installed.of(Failed), "the job ended")
    (end,) = installed.of(Failed)
    assert (end.id, end.problem.code) == (id, Code.CONNECTION_LOST)
    assert end.problem.key == "client.keeps_breaking"
    assert installed.client.state == "ready"


def test_another_version_in_mid_job_fails_it_and_is_left_alone(installed: Scene) -> None:
    installed.play()
    installed.connect()
    id = installed.submit_and_run()
    daemon = installed.play()
    daemon.on[messages.Hello] = lambda m: daemon.say(messages.Error(m.id, Code.VERSION_MISMATCH, "Too old."))
    installed.until(lambda: installed.of(Failed), "the job ended")
    (end,) = installed.of(Failed)
    assert (end.id, end.problem.code, end.problem.key) == (id, Code.VERSION_MISMATCH, MISMATCH)
    installed.settle()
    assert installed.starts() == []


def test_a_daemon_that_was_only_slow_goes_on_with_the_job(installed: Scene) -> None:
    daemon = installed.play()
    installed.connect()
    installed.submit_and_run()
    installed.daemon = None
    installed.until(lambda: installed.of(Lost), "the silence was noticed", seconds=0.5)
    daemon.on_complete = daemon.shade
    installed.daemon = daemon
    installed.until(lambda: installed.of(Finished), "the job ended")
    assert installed.starts() == []
