"""A daemon whose worker echoes: ``python -m tests.bench.serve_echo``."""

from __future__ import annotations

import os
import signal

from daemon.service.loop import Service
from shared.machine import endpoint


def main() -> None:
    """Serve until terminated."""
    service = Service(os.getpid(), engine="tests.bench.echo_engine")
    signal.signal(signal.SIGTERM, lambda *_: (service.stop(), os.write(service.wake_descriptor, b"x")))
    endpoint.write(service.endpoint)
    service.run()
    service.close()


if __name__ == "__main__":
    main()
