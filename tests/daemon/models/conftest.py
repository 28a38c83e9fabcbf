"""A store, and a hub that has the models of ``hub_models.py``."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hub import Hub, serving
from hub_models import CONFIG, WEIGHTS

from daemon.models.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Has both models; huggingface_hub doesn't wait between its tries."""
    files = {
        "owner/tiny/config.json": CONFIG,
        "owner/tiny/diffusion_pytorch_model.safetensors": WEIGHTS,
        "owner/plain/plain_encoder.pth": WEIGHTS,
    }
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 1 << 16)  # what can be gone on with
    sleep = time.sleep
    monkeypatch.setattr("time.sleep", lambda seconds: sleep(min(seconds, 0.01)))
    for variable in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    with serving(Hub(files)) as hub:
        yield hub
