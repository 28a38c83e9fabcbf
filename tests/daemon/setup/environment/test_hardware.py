"""Which torch is chosen for what a computer has, on computers that are folders and a program's output."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from daemon.setup.environment import hardware
from daemon.setup.system import System
from shared.problem import Problem


class Computer:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.cards = ""

    def run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 0, self.cards if command[0] == "nvidia-smi" else "", "")

    def choose(self, name: str = "auto", platform: str = "linux", machine: str = "x86_64") -> tuple[str, str | None]:
        build, _ = hardware.choose(name, System(platform=platform, root=self.root, run=self.run), machine)
        return build.name, build.index and build.index.rpartition("/")[2]

    def add(self, path: str, content: str = "") -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)

    def add_intel(self, slot: str, driver: str) -> None:
        device, module = self.root / "sys/devices" / slot, self.root / "sys/drivers" / driver
        card = self.root / "sys/class/drm/card0"
        for folder in (device, module, card):
            folder.mkdir(parents=True)
        (device / "driver").symlink_to(module)
        (card / "device").symlink_to(device)


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return Computer(tmp_path)


@pytest.mark.parametrize(
    ("platform", "machine", "chosen"),
    [
        ("linux", "x86_64", ("cpu", "cpu")),
        ("linux", "aarch64", ("cpu", "cpu")),
        ("darwin", "arm64", ("mps", None)),
        ("win32", "AMD64", ("cpu", None)),
    ],
)
def test_without_a_card(computer: Computer, platform: str, machine: str, chosen: tuple[str, str | None]) -> None:
    assert computer.choose(platform=platform, machine=machine) == chosen


@pytest.mark.parametrize(
    ("cards", "chosen"),
    [
        ("NVIDIA GeForce GTX 1080, 6.1\n", ("cuda", "cu126")),
        ("NVIDIA GeForce RTX 4060 Laptop GPU, 8.9\n", ("cuda", "cu126")),
        ("NVIDIA GeForce RTX 5090, 12.0\n", ("cuda", "cu130")),
        ("NVIDIA GeForce RTX 3060, 8.6\nNVIDIA GeForce RTX 5070, 12.0\n", ("cuda", "cu130")),
        ("NVIDIA-SMI has failed, because it couldn't communicate with the NVIDIA driver.\n", ("cpu", "cpu")),
        ("No devices were found\n", ("cpu", "cpu")),
    ],
)
@pytest.mark.parametrize("platform", ["linux", "win32"])
def test_cards_of_nvidia(computer: Computer, cards: str, chosen: tuple[str, str], platform: str) -> None:
    computer.cards = cards
    name, index = chosen
    assert computer.choose(platform=platform) == (name, None if (name, platform) == ("cpu", "win32") else index)


def test_a_card_of_nvidia_is_found_by_its_driver(computer: Computer) -> None:
    (computer.root / "proc/driver/nvidia/gpus").mkdir(parents=True)
    assert computer.choose() == ("cpu", "cpu")
    computer.add("proc/driver/nvidia/gpus/0000:01:00.0/information")
    assert computer.choose() == ("cuda", "cu126")


def test_a_card_of_amd(computer: Computer) -> None:
    nodes = "sys/class/kfd/kfd/topology/nodes"
    computer.add(f"{nodes}/0/properties", "cpu_cores_count 16\nsimd_count 0\n")
    assert computer.choose() == ("cpu", "cpu")
    computer.add(f"{nodes}/1/properties", "cpu_cores_count 0\nsimd_count 128\nmem_banks_count 1\n")
    assert computer.choose() == ("rocm", "rocm7.2")


@pytest.mark.parametrize(
    ("slot", "driver", "chosen"),
    [("0000:03:00.0", "xe", "xpu"), ("0000:00:02.0", "i915", "cpu"), ("0000:03:00.0", "amdgpu", "cpu")],
)
def test_a_card_of_intel(computer: Computer, slot: str, driver: str, chosen: str) -> None:
    computer.add_intel(slot, driver)
    assert computer.choose() == (chosen, chosen)


def test_what_is_asked_for_is_taken(computer: Computer) -> None:
    computer.cards = "NVIDIA GeForce RTX 5090, 12.0\n"
    assert computer.choose("cpu") == ("cpu", "cpu")
    assert computer.choose("cuda") == ("cuda", "cu130")
    assert computer.choose("rocm") == ("rocm", "rocm7.2")
    with pytest.raises(Problem) as caught:
        computer.choose("mps")
    assert (caught.value.key, caught.value.values) == (
        "setup.no_such_torch",
        {"build": "mps", "computer": "linux-x86_64"},
    )


def test_only_the_processor_takes_another_build(computer: Computer) -> None:
    builds = {build.exactly("torch==2.13.0"): build for build in hardware.TABLE}
    assert {name for name, build in builds.items() if build.instead} == {"torch==2.13.0+cpu"}
    assert all(build.instead > build.gigabytes for build in hardware.TABLE if build.instead)
    assert all(build.requirement("torch==2.13.0") == name for name, build in builds.items() if not build.instead)


def test_every_name_is_in_the_table_and_every_build_is_asked_for_by_version() -> None:
    assert {"auto", *(build.name for build in hardware.TABLE)} == set(hardware.NAMES)
    wanted = {build.requirement("torch==2.13.0") for build in hardware.TABLE}
    assert wanted == {f"torch==2.13.0{local}" for local in ("", "+cu126", "+cu130", "+rocm7.2", "+xpu")}
