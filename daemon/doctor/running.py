"""Does the daemon answer, in this version? If none is running, can one be started?"""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

from shared import VERSION
from shared.client.ask import NoAnswer, ask
from shared.machine import endpoint, launch, paths
from shared.machine.instance import is_running
from shared.machine.process import clean_environment
from shared.protocol.messages import PROTOCOL, DaemonStatus, Status

from ..setup.environment import child
from . import files
from .finding import Finding, fail, ok, warn

TOPIC = "daemon"
SECONDS = 20.0  # for a daemon to start; it takes a tenth of one


def check(home: Path) -> list[Finding]:
    """The finding about the daemon."""
    if any(finding.state == "fail" for finding in files.connection(home)):
        return [fail(TOPIC, "doctor.daemon_untrusted")]
    if launch.running(home):
        return [_talk(home)]
    # Asking for the lock would make the file if there is none.
    if paths.lock_file(home).exists() and is_running(home):
        return [fail(TOPIC, "doctor.daemon_unreachable")]
    return [_try(paths.venv_python(home))]


def _talk(home: Path) -> Finding:
    """Ask the running daemon about itself."""
    published = endpoint.read(home)
    if published is not None and published.protocol != PROTOCOL:
        return fail(TOPIC, "doctor.daemon_protocol", found=published.version)
    try:
        state = ask(Status, DaemonStatus, home)
    except NoAnswer as error:
        return fail(TOPIC, "doctor.daemon_silent", reason=error)
    except ImportError as error:
        return fail(TOPIC, "doctor.daemon_no_zmq", reason=error)
    if state.version != VERSION:
        return warn(TOPIC, "doctor.daemon_version", found=state.version, version=VERSION)
    device = f", on {state.device}" if state.device else ""
    values = {"version": state.version, "pid": state.pid, "worker": state.worker, "device": device}
    return ok(TOPIC, "doctor.daemon_runs", **values)


def _try(python: Path) -> Finding:
    """Start a daemon in a temporary home, where it meets no other, and end it."""
    if not python.exists():
        return fail(TOPIC, "doctor.daemon_no_environment")
    with tempfile.TemporaryDirectory(prefix="belladonna-", ignore_cleanup_errors=True) as place:
        home = Path(place)
        environment = {**clean_environment(), "BELLADONNA_HOME": place}
        try:
            process = subprocess.Popen(
                launch.daemon_command(python),
                cwd=home,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
        except OSError as error:
            return fail(TOPIC, "doctor.daemon_fails", reason=error.strerror)
        with process:
            listens = _listens(process, home)
            process.terminate()
            _, errors = process.communicate()
    if listens:
        return ok(TOPIC, "doctor.daemon_stopped")
    if listens is None:
        return fail(TOPIC, "doctor.daemon_not_reached", seconds=f"{SECONDS:.0f}")
    why = child.last_words(subprocess.CompletedProcess((), process.returncode, b"", errors))
    return fail(TOPIC, "doctor.daemon_fails", reason=why)


def _listens(process: subprocess.Popen[bytes], home: Path) -> bool | None:
    """True once the process does, False if it ends instead, None if neither happens in time."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if launch.running(home):
            return True
        if process.poll() is not None:
            return False
        time.sleep(0.02)
    return None
