"""Pictures in half floats, linear light and XYZ, through the live daemon: the engine sees sRGB, the editor its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from live_daemon import LiveClient, LiveDaemon

from daemon.worker.spaces import D50, from_srgb, to_srgb
from shared.protocol.messages import BAND_BYTES, Done, Fetch, Pixels, Submit, bands

WIDTH, HEIGHT = 420, 333  # more than a band in every dtype but one
CASES = [
    ("float16", "RGBA", "srgb"),
    ("float16", "RGBA", "linear"),
    ("float16", "BGRA", "linear"),
    ("float32", "RGBA", "linear"),
    ("float32", "RGBA", "xyz"),
    ("uint8", "BGRA", "linear"),
    ("uint16", "BGRA", "linear"),
]


def picture(dtype: str, space: str) -> np.ndarray:
    """(HEIGHT, WIDTH, 4) RGBA."""
    values = np.random.default_rng(3).random((HEIGHT, WIDTH, 4))
    if space == "xyz":
        values[..., :3] *= D50
    if dtype.startswith("u"):
        return np.rint(values * np.iinfo(dtype).max).astype(dtype)
    return values.astype(dtype)


def ordered(pixels: np.ndarray, layout: str) -> np.ndarray:
    return pixels[..., [2, 1, 0, 3]] if layout == "BGRA" else pixels


def fetch(client: LiveClient, submit: Submit) -> np.ndarray:
    for band in range(bands(submit.pixel_bytes)):
        client.send(Fetch(submit.id, band))
    block = b""
    while len(block) < submit.pixel_bytes:
        message, payload = client.receive()
        assert isinstance(message, Pixels)
        assert message.band * BAND_BYTES == len(block)
        assert payload is not None
        block += payload
    return np.frombuffer(block, submit.dtype).reshape(submit.height, submit.width, 4)


@pytest.mark.parametrize(("dtype", "layout", "space"), CASES)
def test_only_what_was_shaded_changes(
    start_daemon: Callable[..., LiveDaemon],
    connect: Callable[..., LiveClient],
    dtype: str,
    layout: str,
    space: str,
) -> None:
    client = connect(start_daemon())
    submit = client.submit(width=WIDTH, height=HEIGHT, dtype=dtype, layout=layout, mask=True, space=space)
    pixels = picture(dtype, space)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[:, : WIDTH // 2] = 255
    client.send_picture(submit, ordered(pixels, layout).tobytes() + mask.tobytes())
    report = client.wait_for(Done, submit.id).report
    result = ordered(fetch(client, submit), layout)

    sent = to_srgb(pixels, space)
    assert report["dtype"] == "float32"
    assert report["first_red"] == pytest.approx(sent[0, 0, 0], abs=1e-6)
    np.testing.assert_array_equal(result[:, WIDTH // 2 :], pixels[:, WIDTH // 2 :])
    np.testing.assert_array_equal(result[..., 3], pixels[..., 3])
    shaded = sent.copy()
    shaded[:, : WIDTH // 2, :3] = 1 - shaded[:, : WIDTH // 2, :3]  # the fake engine inverts
    np.testing.assert_array_equal(result, from_srgb(pixels, sent, shaded, space))
    assert (result[:, : WIDTH // 2, :3] != pixels[:, : WIDTH // 2, :3]).mean() > 0.9
