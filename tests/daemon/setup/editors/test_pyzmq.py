"""pyzmq for the editors: which files, fetched by the real pip from a folder, checked, and laid side by side."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import plugin_trees
import pytest

from daemon.setup.editors import pyzmq
from daemon.setup.system import machine_name
from shared.problem import Problem

ROOT = Path(__file__).resolve().parents[4]
INTERPRETERS = {"cp310-cp310", "cp311-cp311", "cp312-abi3"}


VERSION = metadata.version("pyzmq")
TAG = json.loads(pyzmq.WHEELS.read_bytes())[machine_name()]["platform"]


def test_every_system_has_a_wheel_for_every_python() -> None:
    tables = json.loads(pyzmq.WHEELS.read_bytes()).values()
    digests = [digest for table in tables for digest in table["sha256"].values()]
    assert all(set(table["sha256"]) == INTERPRETERS for table in tables)
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in digests)
    assert len(set(digests)) == len(digests)


def test_the_version_is_fixed_since_the_hashes_are() -> None:
    assert re.search(r'^    "pyzmq==[\d.]+",', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)


@pytest.mark.parametrize(
    ("name", "machine", "system"),
    [
        ("linux", "x86_64", "linux-x86_64"),
        ("linux", "aarch64", "linux-aarch64"),
        ("darwin", "arm64", "macos"),
        ("darwin", "x86_64", "macos"),
        ("win32", "AMD64", "windows-x86_64"),
        ("linux", "riscv64", "linux-riscv64"),
    ],
)
def test_names_of_systems(name: str, machine: str, system: str) -> None:
    assert machine_name(name, machine) == system


class Shop:
    """A folder of wheels of the right names with little in them, and pip to fetch them with."""

    def __init__(self, folder: Path) -> None:
        self.wheels, self.cache = folder / "wheels", folder / "cache"
        self.wheels.mkdir()
        self.downloads = 0
        self.digests = {name: self.add(name, TAG) for name in sorted(INTERPRETERS)}
        self.note()

    def note(self) -> None:
        """Have these wheels be those that are asked for."""
        pyzmq.WHEELS.write_text(json.dumps({machine_name(): {"platform": TAG, "sha256": self.digests}}))

    def add(self, interpreter: str, tag: str) -> str:
        info = f"pyzmq-{VERSION}.dist-info"
        path = self.wheels / f"pyzmq-{VERSION}-{interpreter}-{tag}.whl"
        with zipfile.ZipFile(path, "w") as wheel:
            wheel.writestr("zmq/__init__.py", "same = True\n")
            wheel.writestr(f"zmq/{interpreter}.so", interpreter)
            wheel.writestr("pyzmq.libs/libzmq.so", "library")
            wheel.writestr(f"{info}/licenses/LICENSE", "BSD")
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: pyzmq\nVersion: {VERSION}\n")
            wheel.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nTag: {interpreter}-{tag}\n")
            wheel.writestr(f"{info}/RECORD", interpreter)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    def download(self, _command: str, _name: str, *arguments: str) -> None:
        self.downloads += 1
        command = [sys.executable, "-m", "pip", "--isolated", "download", "--no-index", f"--find-links={self.wheels}"]
        try:
            subprocess.run([*command, *arguments], capture_output=True, check=True)
        except subprocess.CalledProcessError as error:
            raise Problem.worded(error.stderr.decode()) from None

    def fetch(self) -> Path:
        return pyzmq.fetch(self.cache, self.download)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setattr(pyzmq, "WHEELS", tmp_path / "wheels.json")
    return Shop(tmp_path)


def test_all_wheels_lie_side_by_side_and_are_fetched_once(shop: Shop) -> None:
    plugin_trees.lay(shop.cache, {"pyzmq-26.0.0-old/zmq.py": b"", "another/file": b""})
    folder = shop.fetch()
    info = f"pyzmq-{VERSION}.dist-info"
    assert set(plugin_trees.content(folder)) == {
        "zmq/__init__.py",
        *(f"zmq/{name}.so" for name in INTERPRETERS),
        "pyzmq.libs/libzmq.so",
        f"{info}/licenses/LICENSE",
        f"{info}/METADATA",
    }
    assert {path.name for path in shop.cache.iterdir()} == {folder.name, "another"}
    assert shop.fetch() == folder == pyzmq.fetched(shop.cache)
    assert shop.downloads == len(INTERPRETERS)


def test_a_wheel_with_another_hash_is_refused_by_pip(shop: Shop) -> None:
    shop.digests["cp312-abi3"] = "0" * 64
    shop.note()
    with pytest.raises(Problem, match="DO NOT MATCH THE HASHES"):
        shop.fetch()
    assert list(shop.cache.iterdir()) == [], "nothing is left of the others"


def test_a_wheel_with_another_hash_is_refused_without_pip(shop: Shop) -> None:
    shop.digests["cp312-abi3"] = "0" * 64
    shop.note()

    def careless(*arguments: str) -> None:
        place = next(each for each in arguments if each.startswith("--dest=")).partition("=")[2]
        wheel = next(shop.wheels.glob("*cp312*"))
        (Path(place) / wheel.name).write_bytes(wheel.read_bytes())

    with pytest.raises(Problem) as caught:
        pyzmq.fetch(shop.cache, careless)
    assert caught.value.key == "setup.wrong_pyzmq"


def test_a_system_without_wheels_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyzmq, "machine_name", lambda: "linux-riscv64")
    with pytest.raises(Problem) as caught:
        pyzmq.fetch(tmp_path, lambda *_: pytest.fail("nothing is to be downloaded"))
    assert (caught.value.key, caught.value.values) == ("setup.no_pyzmq", {"computer": "linux-riscv64"})
