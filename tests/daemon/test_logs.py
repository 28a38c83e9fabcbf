"""Logs stay small, and private."""

from __future__ import annotations

import logging

from daemon import logs
from shared.machine import paths


def test_log_rotates_at_its_size_and_keeps_three_files(tmp_path):
    handler = logs.to_file(tmp_path)
    try:
        for number in range(50):
            logging.getLogger("daemon.test").info("%d %s", number, "x" * 100_000)
    finally:
        logs.close(handler)
    files = sorted(paths.logs_dir(tmp_path).iterdir())
    assert [file.name for file in files] == ["daemon.log", "daemon.log.1", "daemon.log.2"]
    assert all(file.stat().st_size <= logs.FILE_BYTES for file in files)
    assert "INFO daemon.test: 49 x" in files[0].read_text(encoding="utf-8")
    assert paths.logs_dir(tmp_path).stat().st_mode & 0o777 == 0o700


def test_worker_log_is_appended_to_until_it_is_large(tmp_path):
    for text in (b"first\n", b"second\n"):
        with logs.open_worker_file(tmp_path) as file:
            file.write(text)
    assert logs.worker_file(tmp_path).read_bytes() == b"first\nsecond\n"
    with logs.open_worker_file(tmp_path) as file:
        file.write(bytes(logs.FILE_BYTES))
    with logs.open_worker_file(tmp_path) as file:
        file.write(b"new\n")
    assert logs.worker_file(tmp_path).read_bytes() == b"new\n"
    assert (tmp_path / "logs" / "worker.log.1").read_bytes().startswith(b"first\n")
