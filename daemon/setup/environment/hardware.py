"""Which build of torch fits what this computer has. One table; the first build whose hardware is found is taken.

PyTorch publishes its builds on indexes of their own, one for each kind of hardware; what PyPI has under the plain
version is another one on each system; on Linux it brings gigabytes of CUDA.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from shared import wording
from shared.problem import Problem

from ..system import System, machine_name

NAMES = ("auto", "cpu", "cuda", "rocm", "xpu", "mps")
"""What ``--torch`` takes."""

_INDEX = "https://download.pytorch.org/whl/"
_INTEL_DRIVERS = ("xe", "i915")
_INSIDE_THE_PROCESSOR = "0000:00:02.0"


@dataclass(frozen=True)
class Build:
    """One build of torch. ``found(system)`` says what it was chosen for, or nothing."""

    name: str
    systems: tuple[str, ...]  # beginnings of their names
    found: Callable[[System], str]
    local: str = ""  # the version's local part on PyTorch's index; "" is the plain version of PyPI
    gigabytes: float = 1.5  # installed, with everything else
    instead: float = 0  # … with what PyPI has, which will do as well where the index can't be reached; 0: it won't

    @property
    def index(self) -> str | None:
        """PyTorch's index for this build; None: PyPI has it."""
        return _INDEX + self.local if self.local else None

    def requirement(self, torch: str) -> str:
        """What must be installed, given ``torch==2.13.0``: this build, or any build if another one will do."""
        return torch if self.instead else self.exactly(torch)

    def exactly(self, torch: str) -> str:
        """What pip is asked for first."""
        return f"{torch}+{self.local}" if self.local else torch


def _cards(system: System) -> list[tuple[str, int]]:
    """Name and generation (the major number of its compute capability) of each card that NVIDIA's driver knows."""
    said = system.ask(["nvidia-smi", "--query-gpu=name,compute_cap", "--format=csv,noheader"])
    found = (re.fullmatch(r"(.+), (\d+)\.\d+", line.strip()) for line in said.splitlines())
    return [(each[1], int(each[2])) for each in found if each]


def _blackwell(system: System) -> str:
    """CUDA 12.6 knows no card of this generation or a later one, and CUDA 13 none of those before Turing."""
    return next((name for name, generation in _cards(system) if generation >= 10), "")


def _nvidia(system: System) -> str:
    cards = _cards(system)
    if cards:
        return cards[0][0]
    driver = system.root / "proc/driver/nvidia/gpus"
    return wording.text("setup.card_nvidia") if driver.is_dir() and any(driver.iterdir()) else ""


def _amd(system: System) -> str:
    """A card that computes, as the kernel lists it: processors are there too, with no units of SIMD."""
    for properties in (system.root / "sys/class/kfd/kfd/topology/nodes").glob("*/properties"):
        try:
            words = properties.read_text().split()
        except OSError:
            continue
        if dict(zip(words[::2], words[1::2], strict=False)).get("simd_count", "0") != "0":
            return wording.text("setup.card_amd")
    return ""


def _intel(system: System) -> str:
    """A card of its own. The graphics inside most processors, at one slot, have the same driver but can't compute."""
    for card in (system.root / "sys/class/drm").glob("card*/device"):
        if (card / "driver").resolve().name in _INTEL_DRIVERS and card.resolve().name != _INSIDE_THE_PROCESSOR:
            return wording.text("setup.card_intel")
    return ""


def _always(_: System) -> str:
    return wording.text("setup.processor")


TABLE = (
    Build("mps", ("macos",), lambda _: wording.text("setup.card_apple")),
    Build("cuda", ("linux", "windows"), _blackwell, "cu130", gigabytes=6),
    Build("cuda", ("linux", "windows"), _nvidia, "cu126", gigabytes=6),
    Build("rocm", ("linux-x86_64",), _amd, "rocm7.2", gigabytes=16),
    Build("xpu", ("linux-x86_64", "windows"), _intel, "xpu", gigabytes=6),
    Build("cpu", ("linux",), _always, "cpu", instead=5.5),  # which brings CUDA
    Build("cpu", ("macos", "windows"), _always),
)


def choose(name: str = "auto", system: System | None = None, machine: str | None = None) -> tuple[Build, str]:
    """The build to install, and what for. ``name``: one of ``NAMES``.

    A build that was asked for is taken also where its hardware isn't found. Raises Problem if there is none of that
    name for this system.
    """
    system = system or System()
    here = machine_name(system.platform, machine)
    fitting = [build for build in TABLE if here.startswith(build.systems) and name in ("auto", build.name)]
    if not fitting and name != "auto":
        raise Problem("setup.no_such_torch", build=name, computer=here)
    for build in fitting:
        reason = build.found(system)
        if reason:
            return build, reason
    return (fitting or TABLE)[-1], wording.text("setup.as_asked" if name != "auto" else "setup.processor")
