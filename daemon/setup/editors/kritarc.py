"""Turn a plug-in on in Krita's settings file and remove all traces of it, leaving everything else as it is.

A KConfig file: ``[group]`` headings with ``key=value`` lines below. A group may come several times and a key may be
repeated; the last one counts. ``configparser`` would lose comments, the order and the case of the keys.
"""

from __future__ import annotations

from collections.abc import Iterator

_PLUGINS = b"[python]"


def enabled(settings: bytes, plugin: str) -> bytes:
    """The settings with the plug-in turned on, at their end; Krita moves that to its place when it next writes."""
    if is_enabled(settings, plugin):
        return settings
    above = b"" if not settings else b"\n" if settings.endswith(b"\n") else b"\n\n"
    return settings + above + _PLUGINS + b"\n" + _key(plugin) + b"=true\n"


def without(settings: bytes, plugin: str) -> bytes:
    """The settings without the plug-in: whether it is on, what it has remembered, and where its docker was."""
    gone = (f"[{plugin}]".encode(), f"[MainWindow][DockWidget {plugin}]".encode())
    kept: list[bytes] = []
    whole = False
    for heading, lines in _groups(settings):
        rest = [line for line in lines if heading != _PLUGINS or _name(line) != _key(plugin)]
        whole = heading in gone or (len(rest) < len(lines) and not any(line.strip() for line in rest[1:]))
        kept += [] if whole else rest
    while whole and kept and not kept[-1].strip():  # the last group went: and the blank line above it
        kept.pop()
    return b"".join(kept)


def is_enabled(settings: bytes, plugin: str) -> bool:
    """Whether Krita loads the plug-in."""
    lines = [line for heading, lines in _groups(settings) if heading == _PLUGINS for line in lines]
    values = [line.partition(b"=")[2].strip() for line in lines if _name(line) == _key(plugin)]
    return bool(values) and values[-1] == b"true"


def first_group(settings: bytes, key: str) -> str:
    """The value of a key above all headings; empty if there is none."""
    heading, lines = next(_groups(settings), (b"", []))
    found = [line.partition(b"=")[2].strip() for line in lines if not heading and _name(line) == key.encode()]
    return found[-1].decode("utf-8", "replace").replace("\\\\", "\\") if found else ""


def _groups(settings: bytes) -> Iterator[tuple[bytes, list[bytes]]]:
    """Each group's heading, without blanks, and its lines with their ends, that of the heading first.

    What stands above all headings is a group without one.
    """
    heading, lines = b"", []
    for line in settings.splitlines(keepends=True):
        if line.strip().startswith(b"["):
            if lines:
                yield heading, lines
            heading, lines = line.strip(), []
        lines.append(line)
    if lines:
        yield heading, lines


def _name(line: bytes) -> bytes:
    return line.partition(b"=")[0].strip()


def _key(plugin: str) -> bytes:
    return f"enable_{plugin}".encode()
