"""The plug-in's modules without Krita and without Qt, and a stand-in for Krita that they work on."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]

# The package's own __init__ puts the plug-in into Krita. This one of the same name has the same modules inside.
_package = ModuleType("krita_plugin")
_package.__path__ = [str(ROOT / "krita_plugin")]
sys.modules["krita_plugin"] = _package

from fake_client import FakeClient  # noqa: E402
from fake_krita import App, Document  # noqa: E402


@pytest.fixture
def app() -> App:
    """Krita without any document."""
    return App()


@pytest.fixture
def document(app: App) -> Document:
    """A picture of 6 × 5 pixels in sRGB, 8 bits, without any layer."""
    return app.open(6, 5)


@pytest.fixture
def client() -> FakeClient:
    """A client with no daemon, as at the start."""
    return FakeClient()
