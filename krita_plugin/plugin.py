"""Krita's side of Belladonna: the two menu actions, the docker, and the timer that everything runs on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from krita import DockWidgetFactory, DockWidgetFactoryBase, Extension

from . import choices
from .choices import Choices
from .controller import Controller
from .dialog import open_dialog
from .interface import ID, Interface
from .qt import QtCore, QtGui
from .read import active_source
from .vendored import HERE, IMAGE, Client, Problem, Starter, location, wording

if TYPE_CHECKING:
    from krita import Krita, Window

MENU = "tools/scripts"


class Belladonna(Extension):
    """One for all of Krita's windows."""

    def __init__(self, app: Krita) -> None:
        super().__init__(app)
        self._app: Krita = app
        self._icon = QtGui.QIcon(str(HERE / "belladonna.svg"))
        place = location.read(HERE)
        client = Client(f"krita {app.version()}", Starter(place))
        self._timer = QtCore.QTimer()
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._tick)
        self.controller = Controller(app, client, lambda job: self.interface.ended(job), lambda: self._timer.start(0))
        self.interface = Interface(app, self.controller, place.home, self._icon)

    def setup(self) -> None:
        """Krita calls this once, before there is a window."""
        notifier = self._app.notifier()
        notifier.setActive(True)
        notifier.applicationClosing.connect(self._quit)

    def createActions(self, window: Window) -> None:
        """Krita calls this for each new window."""
        actions: tuple[tuple[str, str, Callable[[], None]], ...] = (
            ("shade_layer", "editor.menu", self.shade),
            ("shade_layer_again", "editor.menu_again", self.shade_again),
        )
        for name, key, act in actions:
            action = window.createAction(name, wording.text(key), MENU)
            action.setIcon(self._icon)
            action.triggered.connect(lambda _=False, act=act: self._guarded(act))

    def shade(self) -> None:
        """Open the dialog, and have the daemon ready by the time it is filled in. Raises ``Problem``."""
        open_dialog(self.interface.main_window(), self._app, self.controller, self._accepted, self._closed)
        self.controller.watch(True)
        self.controller.start()

    def shade_again(self) -> None:
        """Shade with the last settings, and the concept last given for this picture. Raises ``Problem``.

        In place of a shaded layer, the layer it was made from is shaded.
        """
        last = choices.load(self._app)
        source = active_source(self._app, last.what == IMAGE, unshaded=True)
        self.controller.shade(source, last.options(choices.concept_of(source.document)))
        self.interface.show_progress()

    def _accepted(self, concept: str, chosen: Choices) -> None:
        choices.save(self._app, chosen)
        self._guarded(lambda: self._begin(concept, chosen))

    def _closed(self) -> None:
        self.controller.watch(self.interface.looked_at)

    def _begin(self, concept: str, chosen: Choices) -> None:
        source = active_source(self._app, chosen.what == IMAGE)
        choices.remember_concept(source.document, concept)
        self.controller.shade(source, chosen.options(concept))
        self.interface.show_progress()

    def _guarded(self, act: Callable[[], None]) -> None:
        """Do what the artist asked for; say so if it can't be done."""
        try:
            act()
        except Problem as problem:
            self.interface.refuse(problem)

    def _tick(self) -> None:
        try:
            self.controller.tick()
            self.interface.refresh()
        finally:  # a bug must not stop the clock for the jobs that are left
            pace = self.controller.pace
            if pace is not None:
                self._timer.start(pace)

    def _quit(self) -> None:
        self._timer.stop()
        self.controller.close()


def register(app: Krita) -> None:
    """Add the actions and the docker to Krita. Raises whatever keeps them from working."""
    extension = Belladonna(app)
    app.addExtension(extension)
    right = DockWidgetFactoryBase.DockPosition.DockRight
    app.addDockWidgetFactory(DockWidgetFactory(ID, right, extension.interface.new_docker))
