"""The client and a daemon that does what it should."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from client_jobs import shade
from curve_router import eventually
from fake_daemon import INVERTED, Clock, FakeDaemon, Stage

from shared.client.client import Client
from shared.client.events import Connected, Failed, Finished, Lost
from shared.client.transfer import WINDOW
from shared.problem import Problem
from shared.protocol import messages
from shared.protocol.messages import (
    BAND_BYTES,
    Code,
    DaemonStatus,
    Options,
    Progress,
    Queued,
    Resolved,
    Submit,
    Words,
    bands,
    new_id,
)

ROOT = Path(__file__).resolve().parents[3]


def test_a_small_picture(either_stage: Stage) -> None:
    stage = either_stage
    id, block = shade(stage, 5, 3)
    end = stage.outcome(id)
    assert isinstance(end, Finished)
    assert end.pixels == block.translate(INVERTED)
    assert end.report == {"shift": 0.2}
    assert [type(event) for event in stage.events] == [Connected, Queued, Progress, Finished]


def test_a_picture_of_many_bands_with_a_mask(either_stage: Stage) -> None:
    stage = either_stage
    id, block = shade(stage, 2500, 2300, mask=True)
    end = stage.outcome(id)
    assert isinstance(end, Finished)
    pixels = 2500 * 2300 * 4
    assert bands(pixels) > WINDOW
    assert end.pixels == block[:pixels].translate(INVERTED)
    assert stage.daemon is not None
    assert stage.daemon.bands == bands(len(block))


def test_the_daemon_is_told_what_the_artist_chose_and_when_it_may_forget(stage: Stage, daemon: FakeDaemon) -> None:
    options = Options("dog", "cat", "high", "best", 7)
    id = stage.client.submit(Submit(new_id(), 2, 2, "uint16", options=options), lambda offset, length: bytes(length))
    stage.outcome(id)
    assert daemon.submits[id] == messages.Submit(id, 2, 2, "uint16", "RGBA", False, options)
    assert isinstance(daemon.seen[0], messages.Hello)
    assert daemon.seen[0].client == "test"
    stage.until(lambda: daemon.seen[-1] == messages.Release(id), "the daemon was told")
    assert daemon.pictures == {}


def test_several_pictures_at_once(stage: Stage) -> None:
    jobs = [shade(stage, 700 + number, 800) for number in range(4)]
    for id, block in jobs:
        end = stage.outcome(id)
        assert isinstance(end, Finished)
        assert end.pixels == block.translate(INVERTED)


def test_the_source_is_asked_band_by_band_and_once(stage: Stage) -> None:
    asked = []

    def source(offset: int, length: int) -> bytes:
        asked.append((offset, length))
        return bytes(length)

    id = stage.client.submit(Submit(new_id(), 1024, 600), source)
    stage.outcome(id)
    total = 1024 * 600 * 4
    assert asked == [(0, BAND_BYTES), (BAND_BYTES, BAND_BYTES), (2 * BAND_BYTES, total - 2 * BAND_BYTES)]


def test_the_result_is_asked_for_a_window_at_a_time(stage: Stage, daemon: FakeDaemon) -> None:
    outstanding: list[messages.Fetch] = []
    daemon.on[messages.Fetch] = outstanding.append
    id, _ = shade(stage, 2500, 2300)
    stage.until(lambda: outstanding, "the result was asked for")
    stage.settle()
    assert [fetch.band for fetch in outstanding] == list(range(WINDOW))
    daemon.fetch(outstanding[0])
    stage.until(lambda: len(outstanding) > WINDOW, "the next was asked for")
    assert outstanding[-1].band == WINDOW
    for fetch in outstanding[1:]:
        daemon.fetch(fetch)
    daemon.on[messages.Fetch] = daemon.fetch
    assert isinstance(stage.outcome(id), Finished)


def test_a_program_that_cannot_load_pyzmq_shades_over_the_bridge(home: Path, daemon: FakeDaemon) -> None:
    script = f"""
import sys
sys.modules["zmq"] = None
from shared.client.client import Client
from shared.client.events import Connected, Failed, Finished, Lost
from shared.client.finder import Running
from shared.client.link import open_link
from shared.protocol.messages import Submit, new_id
bridge = [{sys.executable!r}, "-m", "shared.client.bridge"]
client = Client("test", Running(None, lambda endpoint: open_link(endpoint, bridge)))
while True:
    for event in client.poll():
        if isinstance(event, Connected):
            client.submit(Submit(new_id(), 900, 700), lambda offset, length: bytes(length))
        elif isinstance(event, Finished):
            client.close()
            sys.exit(0 if event.pixels == b"\\xff" * (900 * 700 * 4) else "wrong pixels")
        elif isinstance(event, Failed | Lost):
            sys.exit(event.problem.told)
    client.wait(50)
"""
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT) as editor:
        eventually(lambda: daemon.turn() or editor.poll() is not None, "the program ended")
    assert editor.returncode == 0


def test_nothing_can_be_submitted_before_there_is_a_connection(client: Client) -> None:
    with pytest.raises(Problem) as caught:
        client.submit(Submit(new_id(), 1, 1), lambda offset, length: bytes(length))
    assert caught.value.key == "client.not_connected"


@pytest.mark.parametrize(
    ("width", "options", "code"),
    [
        (0, Options(), Code.BAD_REQUEST),
        (1000, Options(), Code.TOO_LARGE),
        (9, Options(concept="x" * 201), Code.BAD_REQUEST),
        (9, Options(concept="\ud800"), Code.BAD_REQUEST),
    ],
)
def test_what_the_daemon_would_refuse_is_not_sent(
    stage: Stage, daemon: FakeDaemon, width: int, options: Options, code: Code
) -> None:
    daemon.limits = messages.Limits(side=999)
    stage.client._connection.lose(Problem("client.nonsense"))
    stage.connect()
    with pytest.raises(Problem) as caught:
        stage.client.submit(Submit(new_id(), width, 9, options=options), lambda offset, length: bytes(length))
    assert caught.value.code is code
    stage.settle()
    assert messages.Submit not in daemon.kinds()


def test_a_refusal_of_the_daemon_is_a_failed_job(stage: Stage, daemon: FakeDaemon) -> None:
    daemon.on[messages.Submit] = lambda m: daemon.say(messages.Error(m.id, Code.BUSY, "32 wait.", "Try later."))
    id, _ = shade(stage, 500, 500)
    assert stage.outcome(id) == Failed(id, Problem.worded("32 wait.", "Try later.", Code.BUSY))
    assert daemon.bands == 0


def test_questions_are_answered(stage: Stage, daemon: FakeDaemon) -> None:
    resolve, vocabulary, status = stage.client.resolve("dog"), stage.client.vocabulary(), stage.client.status()
    stage.until(lambda: stage.of(DaemonStatus), "the answers came")
    assert stage.of(Resolved) == [Resolved(resolve, "dog", "cat", True)]
    assert stage.of(Words) == [Words(vocabulary, ("cat", "dog"))]
    assert [state.id for state in stage.of(DaemonStatus)] == [status]
    daemon.on[messages.Resolve] = lambda m: daemon.say(messages.Error(m.id, Code.BAD_REQUEST, "No."))
    refused = stage.client.resolve("dog")
    stage.until(lambda: stage.of(Failed), "the refusal came")
    assert stage.of(Failed) == [Failed(refused, Problem.worded("No.", "", Code.BAD_REQUEST))]
    with pytest.raises(Problem):
        stage.client.resolve("\udfff")


def test_questions_may_be_asked_before_there_is_a_connection(client: Client, clock: Clock, home: Path) -> None:
    stage = Stage(client, clock)
    status = client.status()
    stage.round()
    assert client.state == "stopped"
    with closing(FakeDaemon(home)) as stage.daemon:
        stage.until(lambda: stage.of(DaemonStatus), "the answer came")
    assert stage.of(DaemonStatus)[0].id == status


def test_a_layer_that_cannot_be_read_fails_the_job(stage: Stage, daemon: FakeDaemon) -> None:
    def source(offset: int, length: int) -> bytes:
        raise RuntimeError("wrapped C++ object has been deleted")

    id = stage.client.submit(Submit(new_id(), 10, 10), source)
    assert isinstance(end := stage.outcome(id), Failed)
    assert end.problem.key == "client.unreadable_layer"
    stage.until(lambda: messages.Release(id) in daemon.seen, "the daemon was told")


@pytest.mark.parametrize("size", [0, 1, 401, 10_000])
def test_a_layer_that_changes_its_size_fails_the_job(stage: Stage, size: int) -> None:
    id = stage.client.submit(Submit(new_id(), 10, 10), lambda offset, length: bytes(size))
    assert isinstance(end := stage.outcome(id), Failed)
    assert end.problem.key == "client.layer_changed"


def test_an_editor_that_runs_its_event_loop_while_reading_is_no_problem(stage: Stage) -> None:
    """Krita may deliver timer and button events in the middle of a call: poll and cancel come back into the client."""
    ids = []

    def source(offset: int, length: int) -> bytes:
        assert stage.client.poll() == []
        stage.client.cancel(ids[0])
        return bytes(length)

    ids.append(stage.client.submit(Submit(new_id(), 1000, 1000), source))
    assert isinstance(end := stage.outcome(ids[0]), Failed)
    assert end.problem.code is Code.CANCELLED


def test_an_editor_that_quits_while_a_layer_is_read_hears_no_more(stage: Stage) -> None:
    def source(offset: int, length: int) -> bytes:
        stage.client.close()
        raise RuntimeError("the document is closed")

    stage.client.submit(Submit(new_id(), 10, 10), source)
    stage.until(lambda: stage.client.state == "lost", "the client was closed")
    stage.settle()
    assert [type(event) for event in stage.events] == [Connected]


def test_pings_keep_the_connection_alive_while_nothing_happens(stage: Stage, daemon: FakeDaemon) -> None:
    for count in range(1, 31):
        stage.round(5.0)
        stage.until(lambda count=count: daemon.kinds().count(messages.Ping) == count, "a ping came", seconds=0.0)
    assert stage.of(Lost) == []
    assert stage.client.state == "ready"


def test_leaving_tells_the_daemon(stage: Stage, daemon: FakeDaemon) -> None:
    daemon.on_complete = lambda id: daemon.say(messages.Progress(id, "shading", 1, 50))
    id, _ = shade(stage, 500, 500)
    stage.until(lambda: stage.of(Progress), "it ran")
    stage.client.close()
    stage.until(lambda: messages.Release(id) in daemon.seen, "the daemon was told")
    assert stage.client.poll() == []
