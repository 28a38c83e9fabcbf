"""Krita's side of Belladonna: the two menu actions, the docker, and the timer that everything runs on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from krita import DockWidgetFactory, DockWidgetFactoryBase, Extension  # pyright: ignore[reportMissingImports]

from . import choices
from .choices import IMAGE, Preferences
from .controller import Controller
from .dialog import open_dialog
from .errors import LayerError
from .interface import ID, Interface
from .qt import QtCore, QtGui
from .read import active_source
from .vendored import HERE, Session, location
from .write import is_shaded

MENU = "tools/scripts"


class Belladonna(Extension):
    """One for all of Krita's windows."""

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self._app: Any = app
        self._icon = QtGui.QIcon(str(HERE / "belladonna.svg"))
        place = location.read(HERE)
        session = Session(f"krita {app.version()}", place)
        self._timer = QtCore.QTimer()
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._tick)
        self.controller = Controller(app, session, lambda job: self.interface.ended(job), lambda: self._timer.start(0))
        self.interface = Interface(app, self.controller, place.home, self._icon)

    def setup(self) -> None:
        """Krita calls this once, before there is a window."""
        notifier = self._app.notifier()
        notifier.setActive(True)
        notifier.applicationClosing.connect(self._quit)

    def createActions(self, window: Any) -> None:
        """Krita calls this for each new window."""
        actions: tuple[tuple[str, str, Callable[[], None]], ...] = (
            ("shade_layer", "Shade layer", self.shade),
            ("shade_layer_again", "Shade layer again", self.shade_again),
        )
        for name, text, act in actions:
            action = window.createAction(name, text, MENU)
            action.setIcon(self._icon)
            action.triggered.connect(lambda _=False, act=act: self._guarded(act))

    def shade(self) -> None:
        """Open the window, and have the daemon ready by the time that it is filled in. Raises ``LayerError``."""
        open_dialog(self.interface.main_window(), self._app, self.controller, self._accepted, self._closed)
        self.controller.watch(True)
        self.controller.start()

    def shade_again(self) -> None:
        """Shade with the last settings, and what was last said of this picture. Raises ``LayerError``."""
        last = choices.load(self._app)
        source = active_source(self._app, last.what == IMAGE)
        if source.node is not None and is_shaded(source.name):
            hint = "Choose the layer that it was made from, or shade it once more with Shade layer."
            raise LayerError(f"“{source.name}” is shaded already.", hint)
        self.controller.shade(source, last.options(choices.concept_of(source.document)))
        self.interface.show_progress()

    def _accepted(self, concept: str, chosen: Preferences) -> None:
        choices.save(self._app, chosen)
        self._guarded(lambda: self._begin(concept, chosen))

    def _closed(self) -> None:
        self.controller.watch(self.interface.looked_at)

    def _begin(self, concept: str, chosen: Preferences) -> None:
        source = active_source(self._app, chosen.what == IMAGE)
        choices.remember_concept(source.document, concept)
        self.controller.shade(source, chosen.options(concept))
        self.interface.show_progress()

    def _guarded(self, act: Callable[[], None]) -> None:
        """Do what the artist asked for; say so if it can't be done."""
        try:
            act()
        except LayerError as problem:
            self.interface.refuse(str(problem), problem.hint)

    def _tick(self) -> None:
        try:
            self.controller.tick()
            self.interface.refresh()
        finally:  # a mistake must not stop the clock for the jobs that are left
            pace = self.controller.pace
            if pace is not None:
                self._timer.start(pace)

    def _quit(self) -> None:
        self._timer.stop()
        self.controller.close()


def register(app: Any) -> None:
    """Add the actions and the docker to Krita. Raises whatever keeps them from working."""
    extension = Belladonna(app)
    app.addExtension(extension)
    right = DockWidgetFactoryBase.DockPosition.DockRight
    app.addDockWidgetFactory(DockWidgetFactory(ID, right, extension.interface.new_docker))
