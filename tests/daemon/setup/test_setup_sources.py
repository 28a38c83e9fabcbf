"""What the installed package is made from, and when that counts as changed."""

from __future__ import annotations

from pathlib import Path

from daemon.setup import sources

ROOT = Path(__file__).resolve().parents[3]


def test_sources_are_what_the_package_is_made_of() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in sources.project(ROOT)}
    assert {
        "pyproject.toml",
        "LICENSE",
        "README.md",
        "shared/machine/paths.py",
        "daemon/shading/concepts/table.json",
    } <= names
    assert not any("__pycache__" in name or name.startswith("tests/") for name in names)


def test_names_and_contents_count(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"bc")
    one = sources.fingerprint(tmp_path, [tmp_path / "a"])
    assert sources.fingerprint(tmp_path, [tmp_path / "a"]) == one
    (tmp_path / "ab").write_bytes(b"c")
    (tmp_path / "b").write_bytes(b"bc")
    others = [sources.fingerprint(tmp_path, [tmp_path / name]) for name in ("ab", "b")]
    assert len({one, *others}) == 3
