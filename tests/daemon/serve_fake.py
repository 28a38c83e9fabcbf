"""Run the real daemon with the fake engine: ``python serve_fake.py HOME SETTINGS``, the settings as JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from daemon.commands.serve import serve
from daemon.service.supervisor import Patience
from shared.protocol.messages import Limits


def main() -> int:
    settings = json.loads(sys.argv[2])
    patience = Patience(**settings.pop("patience", {}))
    limits = Limits(**settings.pop("limits", {}))
    return serve(Path(sys.argv[1]), patience, limits=limits, **{"engine": "fake_engine", **settings})


if __name__ == "__main__":
    sys.exit(main())
