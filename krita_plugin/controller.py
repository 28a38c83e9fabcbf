"""Jobs from the menu to the new layer: one of these serves all windows and the docker.

Call ``tick`` at the pace it asks for. Everything happens in Krita's own thread: a thread of Python's would freeze
whenever Krita is busy anyway.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from .job import Job, Phase
from .read import Source
from .vendored import Client, Problem, events, messages, wording
from .write import Activation, Covered

if TYPE_CHECKING:
    from krita import Krita

WORKING, WATCHING, RESTING = 5, 50, 500
"""Milliseconds between two ticks: while layers are read or written, while the daemon works, while nothing happens."""

UNSENT = (Phase.READING, Phase.WAITING)
TURN = 0.025  # seconds of Krita's thread that a tick may take
KEPT = 5  # ended jobs that are remembered


class Controller:
    """``app`` is Krita. ``ended`` is called with each job that has ended, ``wake`` when ``pace`` may have changed."""

    def __init__(
        self, app: Krita, client: Client, ended: Callable[[Job], None], wake: Callable[[], None] = lambda: None
    ) -> None:
        self.client = client
        self.jobs: list[Job] = []  # live, in the order they were asked for
        self.failures: list[Job] = []  # failed, and not yet dismissed by the artist
        self.history: deque[Job] = deque(maxlen=KEPT)  # ended, the last first
        self.listeners: list[Callable[[events.Event], None]] = []  # called with each of the client's events
        self.watched = False  # somebody is looking at the daemon's state
        self._app, self._ended, self._wake = app, ended, wake
        self._afterwards: list[Activation | Covered] = []

    @property
    def device(self) -> str:
        """What the daemon computes on, as it last said; "" while it hasn't."""
        said = [str(job.report["device"]) for job in self.history if job.report.get("device")]
        welcome = self.client.welcome
        return said[0] if said else "" if welcome is None else welcome.device

    @property
    def meaning(self) -> str:
        """What models learn from pictures shaded as far as the newest result; "" while there is none."""
        done = next((job for job in self.history if job.phase is Phase.DONE), None)
        return "" if done is None else wording.explained(done.report)

    @property
    def pace(self) -> int | None:
        """Milliseconds until the next tick is due; None: not until something is asked for."""
        if any(job.busy for job in self.jobs):
            return WORKING
        hurried = any(isinstance(each, Activation) for each in self._afterwards)
        if self.jobs or hurried or self.client.state == "starting":
            return WATCHING
        return RESTING if self.watched or self._afterwards else None

    def shade(self, source: Source, options: messages.Options) -> Job:
        """Begin a job. Raises ``Problem`` if there is nothing to shade."""
        job = Job(self._app, source, options)
        self.jobs.append(job)
        self.start()
        return job

    def start(self) -> None:
        """Have a daemon running."""
        self.client.start()
        self._wake()

    def watch(self, watched: bool) -> None:
        """Whether somebody is looking at the daemon's state, so that it must be kept up to date even without a job."""
        self.watched = watched
        self._wake()

    def cancel(self, job: Job) -> None:
        """Stop a job, wherever it is, or dismiss one that failed."""
        if job in self.failures:
            self.failures.remove(job)
        if job.live:
            if job.id:
                self.client.cancel(job.id)
            job.cancel()
        self._wake()

    def tick(self) -> None:
        """Hear the daemon, read and write a little, see to jobs that have ended."""
        deadline = time.monotonic() + TURN
        for event in self.client.poll():
            self._hear(event)
            for listener in list(self.listeners):
                listener(event)
        self._drop_orphans()
        if self.client.state not in ("ready", "starting") and any(job.phase in UNSENT for job in self.jobs):
            self.client.start()  # the connection of an hour ago turned out to be dead
        for job in list(self.jobs):
            while self._step(job) and time.monotonic() < deadline:
                pass
            if job.phase is Phase.WAITING and self.client.state == "ready":
                job.submit(self.client)
        for job in [job for job in self.jobs if not job.live]:
            self.jobs.remove(job)
            self.history.appendleft(job)
            if job.phase is Phase.FAILED:
                self.failures.append(job)
            self._afterwards += job.afterwards
            self._ended(job)
        self._afterwards = [each for each in self._afterwards if each.follow()]

    def close(self) -> None:
        """Krita quits: leave the daemon, which drops the jobs that are under way."""
        self.client.close()

    def _step(self, job: Job) -> bool:
        try:
            return job.step()
        except Exception as error:  # a bug must cost one job, and never leave the artist without an answer
            traceback.print_exc(file=sys.stderr)
            job.fail(Problem("editor.bug", error=f"{type(error).__name__}: {error}"))
            return False

    def _hear(self, event: events.Event) -> None:
        if isinstance(event, events.Unavailable):
            for job in self.jobs:
                if job.phase in UNSENT:
                    job.fail(event.problem)
            return
        job = next((job for job in self.jobs if job.id and job.id == getattr(event, "id", None)), None)
        if job is None or not job.live:
            return
        if isinstance(event, messages.Queued | messages.Progress):
            job.heard(event)
        elif isinstance(event, events.Finished):
            job.finished(event)
        elif isinstance(event, events.Failed):
            job.fail(event.problem)

    def _drop_orphans(self) -> None:
        """A picture that was closed needs no shading any more: say so now rather than when the daemon is done."""
        for job in self.jobs:
            missing = job.source.missing if job.live else None
            if missing is not None:
                if job.id:
                    self.client.cancel(job.id)
                job.fail(missing)
