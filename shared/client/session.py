"""Only until the plug-ins use ``Client`` themselves."""

from __future__ import annotations

from ..machine.location import Location
from .client import Client
from .finder import Starter


class Session(Client):
    """A client that starts the daemon of an installation."""

    def __init__(self, name: str, location: Location) -> None:
        super().__init__(name, Starter(location))
