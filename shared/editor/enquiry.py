"""What a dialog asks the daemon while it is open."""

from __future__ import annotations

from ..client.client import Client
from ..client.events import Connected, Event
from ..problem import Problem
from ..protocol.messages import Resolved, Words


class Enquiry:
    """The targets there are, the words to suggest, and the target that the concept gets by itself.

    Pass every event to ``hear``, then show what is here. Nothing of it is known before the daemon has answered.
    """

    def __init__(self, client: Client) -> None:
        self.targets: tuple[str, ...] = ()
        self.words: tuple[str, ...] = ()
        self.automatic = ""  # the concept's target; "" while it isn't known
        self.problem: Problem | None = None  # why the daemon can't be asked about this concept
        self._client = client
        self._concept = ""
        self._resolving = self._suggesting = ""  # ids of the open questions
        if client.state == "ready":
            self._connected()

    def ask(self, concept: str) -> None:
        """Ask which target the concept gets; at once, or as soon as there is a daemon."""
        self._concept, self._resolving = concept.strip(), ""
        self.automatic, self.problem = "", None
        if self._concept and self._client.state == "ready":
            try:
                self._resolving = self._client.resolve(self._concept)
            except Problem as problem:
                self.problem = problem

    def hear(self, event: Event) -> None:
        """Take what the daemon said."""
        if isinstance(event, Connected):
            self._connected()
            self.ask(self._concept)
        elif isinstance(event, Words) and event.id == self._suggesting:
            self.words = event.words
        elif isinstance(event, Resolved) and event.id == self._resolving:
            self.automatic = event.target

    def _connected(self) -> None:
        welcome = self._client.welcome
        if welcome is not None:
            self.targets = welcome.targets
            self._suggesting = self._client.vocabulary()
