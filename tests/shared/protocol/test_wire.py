"""Frames: every message survives the trip, and nothing else gets through or breaks anything."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from message_examples import IDS, JSON, MESSAGES, SHALLOW, with_payload

from shared.protocol import messages, wire
from shared.protocol.messages import (
    BAND_BYTES,
    Band,
    Code,
    Done,
    Error,
    Hello,
    Message,
    Ping,
    Submit,
)
from shared.protocol.wire import HEADER_BYTES, MAGIC, TYPES, WireError, decode, encode

ALL = frozenset(TYPES.values())
MANY = settings(max_examples=500)
SOME = settings(max_examples=60)


def survives(frames: Sequence[bytes | memoryview]) -> tuple[Message, memoryview | None] | None:
    """Decode; the only two ways out are a message and a ``WireError``."""
    try:
        message, payload = decode(frames, ALL)
    except WireError:
        return None
    assert type(message) in ALL
    assert (payload is not None) == (type(message) in wire.WITH_PAYLOAD)
    return message, payload


def header(**fields: Any) -> bytes:
    return json.dumps({"type": "ping", "id": "a", **fields}).encode()


# ── the trip ──


@pytest.mark.parametrize("name", sorted(TYPES))
@given(data=st.data())
@SOME
def test_every_message_survives_the_trip(name: str, data: st.DataObject) -> None:
    message, payload = data.draw(with_payload(TYPES[name]))
    frames = [bytes(frame) for frame in encode(message, payload)]
    assert frames[0] == MAGIC
    assert decode(frames, ALL) == (message, payload)


def test_the_two_directions_share_no_message_and_only_ready_stays_inside_the_daemon() -> None:
    assert not wire.FROM_CLIENT & wire.TO_CLIENT
    assert {messages.Ready} == ALL - wire.FROM_CLIENT - wire.TO_CLIENT


def test_a_payload_is_not_copied() -> None:
    picture = bytearray(100)
    frames = encode(Band("a", 0), picture)
    picture[7] = 42
    assert frames[2][7] == 42
    _, payload = decode(frames, {Band})
    assert payload is not None
    picture[8] = 43
    assert payload[8] == 43


@given(unknown=st.dictionaries(st.text("xyz", min_size=1), SHALLOW, max_size=3))
@SOME
def test_fields_of_a_newer_version_are_ignored(unknown: dict[str, Any]) -> None:
    message, _ = decode([MAGIC, header(**unknown)], {Ping})
    assert message == Ping("a")


def test_fields_with_a_default_may_be_missing_and_others_may_not() -> None:
    submit = {"type": "submit", "id": "a", "width": 3, "height": 4}
    assert decode([MAGIC, json.dumps(submit).encode()], ALL)[0] == Submit("a", 3, 4)
    del submit["height"]
    with pytest.raises(WireError, match="height") as caught:
        decode([MAGIC, json.dumps(submit).encode()], ALL)
    assert caught.value.id == "a"


# ── what encode refuses ──


@pytest.mark.parametrize("id", ["", "a" * 65, "a b", "ä", "a\n", "../x"])
def test_encode_refuses_a_bad_id(id: str) -> None:
    with pytest.raises(WireError):
        encode(Ping(id))


@pytest.mark.parametrize(
    "message",
    [
        Done("a", {"shift": float("nan")}, 4),
        Done("a", {"shift": float("inf")}, 4),
        Done("a", {"picture": b"bytes"}, 4),
        Done("a", {"much": "x" * HEADER_BYTES}, 4),
        Hello("a", client="\ud800"),
    ],
)
def test_encode_refuses_what_the_other_side_would_refuse(message: Message) -> None:
    with pytest.raises(WireError) as caught:
        encode(message)
    assert caught.value.id == "a"


@pytest.mark.parametrize(
    ("message", "payload"),
    [(Band("a", 0), None), (Band("a", 0), b""), (Band("a", 0), bytes(BAND_BYTES + 1)), (Ping("a"), b"x")],
)
def test_payloads_belong_to_bands_and_pixels_only(message: Message, payload: bytes | None) -> None:
    with pytest.raises(WireError):
        encode(message, payload)
    raw = [MAGIC, encode(message, None if type(message) is Ping else b"x")[1]]
    if payload is not None:
        raw.append(payload)
    with pytest.raises(WireError) as caught:
        decode(raw, ALL)
    assert caught.value.id == "a"


# ── what decode refuses ──


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (b'{"type":"ping","id":"a","id":"b"}', "twice"),
        (b'{"type":"ping","id":"a","x":{"y":1,"y":1}}', "twice"),
        (b'{"type":"ping","id":"a","x":NaN}', "NaN"),
        (b'{"type":"ping","id":"a","x":-Infinity}', "Infinity"),
        (b'{"type":"ping","id":"a","x":1e999}', "large"),
        (b'{"type":"ping","id":"a","x":9223372036854775808}', "large"),
        (b'{"type":"ping","id":"a","x":' + b"9" * 60_000 + b"}", "large"),
        (b'{"type":"ping","id":"a","x":0.' + b"9" * 60_000 + b"}", "long"),
        (b'{"type":"ping","id":"a","x":' + b"[" * 9 + b"]" * 9 + b"}", "nested"),
        (b'{"type":"ping","id":"a","x":' + b"[" * 60_000, "nested"),
        (b'{"x":' * 13_000, "nested"),
        (b'{"type":"ping","id":"a","x":"\\ud800"}', "UTF-8"),
        (b'{"type":"ping","id":"a","x":"\xff"}', "UTF-8"),
        (b'\xef\xbb\xbf{"type":"ping","id":"a"}', "JSON"),
        ('{"type":"ping","id":"a"}'.encode("utf-16"), "UTF-8"),
        (b'{"type":"ping","id":"a"} {}', "JSON"),
        (b"{'type':'ping','id':'a'}", "JSON"),
        (b'{"type":"ping","id":"a",}', "JSON"),
        (b'["ping","a"]', "object"),
        (b"", "JSON"),
        (b"null", "object"),
        (b'{"type":"ping"}', "id"),
        (b'{"type":"ping","id":7}', "id"),
        (b'{"type":"ping","id":"a b"}', "id"),
        (b'{"type":"ping","id":"\xd9\xa3"}', "id"),
        (b'{"id":"a"}', "unknown type"),
        (b'{"type":["ping"],"id":"a"}', "unknown type"),
        (b'{"type":"nothing","id":"a"}', "unknown type"),
        (header(x=" " * HEADER_BYTES), "longer"),
    ],
)
def test_a_bad_header_is_refused_with_a_sentence(text: bytes, complaint: str) -> None:
    with pytest.raises(WireError, match=rf"{complaint}.*\.$"):
        decode([MAGIC, text], ALL)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"type": "band", "band": True}, "band"),
        ({"type": "fetch", "band": 1.0}, "band"),
        ({"type": "fetch", "band": "1"}, "band"),
        ({"type": "fetch", "band": None}, "band"),
        ({"type": "submit", "width": 1, "height": 1, "mask": 1}, "mask"),
        ({"type": "submit", "width": 1, "height": 1, "options": []}, "options"),
        ({"type": "submit", "width": 1, "height": 1, "options": {"seed": "1"}}, "options.seed"),
        ({"type": "submit", "width": 1, "height": 1, "options": {"encoders": "abc"}}, "options.encoders"),
        ({"type": "submit", "width": 1, "height": 1, "options": {"encoders": [1]}}, "options.encoders"),
        ({"type": "resolve", "concept": "x" * 5000}, "concept"),
        ({"type": "error", "code": "sorry", "message": ""}, "code"),
        ({"type": "error", "code": ["busy"], "message": ""}, "code"),
        ({"type": "done", "report": [1]}, "report"),
        ({"type": "welcome", "protocol": 1, "version": "", "limits": {"side": 1.5}}, "limits.side"),
        ({"type": "state"}, "version"),
    ],
)
def test_a_field_of_the_wrong_type_is_refused_by_name(fields: dict[str, Any], name: str) -> None:
    frames = [MAGIC, json.dumps({"id": "a", **fields}).encode()]
    if fields["type"] == "band":
        frames.append(b"x")
    with pytest.raises(WireError, match=f"“{name}”") as caught:
        decode(frames, ALL)
    assert caught.value.id == "a"


def test_a_whole_number_is_a_float_where_a_float_is_due() -> None:
    fields = {"type": "progress", "id": "a", "stage": "shading", "shift": 1}
    message, _ = decode([MAGIC, json.dumps(fields).encode()], ALL)
    assert isinstance(message, messages.Progress)
    assert type(message.shift) is float


def test_a_message_that_is_not_accepted_here_is_refused() -> None:
    frames = encode(Error("a", Code.BUSY, "Busy."))
    with pytest.raises(WireError, match="no sense") as caught:
        decode(frames, wire.FROM_CLIENT)
    assert caught.value.id == "a"


@pytest.mark.parametrize("frames", [[], [MAGIC], [b""], [MAGIC, header(), b"x", b"y"], [b"SHADE/1", header()]])
def test_the_wrong_frames_are_refused(frames: list[bytes]) -> None:
    with pytest.raises(WireError):
        decode(frames, ALL)


# ── fuzz ──


@given(st.lists(st.binary(max_size=200), max_size=5))
@MANY
def test_random_frames(frames: list[bytes]) -> None:
    survives(frames)


@given(st.binary(max_size=500), st.none() | st.binary(max_size=10))
@MANY
def test_random_bytes_as_header(text: bytes, payload: bytes | None) -> None:
    survives([MAGIC, text] if payload is None else [MAGIC, text, payload])


@given(JSON, st.none() | st.binary(max_size=10))
@MANY
def test_random_json_as_header(value: Any, payload: bytes | None) -> None:
    text = json.dumps(value).encode()
    survives([MAGIC, text] if payload is None else [MAGIC, text, payload])


@given(st.sampled_from(sorted(TYPES)), IDS, st.data())
@MANY
def test_random_values_in_the_right_fields(name: str, id: str, data: st.DataObject) -> None:
    names = [field for field in TYPES[name].__dataclass_fields__ if field != "id"]
    fields = data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys(names, JSON)))
    frames = [MAGIC, json.dumps({**fields, "type": name, "id": id}).encode()]
    if TYPES[name] in wire.WITH_PAYLOAD:
        frames.append(b"x")
    found = survives(frames)
    if found is not None:  # what got through is clean: it can be sent on
        assert decode(encode(*found), ALL)[0] == found[0]


@given(MESSAGES, st.data())
@MANY
def test_truncated_messages(example: tuple[Message, bytes | None], data: st.DataObject) -> None:
    frames = [bytes(frame) for frame in encode(*example)]
    index = data.draw(st.integers(0, len(frames) - 1))
    frames[index] = frames[index][: data.draw(st.integers(0, max(0, min(len(frames[index]) - 1, 300))))]
    found = survives(frames)
    assert found is None or index == 2  # a shorter payload is for the receiver to judge
    survives(frames[:index])


@given(MESSAGES, st.data())
@MANY
def test_mutated_messages(example: tuple[Message, bytes | None], data: st.DataObject) -> None:
    frames = [bytes(frame) for frame in encode(*example)]
    text = bytearray(frames[1])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(text) - 1))
        text[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        if not text:
            break
    survives([frames[0], bytes(text), *frames[2:]])


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "unit",
    [b"[", b"{", b'{"a":', b'"', b'"\\"', b"\\", b"[]", b'[{"":', b"1", b"-", b"1e", b"\\u", b"\xf0", b" ", b",\0"],
)
def test_the_largest_headers_of_one_kind_take_no_time_to_speak_of(unit: bytes) -> None:
    for prefix in (b"", b'{"type":"ping","id":"a","x":', b'{"type":"ping","id":"a","x":"'):
        survives([MAGIC, (prefix + unit * HEADER_BYTES)[:HEADER_BYTES]])
