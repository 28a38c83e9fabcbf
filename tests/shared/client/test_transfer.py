"""The bookkeeping of one picture, without sockets."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.client.transfer import WINDOW, Leg, Transfer
from shared.problem import Problem
from shared.protocol.messages import BAND_BYTES, Code, Done, Submit, bands

WIDTH, HEIGHT = 1024, 700  # 2.7 bands


def done(transfer: Transfer, report: dict[str, Any] | None = None) -> None:
    """The daemon has the result, as large as the pixels."""
    assert not transfer.done(Done(transfer.submit.id, report or {}, transfer.submit.pixel_bytes))


def fetching(width: int = WIDTH, height: int = HEIGHT) -> Transfer:
    """A transfer whose result is ready and fully asked for."""
    transfer = Transfer(Submit("a", width, height), lambda offset, length: bytes(length))
    transfer.accepted(bands(transfer.submit.total_bytes))
    done(transfer)
    while transfer.next_fetch() is not None:
        transfer.asked()
    return transfer


@given(st.integers(1, 3000), st.integers(1, 600), st.booleans(), st.data())
def test_the_bands_are_the_picture_from_wherever_the_daemon_wants_it(
    width: int, height: int, mask: bool, data: st.DataObject
) -> None:
    submit = Submit("a", width, height, mask=mask)
    block = memoryview(bytes(range(256)) * (submit.total_bytes // 256 + 1))[: submit.total_bytes]
    first = data.draw(st.integers(0, bands(submit.total_bytes)))
    transfer = Transfer(submit, lambda offset, length: block[offset : offset + length])
    transfer.accepted(first)
    sent = []
    while transfer.leg is Leg.SENDING:
        band, payload = transfer.next_upload()
        assert transfer.next_upload()[0] == band  # asking again, as after a link that took nothing, is the same
        assert band.band == first + len(sent)
        sent.append(bytes(payload))
        transfer.uploaded()
    assert b"".join(sent) == block[first * BAND_BYTES :]
    assert transfer.leg is Leg.WAITING


def test_room_for_the_result_is_made_once_and_never_grows() -> None:
    transfer = Transfer(Submit("a", WIDTH, HEIGHT, mask=True), lambda offset, length: bytes(length))
    assert len(transfer.pixels) == 0
    transfer.accepted(bands(transfer.submit.total_bytes))
    assert len(transfer.pixels) == 0
    done(transfer)
    room = transfer.pixels
    assert len(room) == WIDTH * HEIGHT * 4  # without the mask
    for _ in range(3):
        transfer.asked()
    for band, size in ((0, BAND_BYTES - 1), (1, BAND_BYTES), (-1, 1), (2**62, BAND_BYTES), (3, 1)):
        with pytest.raises(Problem):
            transfer.receive(band, memoryview(bytes(size)))
    assert transfer.pixels is room
    assert not any(room)


def test_the_room_for_the_result_is_plain_bytes_and_goes_with_its_last_view() -> None:
    """However an editor uses it: as bytes, in slices, as other numbers, as something to write to."""
    transfer = fetching()
    room = transfer.pixels
    assert (room.format, room.ndim, room.readonly, room.c_contiguous) == ("B", 1, False, True)
    transfer.receive(0, memoryview(b"\1" * BAND_BYTES))
    assert room.cast("I")[0] == 0x01010101
    assert bytes(room[BAND_BYTES - 1 : BAND_BYTES + 1]) == b"\1\0"
    part, memory = room[:4], weakref.ref(room.obj)
    del transfer, room
    assert part == b"\1" * 4
    assert memory() is not None
    del part
    gc.collect()
    assert memory() is None


def test_a_result_that_does_not_fit_into_memory_is_a_sentence() -> None:
    transfer = Transfer(Submit("a", 2**28, 2**28), lambda offset, length: bytes(length))
    transfer.accepted(bands(transfer.submit.total_bytes))
    with pytest.raises(Problem) as caught:
        done(transfer)
    assert caught.value.code is Code.OUT_OF_MEMORY
    assert caught.value.hint
    assert transfer.leg is Leg.WAITING


def test_a_result_is_complete_with_its_last_band() -> None:
    transfer = fetching()
    last = WIDTH * HEIGHT * 4 - 2 * BAND_BYTES
    assert not transfer.receive(0, memoryview(b"a" * BAND_BYTES))
    assert not transfer.receive(1, memoryview(b"b" * BAND_BYTES))
    with pytest.raises(Problem) as caught:
        transfer.receive(2, memoryview(bytes(BAND_BYTES)))
    assert caught.value.key == "client.wrong_size"
    assert transfer.receive(2, memoryview(b"c" * last))
    assert transfer.pixels == b"a" * BAND_BYTES + b"b" * BAND_BYTES + b"c" * last
    with pytest.raises(Problem):
        transfer.receive(3, memoryview(b"d"))


def test_no_more_is_asked_for_than_the_window() -> None:
    transfer = fetching(4096, 4096)  # 64 bands
    assert transfer.next_fetch() is None
    received = 0
    while not transfer.receive(received, memoryview(bytes(BAND_BYTES))):
        received += 1
        fetch = transfer.next_fetch()
        assert fetch is None or fetch.band == received + WINDOW - 1
        if fetch is not None:
            transfer.asked()
    assert received == 63


def test_a_restart_begins_the_result_again() -> None:
    transfer = fetching()
    transfer.receive(0, memoryview(b"a" * BAND_BYTES))
    transfer.restart()
    with pytest.raises(Problem):
        transfer.receive(1, memoryview(bytes(BAND_BYTES)))
    transfer.accepted(bands(transfer.submit.total_bytes))
    done(transfer, {"shift": 1.0})
    assert not any(transfer.pixels)
    fetch = transfer.next_fetch()
    assert fetch is not None
    assert fetch.band == 0
    assert transfer.report == {"shift": 1.0}


def test_the_daemon_owes_an_answer_except_while_it_receives_or_computes() -> None:
    transfer = Transfer(Submit("a", 1, 1), lambda offset, length: bytes(length))
    assert transfer.expects_answer
    transfer.accepted(0)
    assert not transfer.expects_answer
    transfer.next_upload()
    transfer.uploaded()
    assert transfer.expects_answer
    transfer.told = True
    assert not transfer.expects_answer
    done(transfer)
    assert transfer.expects_answer


@pytest.mark.parametrize("size", [0, 99, 101, -1])
def test_a_shaded_picture_is_as_large_as_it_was(size: int) -> None:
    transfer = Transfer(Submit("a", 5, 5), lambda offset, length: bytes(length))
    transfer.accepted(1)
    with pytest.raises(Problem) as caught:
        transfer.done(Done("a", {}, size))
    assert caught.value.key == "client.wrong_size"


def test_the_result_of_another_task_may_be_smaller_or_empty() -> None:
    for size in (7, 0):
        transfer = Transfer(Submit("a", 5, 5, task="describe"), lambda offset, length: bytes(length))
        transfer.accepted(1)
        assert transfer.done(Done("a", {"words": ["dog"]}, size)) is (size == 0)
        assert len(transfer.pixels) == size
        if size:
            transfer.asked()
            assert transfer.receive(0, memoryview(b"a tag: "))
