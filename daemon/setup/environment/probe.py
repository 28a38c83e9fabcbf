"""Run by path in the private environment: prints what is in it and what is wrong with it, as JSON.

Standard library only, since anything else may be what is broken.
"""

from __future__ import annotations

import importlib
import json
import platform
import re
import subprocess
import sys
from importlib import metadata

PROJECT = "belladonna"
IMPORTED = {
    "torch": "torch",
    "numpy": "numpy",
    "pillow": "PIL",
    "pyzmq": "zmq",
    "safetensors": "safetensors",
    "imagecodecs": "imagecodecs",
    "tifffile": "tifffile",
    "psutil": "psutil",
}
"""Packages with compiled code, or built on some, that load within seconds → what to import."""


def main() -> None:
    """Examine it and print the answer."""
    try:
        version = metadata.version(PROJECT)
        wanted = [text for text in metadata.requires(PROJECT) or () if "extra ==" not in text]
    except Exception:  # it isn't there, or its metadata is damaged, which has no exception of its own
        version, wanted = None, []
    names = [re.split(r"[^\w.-]", text, maxsplit=1)[0].lower() for text in wanted]
    faults = {name: _fault(IMPORTED[name]) for name in names if name in IMPORTED}
    if version is not None:
        faults |= {PROJECT: _fault("daemon.__main__") or _fault("shared.client.client")}
    check = [sys.executable, "-I", "-B", "-m", "pip", "check", "--disable-pip-version-check"]
    said = subprocess.run(check, capture_output=True, text=True)
    answer = {
        "fault": said.stderr.strip().splitlines()[-1] if said.returncode and not said.stdout.strip() else "",
        "python": platform.python_version(),
        "belladonna": version,
        "packages": len(names),
        "conflicts": said.stdout.splitlines() if said.returncode else [],
        "broken": {name: why for name, why in faults.items() if why},
    }
    print(json.dumps(answer))


def _fault(module: str) -> str:
    """Why a module can't be imported; empty if it can."""
    try:
        importlib.import_module(module)
    except Exception as error:  # a damaged library fails in many ways
        return f"{type(error).__name__}: {error}".splitlines()[0].rstrip(".")
    return ""


if __name__ == "__main__":
    main()
