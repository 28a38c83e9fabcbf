"""How long a layer is under way: ``python -m tests.bench.transport``.

Client → daemon → worker → daemon → client over CURVE, with an engine that echoes. Two times: *client and daemon*, what
the protocol costs an editor (upload and download, the worker's part taken out), and *whole way* with the worker's hop.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence

import numpy as np

from shared.client.events import Failed, Finished
from shared.client.link import open_link
from shared.machine.endpoint import Endpoint
from shared.protocol.messages import Progress, Queued, Submit, new_id
from tests.bench import table
from tests.bench.live import Daemon

CASES = ((512, "uint8"), (2048, "uint8"), (4096, "uint8"), (4096, "uint16"), (4096, "float32"), (8192, "uint8"))


class Watched:
    """A link that remembers when the daemon said that the result is there."""

    done_at = 0.0

    def __init__(self, where: Endpoint) -> None:
        self._link = open_link(where)
        self.send, self.wait, self.close = self._link.send, self._link.wait, self._link.close

    def receive(self) -> Sequence[bytes | memoryview] | None:
        """As the link's own."""
        frames = self._link.receive()
        if frames is not None and b'"type":"done"' in bytes(frames[1]).replace(b" ", b""):
            Watched.done_at = time.perf_counter()
        return frames


def round_trip(daemon: Daemon, pixels: np.ndarray) -> tuple[float, float]:
    """(seconds of upload and download, seconds of the whole way). Raises ``RuntimeError`` if it fails."""
    block = pixels.reshape(-1).view(np.uint8).data
    height, width = pixels.shape[:2]

    def source(offset: int, length: int) -> memoryview:
        return block[offset : offset + length]

    client, arrived = daemon.client, 0.0
    began = time.perf_counter()
    job = client.submit(Submit(new_id(), width, height, pixels.dtype.name), source)
    while True:
        for event in client.poll():
            now = time.perf_counter()
            if isinstance(event, Queued | Progress) and not arrived:
                arrived = now  # the daemon has every band
            if isinstance(event, Failed) and event.id == job:
                raise RuntimeError(event.problem.told)
            if isinstance(event, Finished) and event.id == job:
                if event.pixels != block:
                    raise RuntimeError("The picture came back changed.")
                arrived = arrived or Watched.done_at  # a small picture is done before there is any news of it
                return (arrived - began) + (now - Watched.done_at), now - began
        client.wait(5)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    print(table.machine() + "\n")
    rows = []
    rng = np.random.default_rng(0)
    with Daemon(("-m", "tests.bench.serve_echo"), Watched) as daemon:
        for side, dtype in CASES:
            pixels = rng.integers(0, 200, (side, side, 4)).astype(dtype)
            round_trip(daemon, pixels)
            times = [round_trip(daemon, pixels) for _ in range(args.runs)]
            near, far = (statistics.median(column) for column in zip(*times, strict=True))
            megabytes = pixels.nbytes / 2**20
            rows.append([f"{side}² {dtype}", f"{megabytes:.0f}", near, far, 2 * megabytes / near])
    table.show(["layer", "MiB", "client and daemon, s", "whole way, s", "MiB/s, both directions"], rows)


if __name__ == "__main__":
    main()
