"""pyzmq for the editors: which files, fetched by the real pip from a folder, checked, and laid side by side."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import zipfile
from functools import partial
from pathlib import Path

import plugin_trees
import pytest

from daemon.setup import vendor
from daemon.setup.errors import InstallError

INTERPRETERS = {"cp310-cp310", "cp311-cp311", "cp312-abi3"}


def test_every_system_has_a_wheel_for_every_python() -> None:
    assert set(vendor.WHEELS) == set(vendor.TAGS)
    digests = [digest for wheels in vendor.WHEELS.values() for digest in wheels.values()]
    assert all(set(wheels) == INTERPRETERS for wheels in vendor.WHEELS.values())
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in digests)
    assert len(set(digests)) == len(digests)


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
    assert vendor.system(name, machine) == system


class Shop:
    """A folder of wheels of the right names with little in them, and pip to fetch them with."""

    def __init__(self, folder: Path) -> None:
        self.wheels, self.cache = folder / "wheels", folder / "cache"
        self.wheels.mkdir()
        self.downloads = 0
        tag = vendor.TAGS[vendor.system()]
        self.digests = {name: self.add(name, tag) for name in sorted(INTERPRETERS)}

    def add(self, interpreter: str, tag: str) -> str:
        info = f"pyzmq-{vendor.VERSION}.dist-info"
        path = self.wheels / f"pyzmq-{vendor.VERSION}-{interpreter}-{tag}.whl"
        with zipfile.ZipFile(path, "w") as wheel:
            wheel.writestr("zmq/__init__.py", "same = True\n")
            wheel.writestr(f"zmq/{interpreter}.so", interpreter)
            wheel.writestr("pyzmq.libs/libzmq.so", "library")
            wheel.writestr(f"{info}/licenses/LICENSE", "BSD")
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: pyzmq\nVersion: {vendor.VERSION}\n")
            wheel.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nTag: {interpreter}-{tag}\n")
            wheel.writestr(f"{info}/RECORD", interpreter)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    def download(self, *arguments: str) -> None:
        self.downloads += 1
        command = [sys.executable, "-m", "pip", "--isolated", "download", "--no-index", f"--find-links={self.wheels}"]
        try:
            subprocess.run([*command, *arguments], capture_output=True, check=True)
        except subprocess.CalledProcessError as error:
            raise InstallError(error.stderr.decode(), "") from None

    def fetch(self) -> Path:
        return vendor.fetch(self.cache, self.download)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    shop = Shop(tmp_path)
    monkeypatch.setitem(vendor.WHEELS, vendor.system(), shop.digests)
    return shop


def test_all_wheels_lie_side_by_side_and_are_fetched_once(shop: Shop) -> None:
    plugin_trees.lay(shop.cache, {"pyzmq-26.0.0-old/zmq.py": b"", "another/file": b""})
    folder = shop.fetch()
    info = f"pyzmq-{vendor.VERSION}.dist-info"
    assert set(plugin_trees.content(folder)) == {
        "zmq/__init__.py",
        *(f"zmq/{name}.so" for name in INTERPRETERS),
        "pyzmq.libs/libzmq.so",
        f"{info}/licenses/LICENSE",
        f"{info}/METADATA",
    }
    assert {path.name for path in shop.cache.iterdir()} == {folder.name, "another"}
    assert shop.fetch() == folder
    assert shop.downloads == len(INTERPRETERS)


def test_a_wheel_with_another_hash_is_refused_by_pip(shop: Shop) -> None:
    shop.digests["cp312-abi3"] = "0" * 64
    with pytest.raises(InstallError, match="DO NOT MATCH THE HASHES"):
        shop.fetch()
    assert list(shop.cache.iterdir()) == [], "nothing is left of the others"


def test_a_wheel_with_another_hash_is_refused_without_pip(shop: Shop) -> None:
    shop.digests["cp312-abi3"] = "0" * 64

    def careless(*arguments: str) -> None:
        place = next(each for each in arguments if each.startswith("--dest=")).partition("=")[2]
        wheel = next(shop.wheels.glob("*cp312*"))
        (Path(place) / wheel.name).write_bytes(wheel.read_bytes())

    with pytest.raises(InstallError, match="is not the one that was asked for"):
        vendor.fetch(shop.cache, careless)


def test_a_system_without_wheels_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vendor, "system", partial(vendor.system, "linux", "riscv64"))
    with pytest.raises(InstallError, match="no pyzmq for linux-riscv64"):
        vendor.fetch(tmp_path, lambda *_: pytest.fail("nothing is to be downloaded"))
