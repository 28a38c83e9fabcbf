"""Turns a plug-in on in Krita's settings file, leaving every other byte as it is.

A KConfig file: ``[group]`` headings with ``key=value`` lines below. A group may come several times and a key may be
repeated; the last one counts. ``configparser`` would lose comments, the order and the case of the keys.
"""

from __future__ import annotations

HEADING = b"[python]"


def enabled(settings: bytes, plugin: str) -> bytes:
    """The settings with the plug-in turned on; the same object if it is on."""
    key = f"enable_{plugin}".encode()
    lines = settings.split(b"\n")
    end = b"\r" if lines[0].endswith(b"\r") else b""  # before each b"\n"
    wanted = key + b"=true"
    inside, heading, found = False, None, False
    for number, line in enumerate(lines):
        text = line.strip()
        if text.startswith(b"["):
            inside = text == HEADING
            heading = number if inside and heading is None else heading
        elif inside and text.partition(b"=")[0].rstrip() == key:
            found = True
            if text.partition(b"=")[2].strip() != b"true":
                lines[number] = wanted + (b"\r" if line.endswith(b"\r") else b"")
    if not found and heading is not None:
        if heading == len(lines) - 1:  # the file ends with the heading
            lines[heading] += end
            lines.append(wanted)
        else:
            lines.insert(heading + 1, wanted + end)
    elif not found:
        lines = _with_section(lines, wanted, end)
    changed = b"\n".join(lines)
    return settings if changed == settings else changed


def _with_section(lines: list[bytes], wanted: bytes, end: bytes) -> list[bytes]:
    """Append the group, after a blank line. A file without a newline at its end stays one."""
    if lines == [b""]:
        return [HEADING, wanted, b""]
    if lines[-1] == b"":
        return [*lines[:-1], end, HEADING + end, wanted + end, b""]
    return [*lines[:-1], lines[-1] + end, end, HEADING + end, wanted]
