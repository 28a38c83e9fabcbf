"""``belladonna doctor`` at the end of an installation: what isn't in order is said there and then."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from shared.machine.process import clean_environment

from .console import complain, say

_SECONDS = 300  # each of its checks gives up sooner


def passed(home: Path, python: Path) -> bool:
    """Say what the doctor warns of and what it finds broken, with the mends. False if anything is broken."""
    try:
        findings = _ask(home, python)
        troubles = [(each["state"], each["topic"], each["sentence"], each["mend"]) for each in findings]
    except (OSError, subprocess.TimeoutExpired) as error:
        return _silent(str(error))
    except (ValueError, KeyError, TypeError, IndexError):
        return _silent("its answer can't be understood")
    troubles = [trouble for trouble in troubles if trouble[0] != "ok"]
    for state, topic, sentence, mend in troubles:
        if state == "warn":
            say(f"{topic:<12} {sentence}")
            say(f"{'':<12} → {mend}")
        else:
            complain(f"{topic}: {sentence}", mend)
    if not troubles:
        say(f"{'doctor':<12} all is well")
    return all(state == "warn" for state, *_ in troubles)


def _ask(home: Path, python: Path) -> list[dict[str, str]]:
    """Its findings. Raises ``OSError``, ``TimeoutExpired`` and whatever an answer that isn't one leads to."""
    command = [str(python), "-I", "-m", "daemon", "doctor", "--json"]
    environment = {**clean_environment(), "BELLADONNA_HOME": str(home)}
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS
    )
    if not done.stdout:
        lines = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
        raise OSError(lines[-1])
    return json.loads(done.stdout)["findings"]


def _silent(why: str) -> bool:
    complain(f"The doctor couldn't look at the installation: {why.rstrip('.')}.", "Run install.py again.")
    return False
