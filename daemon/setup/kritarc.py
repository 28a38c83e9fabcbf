"""Turns a plug-in on in Krita's settings file and takes that back, leaving every other byte as it is.

A KConfig file: ``[group]`` headings with ``key=value`` lines below. A group may come several times and a key may be
repeated; the last one counts. ``configparser`` would lose comments, the order and the case of the keys.
"""

from __future__ import annotations

from dataclasses import dataclass

HEADING = b"[python]"


@dataclass(frozen=True)
class Before:
    """How things were before the plug-in was turned on for the first time: all that is needed to go back."""

    existed: bool  # the file
    section: bool  # a group with the heading
    lines: tuple[str, ...]  # of the plug-in's key in that group, in Latin-1 so that any byte fits

    @classmethod
    def of(cls, settings: bytes | None, plugin: str) -> Before:
        """``settings`` is None where there is no file."""
        lines = (settings or b"").split(b"\n")
        headings, keys = _find(lines, plugin)
        return cls(settings is not None, bool(headings), tuple(lines[key].decode("latin-1") for key in keys))


def enabled(settings: bytes, plugin: str) -> bytes:
    """The settings with the plug-in turned on; the same object if it is on."""
    lines = settings.split(b"\n")
    end = _end(lines)
    wanted = _key(plugin) + b"=true"
    headings, keys = _find(lines, plugin)
    for number in keys:
        if _value(lines[number]) != b"true":
            lines[number] = wanted + (b"\r" if lines[number].endswith(b"\r") else b"")
    if not headings:
        lines = _with_section(lines, wanted, end)
    elif not keys and headings[0] == len(lines) - 1:  # the file ends with the heading
        lines[-1] += end
        lines.append(wanted)
    elif not keys:
        lines.insert(headings[0] + 1, wanted + end)
    changed = b"\n".join(lines)
    return settings if changed == settings else changed


def restored(settings: bytes, plugin: str, before: Before) -> bytes | None:
    """The settings as they would be had the plug-in never been turned on; None if there would be no file.

    What the plug-in has remembered there goes too, and where its docker was; what else has changed since stays changed.
    Undoes ``enabled`` to the byte.
    """
    lines = settings.split(b"\n")
    for heading in (f"[{plugin}]", f"[MainWindow][DockWidget {plugin}]"):
        lines = _without_group(lines, heading.encode())
    end = _end(lines)
    headings, keys = _find(lines, plugin)
    if len(keys) == len(before.lines):
        for number, line in zip(keys, before.lines, strict=True):
            lines[number] = line.encode("latin-1")
    elif before.lines:  # the editor has put them together: the last one counts
        for number in keys:
            lines[number] = before.lines[-1].rstrip("\r").encode("latin-1") + end
    else:
        gone = set(keys)
        for heading in [] if before.section else headings:
            gone |= _empty_section(lines, heading, gone)
        last = len(lines) - 1 in gone
        lines = [line for number, line in enumerate(lines) if number not in gone]
        if last and lines:
            lines[-1] = lines[-1].removesuffix(end)
    changed = b"\n".join(lines)
    return changed if changed or before.existed else None


def is_enabled(settings: bytes, plugin: str) -> bool:
    """Whether the editor loads the plug-in."""
    lines = settings.split(b"\n")
    _, keys = _find(lines, plugin)
    return bool(keys) and _value(lines[keys[-1]]) == b"true"


def first_group(settings: bytes, key: str) -> str:
    """The value of a key above all headings; empty if there is none."""
    found = ""
    for line in settings.decode("utf-8", "replace").split("\n"):
        name, _, value = line.partition("=")
        if name.lstrip().startswith("["):
            break
        if name.strip() == key:
            found = value.strip().replace("\\\\", "\\")
    return found


def _find(lines: list[bytes], plugin: str) -> tuple[list[int], list[int]]:
    """The numbers of the lines with the heading, and of those below such a heading with the plug-in's key."""
    headings, keys, inside = [], [], False
    for number, line in enumerate(lines):
        text = line.strip()
        if text.startswith(b"["):
            inside = text == HEADING
            headings += [number] if inside else []
        elif inside and text.partition(b"=")[0].rstrip() == _key(plugin):
            keys.append(number)
    return headings, keys


def _without_group(lines: list[bytes], heading: bytes) -> list[bytes]:
    """All lines but those of a group, with the blank one that sets it apart."""
    kept: list[bytes] = []
    inside = False
    for line in lines:
        if line.strip().startswith(b"["):
            inside = line.strip() == heading
        if not inside:
            kept.append(line)
    if inside:  # it was the last one
        if kept and not kept[-1].strip():
            kept.pop()
        kept += [b""] if not lines[-1] else []
    return kept or [b""]


def _empty_section(lines: list[bytes], heading: int, gone: set[int]) -> set[int]:
    """The lines to take out with a heading that nothing will be left below: it, and the blank one above it."""
    for number in range(heading + 1, len(lines)):
        text = lines[number].strip()
        if text.startswith(b"["):
            break
        if text and number not in gone:
            return set()
    return {heading} | ({heading - 1} if heading and not lines[heading - 1].strip() else set())


def _key(plugin: str) -> bytes:
    return f"enable_{plugin}".encode()


def _value(line: bytes) -> bytes:
    return line.partition(b"=")[2].strip()


def _end(lines: list[bytes]) -> bytes:
    """What comes before each newline."""
    return b"\r" if lines[0].endswith(b"\r") else b""


def _with_section(lines: list[bytes], wanted: bytes, end: bytes) -> list[bytes]:
    """Append the group, after a blank line. A file without a newline at its end stays one."""
    if lines == [b""]:
        return [HEADING, wanted, b""]
    if lines[-1] == b"":
        return [*lines[:-1], end, HEADING + end, wanted + end, b""]
    return [*lines[:-1], lines[-1] + end, end, HEADING + end, wanted]
