"""The daemon: does it answer, in which version, or can one be started?"""

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
from shared.protocol.messages import PROTOCOL, State, Status

from . import child, connection
from .finding import Finding, fail, ok, warn

TOPIC = "daemon"
SECONDS = 20.0  # for a daemon to start; it takes a tenth of one

_END = "Restart the computer, or end the process “python -I -m daemon serve”."
_RENEW = "Run “belladonna stop”; the next that needs a daemon starts the new one."


def check(home: Path) -> list[Finding]:
    if any(finding.state == "fail" for finding in connection.check(home)):
        sentence = "The daemon can't be reached while its connection file isn't in order."
        return [fail(TOPIC, sentence, "Mend that first.")]
    if launch.running(home):
        return [_talk(home)]
    # Asking for the lock would make the file if there is none.
    if paths.lock_file(home).exists() and is_running(home):
        return [fail(TOPIC, "A daemon runs but can't be reached.", _END)]
    return [_try(paths.venv_python(home))]


def _talk(home: Path) -> Finding:
    """What the daemon that listens says of itself."""
    published = endpoint.read(home)
    if published is not None and published.protocol != PROTOCOL:
        return fail(TOPIC, f"The daemon that runs is version {published.version}, which can't be understood.", _RENEW)
    try:
        state = ask(Status, State, home)
    except NoAnswer as error:
        return fail(TOPIC, str(error), _END)
    except ImportError as error:
        return fail(TOPIC, f"A daemon listens, but this Python can't talk to it ({error}).")
    if state.version != VERSION:
        return warn(TOPIC, f"The daemon that runs is version {state.version}, and this is {VERSION}.", _RENEW)
    device = f", on {state.device}" if state.device else ""
    return ok(TOPIC, f"Version {state.version} runs as process {state.pid}; its worker is {state.worker}{device}.")


def _try(python: Path) -> Finding:
    """Start a daemon in a home of its own, where it meets nobody, and end it."""
    if not python.exists():
        return fail(TOPIC, "No daemon runs, and without the private environment none can.")
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
            return fail(TOPIC, f"A daemon can't be started: {error.strerror}.")
        with process:
            listens = _listens(process, home)
            process.terminate()
            _, errors = process.communicate()
    if listens:
        return ok(TOPIC, "None runs. One can be started, and is when it is needed.")
    if listens is None:
        sentence = f"A daemon was started, but nothing reached it within {SECONDS:.0f} s."
        return fail(TOPIC, sentence, "Allow Python to listen on 127.0.0.1 in the firewall.")
    why = child.last_words(subprocess.CompletedProcess((), process.returncode, b"", errors))
    return fail(TOPIC, f"A daemon can't be started: {why}.")


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
