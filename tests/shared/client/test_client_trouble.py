"""The client when there is no daemon, another one, or the connection breaks. Every job ends once, with a sentence."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from client_jobs import LARGE, failed, submit
from fake_daemon import INVERTED, Clock, FakeDaemon, Stage

from shared.client.client import GIVE_UP, Client
from shared.client.connection import MISMATCH, SILENT
from shared.client.events import Connected, Finished, Lost
from shared.client.finder import Running
from shared.client.jobs import RESTARTS
from shared.client.link import BridgeLink, DirectLink, LinkError
from shared.machine import endpoint, paths
from shared.problem import Problem
from shared.protocol import messages
from shared.protocol.messages import BAND_BYTES, PROTOCOL, Code, Progress, bands

ROOT = Path(__file__).resolve().parents[3]


def test_no_daemon_is_said_once_and_looked_for_again(home: Path, client: Client, clock: Clock) -> None:
    stage = Stage(client, clock)
    assert client.state == "starting"
    for _ in range(200):
        stage.round(0.1)
    (lost,) = stage.events
    assert isinstance(lost, Lost)
    assert lost.problem.key == "client.none_runs"
    assert client.state == "stopped"
    with closing(FakeDaemon(home)) as stage.daemon:
        stage.connect()
    assert client.state == "ready"


def test_a_connection_file_that_is_not_trusted_is_explained(home: Path, client: Client, clock: Clock) -> None:
    if os.name == "nt":
        pytest.skip("POSIX permissions")
    with closing(FakeDaemon(home)) as daemon:
        stage = Stage(client, clock, daemon)
        paths.connection_file(home).chmod(0o644)
        (lost,) = stage.round()
        assert isinstance(lost, Lost)
        assert lost.problem.key == "machine.connection_open"
        paths.connection_file(home).chmod(0o600)
        stage.connect()


def test_a_link_that_cannot_be_made_is_explained(home: Path, clock: Clock, daemon: FakeDaemon) -> None:
    def open_link(_: endpoint.Endpoint) -> BridgeLink:
        raise LinkError("client.no_pyzmq", reason="no zmq")

    stage = Stage(Client("test", Running(home, open_link), clock), clock, daemon)
    (lost,) = stage.round()
    assert isinstance(lost, Lost)
    assert lost.problem.key == "client.no_pyzmq"


def newer_file(daemon: FakeDaemon, home: Path) -> None:
    endpoint.write(dataclasses.replace(daemon.router.endpoint, protocol=PROTOCOL + 1), home)


def newer_welcome(daemon: FakeDaemon, home: Path) -> None:
    daemon.on[messages.Hello] = lambda m: daemon.say(messages.Welcome(m.id, PROTOCOL + 1, "9", daemon.limits))


def refused_hello(daemon: FakeDaemon, home: Path) -> None:
    daemon.on[messages.Hello] = lambda m: daemon.say(messages.Error(m.id, Code.VERSION_MISMATCH, "Too old."))


def protocol_1(daemon: FakeDaemon, home: Path) -> None:
    """As the daemon of version 0.1.0 answered a hello of another version, byte for byte."""
    text = (
        b'{"type":"error","id":"%s","code":"version_mismatch","message":"The plug-in and Belladonna\'s daemon '
        b'(version 0.1.0) are of different versions.","hint":"Run install.py again, then restart the editor."}'
    )
    daemon.on[messages.Hello] = lambda m: daemon.router.send(daemon.peer, [b"SHADE/1", text % m.id.encode()])


def older_file(daemon: FakeDaemon, home: Path) -> None:
    """The connection file of a daemon of protocol 1."""
    endpoint.write(dataclasses.replace(daemon.router.endpoint, protocol=1), home)


@pytest.mark.parametrize("newer", [newer_file, newer_welcome, refused_hello, protocol_1, older_file])
def test_another_version_is_explained_and_fails_what_runs(
    home: Path, stage: Stage, daemon: FakeDaemon, newer: Callable[[FakeDaemon, Path], None]
) -> None:
    daemon.on_complete = lambda id: daemon.say(messages.Progress(id, "shading"))
    id = submit(stage)
    stage.until(lambda: stage.of(Progress), "it ran")
    newer(daemon, home)
    stage.client._connection.lose(Problem("client.nonsense"))
    end = failed(stage, id, Code.VERSION_MISMATCH)
    assert end.problem.key == MISMATCH
    assert "run install.py again" in end.problem.sentence
    assert MISMATCH in [lost.problem.key for lost in stage.of(Lost)]
    assert stage.client.state == "lost"


def test_a_daemon_that_comes_back_with_another_key_gets_the_whole_picture(home: Path, clock: Clock) -> None:
    block = os.urandom(LARGE[0] * LARGE[1] * 4)
    first = FakeDaemon(home)
    client = Client("test", Running(home, DirectLink), clock)
    stage = Stage(client, clock, first)
    stage.connect()
    id = submit(stage, *LARGE, block)
    first.on_complete = lambda id: None
    stage.until(lambda: first.bands >= 1, "the upload began")
    first.close()
    with closing(FakeDaemon(home)) as second, closing(client):
        stage.daemon = second
        end = stage.outcome(id)
        assert isinstance(end, Finished)
        assert end.pixels == block.translate(INVERTED)
        assert second.bands == bands(len(block))
    assert len(stage.of(Connected)) == 2


@pytest.mark.parametrize("when", ["upload", "run", "fetch"])
def test_a_killed_bridge_costs_nothing_but_what_was_under_way(
    home: Path, clock: Clock, daemon: FakeDaemon, when: str
) -> None:
    """The daemon is the same, so the job goes on where it was."""
    block = os.urandom(LARGE[0] * LARGE[1] * 4)
    count = bands(len(block))
    command = [sys.executable, "-m", "shared.client.bridge"]
    client = Client("test", Running(home, lambda it: BridgeLink(it, command, ROOT)), clock)
    with closing(client):
        stage = Stage(client, clock, daemon)
        stage.connect()
        if when == "run":
            daemon.on_complete = lambda id: daemon.say(messages.Progress(id, "shading"))
        if when == "fetch":
            daemon.on[messages.Fetch] = lambda m: daemon.fetch(m) if m.band < 5 else None
        id = submit(stage, *LARGE, block)
        what = {
            "upload": lambda: daemon.bands >= 4,
            "run": lambda: stage.of(Progress),
            "fetch": lambda: daemon.kinds().count(messages.Fetch) > 5,
        }
        stage.until(what[when], f"the {when} began")
        (child,) = [each for each in psutil.Process().children() if "shared.client.bridge" in each.cmdline()]
        child.kill()
        stage.until(lambda: client.state == "lost", "the client noticed")
        daemon.on_complete, daemon.on[messages.Fetch] = daemon.shade, daemon.fetch
        end = stage.outcome(id)
        assert isinstance(end, Finished)
        assert end.pixels == block.translate(INVERTED)
        # What a killed bridge had not passed on is sent again; what the daemon has, is not.
        assert daemon.bands == count


def test_only_what_the_daemon_lacks_is_sent_again(stage: Stage, daemon: FakeDaemon) -> None:
    block = os.urandom(LARGE[0] * LARGE[1] * 4)
    taken = [block[start : start + BAND_BYTES] for start in range(0, 7 * BAND_BYTES, BAND_BYTES)]
    daemon.on[messages.Submit] = lambda m: (daemon.pictures.__setitem__(m.id, list(taken)), daemon.submit(m))
    end = stage.outcome(submit(stage, *LARGE, block))
    assert isinstance(end, Finished)
    assert end.pixels == block.translate(INVERTED)
    assert daemon.bands == bands(len(block)) - 7


def test_a_daemon_that_is_gone_for_good_fails_the_job_after_half_a_minute(stage: Stage, daemon: FakeDaemon) -> None:
    daemon.on_complete = lambda id: daemon.say(messages.Progress(id, "shading"))
    id = submit(stage)
    stage.until(lambda: stage.of(Progress), "it ran")
    stage.daemon = None
    daemon.router.socket.close()
    stage.until(lambda: stage.client.state == "stopped", "the client noticed")
    before = stage.clock.now
    question = stage.client.status()
    failed(stage, id, Code.CONNECTION_LOST, seconds=0.5)
    assert stage.clock.now - before >= GIVE_UP - 1
    failed(stage, question, Code.CONNECTION_LOST)


def test_a_daemon_that_hangs_is_noticed_by_its_silence(stage: Stage, daemon: FakeDaemon) -> None:
    daemon.on_complete = lambda id: daemon.say(messages.Progress(id, "shading"))
    id = submit(stage)
    stage.until(lambda: stage.of(Progress), "it ran")
    stage.daemon = None
    end = failed(stage, id, Code.CONNECTION_LOST, seconds=0.5)
    assert end.problem.key == SILENT
    assert len(stage.of(Lost)) == 1


def test_a_daemon_that_hangs_and_is_replaced_is_left_at_once(home: Path, stage: Stage, daemon: FakeDaemon) -> None:
    daemon.on_complete = lambda id: daemon.say(messages.Progress(id, "shading"))
    id = submit(stage)
    stage.until(lambda: stage.of(Progress), "it ran")
    before = stage.clock.now
    with closing(FakeDaemon(home)) as stage.daemon:
        stage.until(lambda: stage.of(Lost), "the client noticed")
        assert stage.clock.now - before < 3  # it looked into the connection file, and didn't wait for the silence
        assert isinstance(stage.outcome(id), Finished)


def test_a_daemon_that_was_only_slow_finishes_the_job(stage: Stage, daemon: FakeDaemon) -> None:
    daemon.on_complete = lambda id: daemon.say(messages.Progress(id, "shading"))
    id = submit(stage)
    stage.until(lambda: stage.of(Progress), "it ran")
    stage.daemon = None
    stage.until(lambda: stage.of(Lost), "the silence was noticed", seconds=0.5)
    daemon.on_complete = daemon.shade
    stage.daemon = daemon
    assert isinstance(stage.outcome(id), Finished)


def test_an_editor_that_was_busy_does_not_mistake_that_for_silence(stage: Stage, daemon: FakeDaemon) -> None:
    daemon.on_complete = lambda id: daemon.say(messages.Progress(id, "shading"))
    id = submit(stage)
    stage.until(lambda: stage.of(Progress), "it ran")
    stage.clock.now += 3600  # a closed lid, say
    stage.events += stage.client.poll()  # the daemon has had no chance to say anything yet
    daemon.shade(id)
    assert isinstance(stage.outcome(id), Finished)
    assert stage.of(Lost) == []


@pytest.mark.parametrize("swallowed", [messages.Submit, messages.Fetch])
def test_a_request_that_is_never_answered_is_repeated_and_then_given_up(
    stage: Stage, daemon: FakeDaemon, swallowed: type[messages.Message]
) -> None:
    """The daemon answers pings, so it isn't dead; but this job gets nowhere."""
    daemon.on[swallowed] = lambda m: None
    id = submit(stage)
    end = failed(stage, id, Code.CONNECTION_LOST, seconds=0.25)
    assert end.problem.key == "client.keeps_breaking"
    assert daemon.kinds().count(messages.Submit) == RESTARTS + 1


def test_a_hello_that_is_never_answered(home: Path, client: Client, clock: Clock, daemon: FakeDaemon) -> None:
    daemon.on[messages.Hello] = lambda m: None
    stage = Stage(client, clock, daemon)
    stage.until(lambda: daemon.kinds().count(messages.Hello) > 2, "the client tried again", seconds=0.25)
    assert [type(event) for event in stage.events] == [Lost]
