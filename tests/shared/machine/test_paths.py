from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from shared.machine import paths

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")


@pytest.fixture
def no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's home folder, and no BELLADONNA_HOME."""
    for name in ("BELLADONNA_HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    return tmp_path


def test_the_variable_wins_and_is_made_absolute(no_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLADONNA_HOME", str(no_home / "elsewhere"))
    assert paths.home() == no_home / "elsewhere"
    monkeypatch.setenv("BELLADONNA_HOME", "~/there")
    assert paths.home() == no_home / "there"
    monkeypatch.chdir(no_home)
    monkeypatch.setenv("BELLADONNA_HOME", "here")
    assert paths.home() == no_home / "here"


@pytest.mark.parametrize(
    ("platform", "windows", "variables", "expected"),
    [
        ("linux", False, {}, ".local/share/belladonna"),
        ("linux", False, {"XDG_DATA_HOME": "/data"}, "/data/belladonna"),
        ("linux", False, {"XDG_DATA_HOME": "relative"}, ".local/share/belladonna"),
        ("darwin", False, {"XDG_DATA_HOME": "/data"}, "Library/Application Support/Belladonna"),
        ("win32", True, {"LOCALAPPDATA": "/local"}, "/local/Belladonna"),
        ("win32", True, {}, "AppData/Local/Belladonna"),
    ],
)
def test_home_of_each_system(
    no_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    windows: bool,
    variables: dict[str, str],
    expected: str,
) -> None:
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setattr(paths, "WINDOWS", windows)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert paths.home() == no_home / expected


def test_everything_lies_under_the_given_home(tmp_path: Path) -> None:
    functions = [
        paths.run_dir,
        paths.connection_file,
        paths.lock_file,
        paths.start_lock_file,
        paths.logs_dir,
        paths.log_file,
        paths.start_log_file,
        paths.cache_dir,
        paths.venv_dir,
        paths.venv_python,
        paths.launcher,
    ]
    places = [function(tmp_path) for function in functions]
    assert all(tmp_path in place.parents for place in places)
    assert len(set(places)) == len(places)
    assert list(tmp_path.iterdir()) == []  # asking creates nothing


def test_without_a_home_the_users_own_is_meant(home: Path) -> None:
    assert paths.connection_file() == paths.connection_file(home) == home / "run" / "daemon.json"


def test_windows_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "WINDOWS", True)
    assert paths.venv_python(tmp_path) == tmp_path / "venv" / "Scripts" / "python.exe"
    assert paths.launcher(tmp_path) == tmp_path / "bin" / "belladonna.cmd"


@posix
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o277])
def test_a_private_dir_is_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        folder = paths.private_dir(tmp_path / "x")
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@posix
def test_a_folder_that_was_open_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    folder.chmod(0o777)
    assert paths.private_dir(folder) == folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_file_in_the_way_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    with pytest.raises(OSError, match="x"):
        paths.private_dir(tmp_path / "x")
