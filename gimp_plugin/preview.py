"""The dialog's preview: a part of the layer before and after, at the size of its pixels.

The part is shaded on its own, with the quality “fast”. The change to the whole layer will look similar but not be the
same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import GdkPixbuf, Gimp, GLib, Gtk  # noqa: E402 - after the version

from shared import wording  # noqa: E402
from shared.client.block import Block  # noqa: E402
from shared.client.client import Client  # noqa: E402
from shared.client.events import Event, Failed, Finished  # noqa: E402
from shared.editor.rect import Rect  # noqa: E402
from shared.problem import Problem  # noqa: E402
from shared.protocol.messages import Progress, Queued  # noqa: E402

from . import choices, read  # noqa: E402
from .read import Snapshot  # noqa: E402

SIDE = 256  # pixels
PAUSE = 500  # milliseconds without another change before a preview is made
CHECKS = 8, 0xFFAAAAAA, 0xFFDDDDDD  # what transparency is shown as: size and colours of the squares

_CHANGES = ("concept", "target", "intensity", "seed", "what", "preview")


class Preview(Gtk.Box):
    """A check box, and below it two pictures while it is on. ``poll`` wants the client's events."""

    def __init__(self, config: Gimp.ProcedureConfig, client: Client, layer: Gimp.Layer) -> None:
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self._config, self._client, self._layer = config, client, layer
        self._part: Snapshot | None = None
        self._part_of = ""  # what is shaded: the layer or the image
        self._job = ""
        self._timer = 0
        self._wanted = False  # once there is a daemon
        self._before, self._after = Gtk.Image(), Gtk.Image()
        self._news = Gtk.Label(xalign=0)
        self._build()
        self._handlers = [config.connect(f"notify::{name}", self._changed) for name in _CHANGES]
        self._changed()

    def _build(self) -> None:
        check = Gtk.CheckButton.new_with_mnemonic(wording.text("editor.label_preview"))
        choices.bind(self._config, "preview", check, "active")
        self.pack_start(check, False, False, 0)
        pictures = Gtk.Box(spacing=6, homogeneous=True)
        for key, picture in (("editor.before", self._before), ("editor.after", self._after)):
            picture.set_size_request(SIDE, SIDE)
            frame = Gtk.Frame(label=wording.text(key))
            frame.add(picture)
            pictures.pack_start(frame, False, False, 0)
        self._shown = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self._shown.pack_start(pictures, False, False, 0)
        self._shown.pack_start(self._news, False, False, 0)
        self._shown.show_all()
        self._shown.set_no_show_all(True)
        self.pack_start(self._shown, False, False, 0)

    def poll(self, events: Sequence[Event]) -> None:
        """Take what the daemon said, and go on."""
        for event in events:
            if getattr(event, "id", None) == self._job:
                self._hear(event)
        if self._wanted and self._client.state == "ready":
            self._wanted = False
            self._begin()

    def close(self) -> None:
        """Cancel what is under way: the dialog is being left."""
        for handler in self._handlers:
            self._config.disconnect(handler)
        if self._timer:
            GLib.source_remove(self._timer)
        self._client.cancel(self._job)

    def _changed(self, *_: object) -> None:
        on = self._config.get_property("preview")
        self._shown.set_visible(on)
        if self._timer:
            GLib.source_remove(self._timer)
            self._timer = 0
        self._client.cancel(self._job)
        self._job, self._wanted = "", False
        if on:
            self._say("")
            self._timer = GLib.timeout_add(PAUSE, self._settled)

    def _settled(self) -> bool:
        self._timer = 0
        self._wanted = self._layer.is_valid()
        if self._wanted:
            self._take()  # to be seen while the daemon starts
        return GLib.SOURCE_REMOVE

    def _begin(self) -> None:
        """Shade the part as the arguments now say."""
        try:
            part = self._take()
            mask = read.selection(self._layer, part.place)
            options = replace(choices.options(self._config), quality="fast")
            self._job = self._client.submit(part.submit(mask, options), Block(part.sent, mask))
        except Problem as problem:
            self._say(problem.told)

    def _take(self) -> Snapshot:
        what = self._config.get_property("what")
        if self._part is None or what != self._part_of:
            self._part, self._part_of = read.part(self._layer, what, SIDE), what
            self._before.set_from_pixbuf(_pixbuf(self._part.sent, self._part.place))
            self._after.clear()
        return self._part

    def _hear(self, event: Event) -> None:
        if isinstance(event, Queued | Progress):
            self._say(wording.stage(event))
        elif isinstance(event, Finished) and self._part is not None:
            self._after.set_from_pixbuf(_pixbuf(bytes(event.pixels), self._part.place))
            self._say("")
        elif isinstance(event, Failed):
            self._say(event.problem.told)

    def _say(self, text: str) -> None:
        self._news.set_text(text)


def _pixbuf(pixels: bytes, place: Rect) -> GdkPixbuf.Pixbuf:
    """RGBA bytes over gray squares."""
    width, height = place.width, place.height
    plain = GdkPixbuf.Pixbuf.new_from_bytes(
        GLib.Bytes.new(pixels), GdkPixbuf.Colorspace.RGB, True, 8, width, height, width * 4
    )
    return plain.composite_color_simple(width, height, GdkPixbuf.InterpType.NEAREST, 255, *CHECKS)
