"""Only the change goes back into a layer of another colour space: unchanged pixels keep every bit.

CONTRIBUTING.md has the rule.
The way to XYZ and back isn't exact: it rounds, and in CMYK a different mixture of inks comes back for the same colour.
So the pixels that were sent are converted back as well, and the difference is added to the original.

Krita's Python has no NumPy, and a loop over pixels would take seconds. But Python's integers can have any length:
channels become the digits of one long number, each wide enough not to overflow into the next.
"""

from __future__ import annotations

_ONLY_MIDDLE = bytes([0, 255]) + bytes(254)
_ONLY_HIGH = bytes([0, 0, 255]) + bytes(253)


def with_change(original: bytes, before: bytes, after: bytes, width: int) -> bytes:
    """``original + after - before`` for each channel, clipped to its range.

    All three hold unsigned channels of ``width`` bytes, little endian, and are of the same length.
    """
    # Digits of twice the width. With 256**width added, none is negative, and the upper half tells what to clip.
    step = 2 * width
    one = bytearray(len(original) * 2)
    one[width::step] = b"\x01" * (len(original) // width)
    total = _number(original, width) + _number(after, width) - _number(before, width) + int.from_bytes(one, "little")
    digits = total.to_bytes(len(one), "little")
    carry = digits[width::step]  # 0: below the range, 1: inside, 2: above it
    inside, above = bytearray(len(original)), bytearray(len(original))
    value = bytearray(len(original))
    for byte in range(width):
        inside[byte::width] = carry.translate(_ONLY_MIDDLE)
        above[byte::width] = carry.translate(_ONLY_HIGH)
        value[byte::width] = digits[byte::step]
    kept = int.from_bytes(value, "little") & int.from_bytes(inside, "little") | int.from_bytes(above, "little")
    return kept.to_bytes(len(original), "little")


def _number(channels: bytes, width: int) -> int:
    """One number with a digit of twice the width for each channel."""
    digits = bytearray(len(channels) * 2)
    for byte in range(width):
        digits[byte :: 2 * width] = channels[byte::width]
    return int.from_bytes(digits, "little")
