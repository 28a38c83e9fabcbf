"""Jobs that nobody wants any more: cancelled, or without their client. The next one is done all the same."""

from __future__ import annotations

import pytest
from live_daemon import eventually

from daemon.service import dispatcher, loop
from shared.protocol.messages import BAND_BYTES, Band, Cancel, Code, Done, Error, Ping, Pong, Progress, Queued


@pytest.mark.parametrize("when", ["receiving", "queued", "running", "loading"])
def test_cancel_ends_a_job_at_once_and_the_next_one_is_done(start_daemon, connect, when):
    client = connect(start_daemon(environment={"FAKE_ENGINE_LOADS": "1" if when == "loading" else "0"}))
    blocker = None
    if when == "queued":
        blocker = client.shade("steps=1000 pause=0.02")
        client.wait_for(Progress, blocker.id)
    submit = client.submit("steps=1000 pause=0.02", width=1024, height=512)
    if when == "receiving":
        client.send(Band(submit.id, 0), bytes(BAND_BYTES))
    else:
        client.send_picture(submit)
        client.wait_for(Queued if when == "queued" else Progress, submit.id)
    if when == "running":
        while client.wait_for(Progress, submit.id).stage != "shading":
            pass
        worker = client.state()
        assert worker.worker == "busy"
    assert client.ask(Cancel(submit.id), Error).code is Code.CANCELLED
    if blocker is not None:
        client.ask(Cancel(blocker.id), Error)
    assert client.state().memory == 0
    following = client.shade()
    client.wait_for(Done, following.id)


def test_cancel_interrupts_the_engine_rather_than_killing_it(start_daemon, connect):
    daemon = start_daemon()
    client = connect(daemon)
    submit = client.shade("steps=1000 pause=0.02")
    while client.wait_for(Progress, submit.id).stage != "shading":
        pass
    (worker,) = daemon.workers()
    client.ask(Cancel(submit.id), Error)
    eventually(lambda: client.state().worker == "idle", "the worker stopped shading")
    following = client.shade()
    assert client.wait_for(Done, following.id).report["pid"] == worker.pid


def test_worker_that_ignores_cancel_is_killed_and_the_next_job_gets_a_new_one(start_daemon, connect):
    daemon = start_daemon(patience={"cancel": 0.3})
    client = connect(daemon)
    submit = client.shade("deaf=1 steps=1 pause=60")
    eventually(lambda: client.state().worker == "busy", "the worker was busy")
    (worker,) = daemon.workers()
    client.ask(Cancel(submit.id), Error)
    following = client.shade()
    assert client.wait_for(Done, following.id).report["pid"] != worker.pid
    assert not worker.is_running()


def test_owner_that_is_gone_loses_its_running_and_queued_jobs(start_daemon, connect):
    daemon = start_daemon()
    owner, other = connect(daemon), connect(daemon)
    for submit in (owner.shade("steps=1000 pause=0.02"), owner.shade()):
        owner.wait_for(Progress if submit.options.concept else Queued, submit.id)
    assert len(other.state().jobs) == 2
    owner.close()
    eventually(lambda: not other.state().jobs, "the jobs were dropped")
    assert other.state().memory == 0
    following = other.shade()
    other.wait_for(Done, following.id)


def test_owner_that_is_killed_while_the_engine_says_nothing_loses_its_job(start_daemon, connect):
    daemon = start_daemon()
    owner, other = connect(daemon), connect(daemon)
    owner.shade("deaf=1 steps=1 pause=60")
    eventually(lambda: other.state().worker == "busy", "the worker was busy")
    owner.close()
    eventually(lambda: not other.state().jobs, "the job was dropped")


def test_owner_that_is_killed_while_it_sends_its_picture_loses_its_job(start_daemon, connect):
    daemon = start_daemon()
    owner, other = connect(daemon), connect(daemon)
    submit = owner.submit(width=1024, height=512)
    owner.send(Band(submit.id, 0), bytes(BAND_BYTES))
    eventually(lambda: other.state().memory > 0, "the band arrived")
    owner.close()
    eventually(lambda: not other.state().jobs, "the job was dropped")
    assert other.state().memory == 0


def test_a_killed_owner_is_noticed_within_two_seconds():
    # Its last news may just have gone out, and the loop looks at the clock twice: when to tell, and when to drop.
    assert dispatcher.REPEAT + loop.GRACE + 2 * loop.BUSY_MS / 1000 < 2


def test_owner_that_is_silent_loses_its_job_and_one_that_pings_keeps_it(start_daemon, connect):
    daemon = start_daemon(silence=0.5)
    silent, talking = connect(daemon), connect(daemon)
    dropped = silent.submit(width=1024, height=1024)
    kept = talking.submit()

    def only_one_left():
        talking.ask(Ping(kept.id), Pong)
        return [job["id"] for job in talking.state().jobs] == [kept.id]

    eventually(only_one_left, "the silent client's job was dropped")
    assert silent.wait_for(Error, dropped.id).code is Code.CANCELLED
