"""What an installation is made from, and when that counts as changed."""

from __future__ import annotations

from pathlib import Path

import plugin_trees

from daemon.setup import sources


def test_the_sources_of_this_checkout() -> None:
    assert all((sources.ROOT / name).is_file() for name in sources.BUILD_FILES)
    assert all((sources.ROOT / name / "__init__.py").is_file() for name in sources.FOLDERS)
    names = {path.relative_to(sources.ROOT).as_posix() for path in sources.inside(sources.ROOT / "daemon")}
    assert "daemon/shading/concepts/table.json" in names
    assert not any("__pycache__" in name for name in names)


def test_names_and_contents_count(tmp_path: Path) -> None:
    one = plugin_trees.lay(tmp_path / "one", {"daemon/a.py": b"1", "shared/b.json": b"2"})
    other = plugin_trees.lay(tmp_path / "other", {"daemon/a.py": b"1", "shared/b.json": b"2", "docs/c": b""})
    plugin_trees.lay(one, {"daemon/__pycache__/a.pyc": b"compiled"})
    assert sources.same(one, other)
    plugin_trees.lay(other, {"shared/b.json": b"3"})
    assert not sources.same(one, other)
    plugin_trees.lay(one, {"shared/b.json": b"3", "gimp_plugin/new.py": b""})
    assert not sources.same(one, other)
    assert not sources.same(other, one)
    assert not sources.same(one, tmp_path / "nowhere")


def test_hidden_files_dont_count(tmp_path: Path) -> None:
    one = plugin_trees.lay(tmp_path / "one", {"daemon/a.py": b"1", "daemon/.DS_Store": b"", "daemon/.idea/x": b""})
    other = plugin_trees.lay(tmp_path / "other", {"daemon/a.py": b"1"})
    assert sources.same(one, other), "no package takes them along, so they would be missing for ever"
