"""Finding things on the screen, for tests that look at windows and click for real. Places are screen pixels."""

from __future__ import annotations

from typing import Any

from . import qt


def windows() -> list[str]:
    """Titles of the visible windows, dialogs and popups besides Krita's main window (class name where untitled)."""
    return [window.windowTitle() or type(window).__name__ for window in extra_windows()]


def extra_windows() -> list[Any]:
    """The visible top-level widgets that are not a main window."""
    top = qt.QApplication.topLevelWidgets()
    return [each for each in top if each.isVisible() and not isinstance(each, qt.QtWidgets.QMainWindow)]


def widget(name: str) -> Any:
    """The widget with this object name, a visible one if there are several. Raises ``LookupError``."""
    found = [each for each in qt.QApplication.allWidgets() if each.objectName() == name]
    if not found:
        raise LookupError(f"no widget is called {name!r}")
    return next((each for each in found if each.isVisible()), found[0])


def text(widget: Any) -> str:
    """What a widget says: the text of a label, a button or a field, the title of a window."""
    for getter in ("text", "currentText", "toPlainText", "title", "windowTitle"):
        said = getattr(widget, getter, None)
        if said is not None and said():
            return str(said())
    return ""


def place(name: str) -> list[int]:
    """The centre of a visible widget, [x, y]. Raises ``LookupError`` if there is none of this object name."""
    found = widget(name)
    if not found.isVisible():
        raise LookupError(f"{name!r} is not visible")
    centre = found.mapToGlobal(found.rect().center())
    return [centre.x(), centre.y()]


def tree(top: Any) -> dict[str, Any]:
    """A widget, or the one of that object name, and everything inside it: class, name, text, state and place."""
    top = widget(top) if isinstance(top, str) else top
    corner = top.mapToGlobal(qt.QtCore.QPoint(0, 0))
    children = [each for each in top.children() if isinstance(each, qt.QtWidgets.QWidget)]
    return {
        "class": type(top).__name__,
        "name": top.objectName(),
        "text": text(top),
        "visible": top.isVisible(),
        "enabled": top.isEnabled(),
        "place": [corner.x(), corner.y(), top.width(), top.height()],
        "children": [tree(child) for child in children],
    }


def menu_place(*path: str) -> list[int] | None:
    """Where to click for the last of these entries of Krita's menu, those before it being open; None if it isn't shown.

    ``menu_place("Tools", "Scripts")``. The texts are compared without the ``&`` of a mnemonic. Raises ``LookupError``,
    naming the entries that there are.
    """
    menu = main_window().menuBar()
    for name in path[:-1]:
        menu = menu_entry(menu, name).menu()
    entry = menu_entry(menu, path[-1])
    if not menu.isVisible():
        return None
    centre = menu.mapToGlobal(menu.actionGeometry(entry).center())
    return [centre.x(), centre.y()]


def menu_entry(menu: Any, name: str) -> Any:
    """The action of that text in a menu or a menu bar. Raises ``LookupError``."""
    entries = {entry.text().replace("&", ""): entry for entry in menu.actions()}
    if name not in entries:
        raise LookupError(f"{name!r} is not among {sorted(filter(None, entries))}")
    return entries[name]


def main_window() -> Any:
    """Krita's first visible main window."""
    top = qt.QApplication.topLevelWidgets()
    return next(each for each in top if isinstance(each, qt.QtWidgets.QMainWindow) and each.isVisible())
