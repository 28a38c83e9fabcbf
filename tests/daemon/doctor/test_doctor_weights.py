"""The weights are those that were measured."""

from __future__ import annotations

from pathlib import Path

from daemon.doctor import weights


def test_the_weights_of_this_checkout_are_known() -> None:
    # New weights on purpose: put their digest into daemon/doctor/weights.py.
    assert [finding.state for finding in weights.check(Path())] == ["ok"]
    assert set(weights.SHA256) == {path.name for path in weights.ENCODERS.glob("*.safetensors")}


def test_one_bit_is_enough(tmp_path: Path) -> None:
    (name,) = weights.SHA256
    content = bytearray((weights.ENCODERS / name).read_bytes())
    content[-1] ^= 1
    (tmp_path / name).write_bytes(content)
    assert [finding.state for finding in weights.check(Path(), tmp_path)] == ["fail"]


def test_the_weights_are_gone(tmp_path: Path) -> None:
    (finding,) = weights.check(Path(), tmp_path)
    assert finding.state == "fail"
    assert "No such file" in finding.sentence
