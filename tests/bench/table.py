"""Markdown tables, and a line that says where and when they were measured."""

from __future__ import annotations

import datetime
import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path


def machine() -> str:
    """Date, processor, cores, memory, Python: what a figure needs beside it."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if "model name" in line]
        cpu = names[0] if names else cpu
    memory = ""
    if hasattr(os, "sysconf"):
        memory = f", {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    today = datetime.date.today().isoformat()
    return f"{today}, {cpu}, {os.cpu_count()} cores{memory}, {platform.system()}, Python {platform.python_version()}"


def means(rows: Sequence[Sequence[object]], groups: Sequence[Sequence[str]], first: int) -> list[list[object]]:
    """A row for each group that has rows: its names, how many rows, and the means of the columns from ``first`` on.

    A row belongs to the groups that name its first cell.
    """
    found: list[list[object]] = []
    for group in groups:
        chosen = [row[first:] for row in rows if row[0] in group]
        if chosen:
            columns = (statistics.mean(float(str(cell)) for cell in column) for column in zip(*chosen, strict=True))
            found.append([" and ".join(group), len(chosen), *columns])
    return found


def show(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a Markdown table, each row as soon as it is there; floats with three places."""
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header), flush=True)
    for row in rows:
        cells = (f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row)
        print("| " + " | ".join(cells) + " |", flush=True)
