"""``belladonna status``: what the daemon is doing."""

from __future__ import annotations

import json

from live_daemon import belladonna

from shared.protocol.messages import Progress


def test_status_for_people_and_for_programs(start_daemon, connect):
    daemon = start_daemon()
    client = connect(daemon)
    submit = client.shade("steps=1000 pause=0.02")
    while client.wait_for(Progress, submit.id).stage != "shading":
        pass
    waiting = client.shade()
    text = belladonna(daemon.home, "status")
    assert text.returncode == 0
    assert f"process {daemon.process.pid}" in text.stdout
    assert "Worker: busy, on fake device." in text.stdout
    assert f"Picture {waiting.id}: queued, place 1." in text.stdout
    assert "of 1000." in text.stdout
    state = json.loads(belladonna(daemon.home, "status", "--json").stdout)
    assert state["pid"] == daemon.process.pid
    assert [job["state"] for job in state["jobs"]] == ["running", "queued"]
    assert state["memory"] == submit.total_bytes + waiting.total_bytes
