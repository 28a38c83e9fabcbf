"""One layer on its way: read band by band, sent, shaded, written band by band.

    reading ──▶ waiting ──▶ shading ──▶ writing ──▶ done
       └───────────┴───────────┴───────────┴──────▶ failed, cancelled

Reading and writing are generators: each step takes some milliseconds of Krita's own thread, and between two of them
Krita draws and the artist paints.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import TYPE_CHECKING, Any

from .convert import PIXELS, Converter
from .formats import encoding_of, has_translucent, is_invisible
from .read import Source
from .vendored import Block, Client, Problem, events, messages, wording
from .write import BAND_PIXELS, Activation, Covered, NewLayer

if TYPE_CHECKING:
    from krita import Krita


class Phase(Enum):
    """Where a job is. What the artist reads of it is ``editor.phase_…``."""

    READING = "reading"
    WAITING = "waiting"
    SHADING = "shading"
    WRITING = "writing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """In words."""
        return wording.text(f"editor.phase_{self.value}")


GO_ON, WAIT = True, False  # whether the next step may follow at once, or Krita must have a turn first

LIVE = (Phase.READING, Phase.WAITING, Phase.SHADING, Phase.WRITING)


class Job:
    """Made by the controller, which calls ``step`` while ``busy`` and passes on what the daemon says.

    Raises ``Problem`` if the layer can't be shaded at all.
    """

    def __init__(self, app: Krita, source: Source, options: messages.Options) -> None:
        encoding = encoding_of(source.space)
        if encoding is None:
            raise Problem("editor.colour_model", model=source.space.model)
        self.name = source.name
        self.source = source
        self.options = options
        self.phase = Phase.READING
        self.id = ""  # the daemon's, once it was sent
        self.news: messages.Queued | messages.Progress | None = None
        self.problem: Problem | None = None  # why it failed
        self.report: dict[str, Any] = {}
        self.afterwards: list[Activation | Covered] = []  # what is left to do after its end
        self._app, self._encoding, self._converter = app, encoding, Converter(app)
        self._sent = Block()
        self._translucent = False
        self._work: Iterator[bool] | None = self._read()

    @property
    def live(self) -> bool:
        """Whether it is still under way."""
        return self.phase in LIVE

    @property
    def busy(self) -> bool:
        """Whether there are steps to take here rather than in the daemon."""
        return self._work is not None

    @property
    def line(self) -> str:
        """Where it is, in one line."""
        if self.problem is not None:
            return self.problem.told
        if self.phase is Phase.DONE:
            return wording.finished(self.report)
        if self.phase is Phase.SHADING and self.news is not None:
            return wording.stage(self.news)
        return self.phase.label

    @property
    def fraction(self) -> float:
        """How much of it is done, 0 to 1."""
        if self.phase is Phase.SHADING and self.news is not None:
            return wording.fraction(self.news)
        return {Phase.WRITING: 1.0, Phase.DONE: 1.0}.get(self.phase, 0.0)

    def step(self) -> bool:
        """Read or write one more band; ends the job if that isn't possible. False: Krita must have a turn first."""
        if self._work is None:
            return WAIT
        try:
            missing = self.source.missing
            if missing is not None:
                raise missing
            return next(self._work)
        except StopIteration:
            self._work = None
            self._converter.close()
            self.phase = Phase.WAITING if self.phase is Phase.READING else Phase.DONE
        except Problem as problem:
            self.fail(problem)
        except MemoryError:
            self.fail(Problem("editor.out_of_memory"))
        except RuntimeError as error:  # what PyQt raises for an object that Krita has deleted
            self.fail(Problem("editor.layer_taken", reason=error))
        return WAIT

    def submit(self, client: Client) -> None:
        """Hand it to the daemon. The client must be ready."""
        area, encoding = self.source.area, self._encoding
        submit = messages.Submit(
            messages.new_id(),
            area.width,
            area.height,
            encoding.dtype,
            encoding.layout,
            mask=self.source.selection is not None,
            options=self.options,
            space=encoding.space,
        )
        try:
            self.id = client.submit(submit, self._sent)
        except Problem as problem:
            self.fail(problem)
        else:
            self.phase = Phase.SHADING

    def heard(self, news: messages.Queued | messages.Progress) -> None:
        """The daemon says where it is."""
        self.news = news

    def finished(self, event: events.Finished) -> None:
        """The daemon is done with it."""
        self.report = event.report
        self.phase = Phase.WRITING
        self._work = self._write(event.pixels)

    def fail(self, problem: Problem) -> None:
        """End it, and say why."""
        self._end(Phase.FAILED)
        self.problem = problem

    def cancel(self) -> None:
        """End it because the artist wants that. The picture doesn't change."""
        self._end(Phase.CANCELLED)

    def _end(self, phase: Phase) -> None:
        self.phase = phase
        self._work = None
        self._sent = Block()
        self._converter.close()

    def _read(self) -> Iterator[bool]:
        source, encoding = self.source, self._encoding
        converted = encoding.transport != source.space
        invisible = True
        for band in source.area.rows(PIXELS if converted else BAND_PIXELS):
            pixels = source.pixels(band)
            self._translucent = self._translucent or has_translucent(pixels, source.space)
            invisible = invisible and is_invisible(pixels, source.space)
            pixels = self._converter.convert(pixels, band, source.space, encoding.transport)
            self._sent.append(encoding.pack(pixels))
            yield GO_ON
        if invisible:
            raise Problem("editor.empty", name=source.name)
        if source.selection is not None:
            chosen = False
            for band in source.area.rows(BAND_PIXELS):
                weights = source.weights(band)
                chosen = chosen or weights.count(0) < len(weights)
                self._sent.append(weights)
                yield GO_ON
            if not chosen:
                raise Problem("editor.selection_elsewhere", name=source.name)

    def _write(self, pixels: memoryview) -> Iterator[bool]:
        layer = NewLayer(self.source)
        for _ in layer.fill(self._sent, pixels, self._encoding, self._converter):
            yield GO_ON
        self._sent = Block()
        while not layer.can_be_added():
            yield WAIT
        document = self.source.document
        active = document.activeNode()
        hidden = layer.add(self._translucent)
        self.afterwards.append(Activation(self._app, document, layer.node, active))
        if hidden:
            self.afterwards.append(Covered(self._app, document, layer.node, hidden))
