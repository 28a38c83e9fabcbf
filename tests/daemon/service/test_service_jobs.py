"""A picture's way through the daemon, on real sockets and with a real worker process."""

from __future__ import annotations

import signal

import numpy as np
import pytest
from live_daemon import eventually, new_id

from daemon.shading import concepts
from daemon.shading.encoders.table import ENCODERS
from shared import VERSION
from shared.protocol import wire
from shared.protocol.messages import (
    BAND_BYTES,
    PROTOCOL,
    STAGES,
    Accepted,
    Band,
    Cancel,
    Code,
    Done,
    Error,
    Fetch,
    Hello,
    Limits,
    Ping,
    Pixels,
    Pong,
    Progress,
    Queued,
    Release,
    Resolve,
    Resolved,
    Submit,
    Vocabulary,
    Welcome,
    Words,
    bands,
)
from shared.protocol.wire import HEADER_BYTES


def picture_bytes(submit: Submit, seed: int = 1) -> tuple[np.ndarray, bytes]:
    """Random pixels of a submit's shape, and the block a client sends for them (with a mask of its left half)."""
    generator = np.random.default_rng(seed)
    shape = (submit.height, submit.width, 4)
    if submit.dtype == "float32":
        pixels = generator.random(shape, np.float32)
    else:
        pixels = generator.integers(0, np.iinfo(submit.dtype).max, shape, submit.dtype, endpoint=True)
    mask = np.zeros(shape[:2], np.uint8)
    mask[:, : submit.width // 2] = 255
    return pixels, pixels.tobytes() + (mask.tobytes() if submit.mask else b"")


def inverted(pixels: np.ndarray, columns: int) -> np.ndarray:
    """What the fake engine makes of a picture of which the first ``columns`` are to be shaded."""
    maximum = np.array(1.0 if pixels.dtype.kind == "f" else np.iinfo(pixels.dtype).max, pixels.dtype)
    expected = pixels.copy()
    expected[:, :columns, :3] = maximum - expected[:, :columns, :3]
    return expected


def fetch_all(client, submit: Submit) -> bytes:
    for band in range(bands(submit.pixel_bytes)):
        client.send(Fetch(submit.id, band))
    block = b""
    while len(block) < submit.pixel_bytes:
        message, payload = client.receive()
        assert isinstance(message, Pixels)
        assert payload is not None
        assert message.band * BAND_BYTES == len(block)
        block += payload
    return block


def test_hello_is_welcomed_with_limits_and_targets(start_daemon, connect):
    welcome = connect(start_daemon()).ask(Hello(new_id(), client="test 1"), Welcome)
    assert welcome.protocol == PROTOCOL
    assert welcome.version == VERSION
    assert welcome.limits == Limits()
    assert welcome.targets == tuple(sorted(concepts.TARGETS))
    assert welcome.encoders == tuple(ENCODERS)
    assert "embedded" in welcome.encoders
    assert welcome.device == ""


def test_hello_of_another_version_is_told_so(start_daemon, connect):
    client = connect(start_daemon())
    error = client.ask(Hello(new_id(), protocol=PROTOCOL + 1), Error)
    assert error.code is Code.VERSION_MISMATCH
    assert error.message
    assert error.hint


@pytest.mark.parametrize(
    ("width", "height", "dtype", "layout", "mask"),
    [
        (1, 1, "uint8", "RGBA", False),
        (37, 11, "uint8", "BGRA", True),
        (700, 500, "uint16", "BGRA", False),
        (601, 403, "float32", "RGBA", True),
        (512, 512, "uint8", "RGBA", False),
    ],
)
def test_picture_goes_in_and_comes_back_shaded(start_daemon, connect, width, height, dtype, layout, mask):
    client = connect(start_daemon())
    submit = client.submit(width=width, height=height, dtype=dtype, layout=layout, mask=mask)
    pixels, block = picture_bytes(submit)
    client.send_picture(submit, block)
    seen = []
    report = client.wait_for(Done, submit.id, seen).report
    result = np.frombuffer(fetch_all(client, submit), dtype).reshape(pixels.shape)
    np.testing.assert_array_equal(result, inverted(pixels, width // 2 if mask else width))
    assert report["first_red"] == pixels[0, 0, 2 if layout == "BGRA" else 0]
    assert report["dtype"] == dtype
    stages = [message.stage for message in seen if isinstance(message, Progress)]
    assert stages[0] == "starting"
    assert stages == sorted(stages, key=STAGES.index)
    client.send(Release(submit.id))
    assert (client.state().jobs, client.state().memory) == ((), 0)
    assert client.ask(Hello(new_id()), Welcome).device == "fake device"


def test_result_that_is_the_read_only_input_is_sent_too(start_daemon, connect):
    client = connect(start_daemon())
    submit = client.submit("then=alias", layout="BGRA")
    pixels, block = picture_bytes(submit)
    client.send_picture(submit, block)
    client.wait_for(Done, submit.id)
    assert fetch_all(client, submit) == pixels.tobytes()


def test_progress_counts_up_and_estimates_the_time_left(start_daemon, connect):
    client = connect(start_daemon())
    seen = []
    submit = client.shade("steps=10 pause=0.1")
    client.wait_for(Done, submit.id, seen)
    steps = [message for message in seen if isinstance(message, Progress) and message.stage == "shading"]
    counts = [message.step for message in steps]
    assert counts == sorted(counts)
    assert counts[-1] == 10
    assert len(counts) < 10  # not every step is worth a message
    assert steps[-1].eta == 0
    assert all(message.eta is not None and message.eta > 0 for message in steps[1:-1])


def test_second_job_waits_and_hears_its_place(start_daemon, connect):
    client = connect(start_daemon())
    first = client.shade("steps=1000 pause=0.05")
    client.wait_for(Progress, first.id)
    second, third = client.shade(), client.shade()
    assert client.wait_for(Queued, second.id).place == 1
    assert client.wait_for(Queued, third.id).place == 2
    client.send(Cancel(first.id))
    while client.wait_for(Queued, third.id).place != 1:
        pass
    client.wait_for(Done, third.id)
    states = {job["id"]: job["state"] for job in client.state().jobs}
    assert states == {second.id: "done", third.id: "done"}


def test_submitting_an_id_again_takes_the_job_up_where_it_is(start_daemon, connect):
    daemon = start_daemon()
    first = connect(daemon)
    submit = first.submit(width=1024, height=512)
    first.send(Band(submit.id, 0), bytes(BAND_BYTES))
    first.ask(Ping(new_id()), Pong)
    first.close()

    second = connect(daemon)
    assert second.ask(submit, Accepted).next_band == 1
    second.send(Band(submit.id, 1), bytes(BAND_BYTES))
    second.wait_for(Done, submit.id)

    third = connect(daemon)
    assert third.ask(submit, Accepted).next_band == 2
    third.wait_for(Done, submit.id)
    assert len(fetch_all(third, submit)) == submit.pixel_bytes
    assert second.ask(Fetch(submit.id, 0), Error).code is Code.BAD_REQUEST  # the job is another client's now


def test_running_job_outlives_a_broken_connection(start_daemon, connect):
    daemon = start_daemon(grace=30)
    first = connect(daemon)
    submit = first.shade("steps=60 pause=0.05")
    while first.wait_for(Progress, submit.id).stage != "shading":
        pass
    first.close()
    second = connect(daemon)
    assert second.ask(submit, Accepted).next_band == 1
    second.wait_for(Done, submit.id)


def test_submitting_another_picture_under_the_same_id_is_refused(start_daemon, connect):
    client = connect(start_daemon())
    submit = client.submit(width=8)
    assert client.ask(Submit(submit.id, 9, 4), Error).code is Code.BAD_REQUEST


def test_failed_job_that_is_submitted_again_is_not_started_anew(start_daemon, connect):
    daemon = start_daemon()
    submit = (client := connect(daemon)).shade("then=shading_error")
    error = client.wait_for(Error, submit.id)
    assert connect(daemon).ask(submit, Error) == error


def test_resolve_answers_with_the_table(start_daemon, connect):
    client = connect(start_daemon())
    resolved = client.ask(Resolve(new_id(), "dog"), Resolved)
    expected = concepts.resolve("dog")
    assert (resolved.concept, resolved.target, resolved.known) == ("dog", expected.target, expected.known)
    assert client.ask(Resolve(new_id(), "d" * 500), Error).code is Code.BAD_REQUEST


def test_vocabulary_is_the_table(start_daemon, connect):
    words = connect(start_daemon()).ask(Vocabulary(new_id()), Words).words
    assert words == concepts.words()
    # The table may grow to twice its size before the answer no longer fits a message.
    assert len(wire.encode(Words("x" * 64, words))[1]) < HEADER_BYTES / 2


def test_idle_worker_leaves_and_comes_back(start_daemon, connect):
    daemon = start_daemon(patience={"idle": 0.3})
    client = connect(daemon)
    first = client.wait_for(Done, client.shade().id).report["pid"]
    eventually(lambda: not daemon.workers(), "the worker left")
    assert client.state().worker == "stopped"
    assert client.state().device == "fake device"
    assert client.wait_for(Done, client.shade().id).report["pid"] != first


def test_worker_dies_with_a_daemon_that_is_killed(start_daemon, connect):
    daemon = start_daemon()
    client = connect(daemon)
    client.shade("deaf=1 steps=1 pause=60")
    eventually(lambda: client.state().worker == "busy", "the worker was busy")
    (worker,) = daemon.workers()
    daemon.process.send_signal(signal.SIGKILL)
    eventually(lambda: not worker.is_running() or worker.status() == "zombie", "the worker left")
