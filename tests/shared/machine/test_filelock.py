from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from shared.machine.filelock import FileLock

ROOT = Path(__file__).resolve().parents[3]


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "lock"
    first, second = FileLock(path), FileLock(path)
    assert first.acquire()
    assert first.acquire()  # asking again changes nothing
    assert not second.acquire()
    second.release()  # nor does releasing what isn't held
    assert not second.acquire()
    first.release()
    assert second.acquire()
    second.release()


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    script = f"""
from pathlib import Path
from shared.machine.filelock import FileLock
lock = FileLock(Path({str(path)!r}))
print(lock.acquire(), flush=True)
input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        lock = FileLock(path)
        assert not lock.acquire()
        holder.kill()
        holder.wait()
        assert lock.acquire()
        lock.release()
