"""A small CMYK profile for tests: real ones are not free to ship.

It describes an imaginary press that obeys (1 - ink) · (1 - black) in sRGB, as lookup tables in both directions (ICC.1,
'mft2': lut16Type, Lab as connection space), the form that all CMYK profiles have.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
GRID_IN, GRID_OUT = 9, 17
D50 = np.array([0.9642, 1.0, 0.8249])
# sRGB's primaries, adapted to D50
TO_XYZ = np.array(
    [
        [0.4360747, 0.3850649, 0.1430804],
        [0.2225045, 0.7168786, 0.0606169],
        [0.0139322, 0.0971045, 0.7141733],
    ]
)


def _lab(srgb: Array) -> Array:
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    ratio = linear @ TO_XYZ.T / D50
    root = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), axis=-1)


def _srgb(lab: Array) -> Array:
    light = (lab[..., 0] + 16) / 116
    root = np.stack((light + lab[..., 1] / 500, light, light - lab[..., 2] / 200), axis=-1)
    ratio = np.where(root > 6 / 29, root**3, (116 * root - 16) * 27 / 24389)
    linear = np.clip(ratio * D50 @ np.linalg.inv(TO_XYZ).T, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def _table(values: Array, inputs: int, grid: int) -> bytes:
    """A lut16Type of straight curves around a table of 0…65535, its first input changing slowest."""
    outputs = values.shape[-1]
    identity = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    head = b"mft2\0\0\0\0" + struct.pack(">4B", inputs, outputs, grid, 0) + identity + struct.pack(">2H", 2, 2)
    straight = struct.pack(">2H", 0, 65535)
    return head + straight * inputs + np.rint(values).astype(">u2").tobytes() + straight * outputs


def cmyk_profile() -> bytes:
    """The profile's bytes, about 80 kB."""
    ink = np.stack(np.meshgrid(*[np.linspace(0, 1, GRID_IN)] * 4, indexing="ij"), axis=-1)
    lab = _lab((1 - ink[..., :3]) * (1 - ink[..., 3:]))
    coded = np.clip((lab + np.array([0, 128, 128])) / [100, 255, 255], 0, 1) * 65280  # version 2's way to write Lab

    node = np.stack(np.meshgrid(*[np.linspace(0, 1, GRID_OUT)] * 3, indexing="ij"), axis=-1)
    srgb = _srgb(node * 65535 / 65280 * [100, 255, 255] - [0, 128, 128])
    black = 0.5 * (1 - srgb.max(axis=-1, keepdims=True))
    back = np.concatenate((1 - srgb / (1 - black), black), axis=-1)

    text = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"Test\0" + b"\0" * 78
    tags = {
        b"desc": text,
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": b"XYZ \0\0\0\0" + struct.pack(">3i", *(int(value * 65536) for value in D50)),
        **{name: _table(coded, 4, GRID_IN) for name in (b"A2B0", b"A2B1")},
        **{name: _table(np.clip(back, 0, 1) * 65535, 3, GRID_OUT) for name in (b"B2A0", b"B2A1")},
    }
    offset = 128 + 4 + 12 * len(tags)
    index, body = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        content += b"\0" * (-len(content) % 4)
        index += name + struct.pack(">2I", offset + len(body), len(content))
        body += content
    header = bytearray(128)
    header[4:24] = b"test\x02\x40\0\0prtrCMYKLab "
    header[24:36] = struct.pack(">6H", 2024, 1, 1, 0, 0, 0)
    header[36:40] = b"acsp"
    header[68:80] = struct.pack(">3i", *(int(value * 65536) for value in D50))
    header[0:4] = struct.pack(">I", 128 + len(index) + len(body))
    return bytes(header) + index + body
