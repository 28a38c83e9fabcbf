"""One layer on its way: read band by band, sent, shaded, written band by band.

    reading ──▶ waiting ──▶ shading ──▶ writing ──▶ done
       └───────────┴───────────┴───────────┴──────▶ failed, cancelled

Reading and writing are generators: each step takes some milliseconds of Krita's own thread, and between two of them
Krita draws and the artist paints.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

from .afterwards import Activation, Covered
from .chunks import Chunks
from .common import Refused, Session, events, messages, wording
from .encoding import encoding_of, has_translucent, is_invisible
from .errors import LayerError
from .layers import Source
from .new_layer import BAND_PIXELS, NewLayer
from .scratch import PIXELS, Scratch


class Phase(Enum):
    READING = "Reading the layer"
    WAITING = "Waiting for the daemon"
    SHADING = "Sending the layer"
    WRITING = "Adding the new layer"
    DONE = "Done"
    FAILED = "Failed"
    CANCELLED = "Cancelled"


GO_ON, WAIT = True, False  # whether the next step may come at once, or Krita has to have a turn first

LIVE = (Phase.READING, Phase.WAITING, Phase.SHADING, Phase.WRITING)


class Job:
    """Made by the controller, which calls ``step`` while ``busy`` and passes on what the daemon says.

    Raises ``LayerError`` if the layer can't be shaded at all.
    """

    def __init__(self, app: Any, source: Source, options: messages.Options) -> None:
        encoding = encoding_of(source.space)
        if encoding is None:
            sentence = f"Layers of the colour model {source.space.model} can't be shaded."
            raise LayerError(sentence, "Convert it with Layer > Convert > Convert Layer Color Space.")
        self.name = source.name
        self.source = source
        self.options = options
        self.phase = Phase.READING
        self.id = ""  # the daemon's, once it was sent
        self.news: messages.Queued | messages.Progress | None = None
        self.problem: tuple[str, str] | None = None  # sentence and what to do
        self.report: dict[str, Any] = {}
        self.afterwards: list[Activation | Covered] = []  # what is left to do once it is done
        self._app, self._encoding, self._scratch = app, encoding, Scratch(app)
        self._sent = Chunks()
        self._translucent = False
        self._work: Iterator[bool] | None = self._read()

    @property
    def live(self) -> bool:
        return self.phase in LIVE

    @property
    def busy(self) -> bool:
        """Whether there are steps to do here, rather than in the daemon."""
        return self._work is not None

    @property
    def line(self) -> str:
        """Where it is, in one line."""
        if self.problem is not None:
            return " ".join(self.problem).strip()
        if self.phase is Phase.DONE:
            return wording.finished(self.report)
        if self.phase is Phase.SHADING and self.news is not None:
            return wording.stage(self.news)
        return self.phase.value

    @property
    def fraction(self) -> float:
        """How much of it is done, 0 to 1."""
        if self.phase is Phase.SHADING and self.news is not None:
            return wording.fraction(self.news)
        return {Phase.WRITING: 1.0, Phase.DONE: 1.0}.get(self.phase, 0.0)

    def step(self) -> bool:
        """Read or write one more band; ends the job if that isn't possible. False: Krita has to have a turn first."""
        if self._work is None:
            return WAIT
        try:
            missing = self.source.missing
            if missing is not None:
                raise missing
            return next(self._work)
        except StopIteration:
            self._work = None
            self._scratch.close()
            self.phase = Phase.WAITING if self.phase is Phase.READING else Phase.DONE
        except LayerError as problem:
            self.fail(str(problem), problem.hint)
        except MemoryError:
            self.fail("There is not enough memory for this layer.", "Close other pictures, then shade it again.")
        except RuntimeError as problem:  # PyQt's word for an object of Krita's that is no more
            self.fail(f"Krita took the layer away while it was shaded ({problem}).", "Shade it again.")
        return WAIT

    def submit(self, session: Session) -> None:
        """Hand it to the daemon. The session must be ready."""
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
            self.id = session.submit(submit, self._sent.read)
        except Refused as refusal:
            self.fail(refusal.message, refusal.hint)
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

    def fail(self, message: str, hint: str) -> None:
        """End it with a sentence and what to do."""
        self._end(Phase.FAILED)
        self.problem = (message, hint)

    def cancel(self) -> None:
        """End it because the artist wants that. The picture stays as it was."""
        self._end(Phase.CANCELLED)

    def _end(self, phase: Phase) -> None:
        self.phase = phase
        self._work = None
        self._sent = Chunks()
        self._scratch.close()

    def _read(self) -> Iterator[bool]:
        source, encoding = self.source, self._encoding
        converted = encoding.transport != source.space
        invisible = True
        for band in source.area.rows(PIXELS if converted else BAND_PIXELS):
            pixels = source.pixels(band)
            self._translucent = self._translucent or has_translucent(pixels, source.space)
            invisible = invisible and is_invisible(pixels, source.space)
            pixels = self._scratch.convert(pixels, band, source.space, encoding.transport)
            self._sent.append(encoding.pack(pixels))
            yield GO_ON
        if invisible:
            raise LayerError(f"The layer “{source.name}” is empty.", "Choose a layer with something painted on it.")
        if source.selection is not None:
            chosen = False
            for band in source.area.rows(BAND_PIXELS):
                weights = source.weights(band)
                chosen = chosen or weights.count(0) < len(weights)
                self._sent.append(weights)
                yield GO_ON
            if not chosen:
                sentence = f"The selection doesn't touch the layer “{source.name}”."
                raise LayerError(sentence, "Select a part of it, or nothing, then shade it.")

    def _write(self, pixels: memoryview) -> Iterator[bool]:
        layer = NewLayer(self.source)
        for _ in layer.fill(self._sent, pixels, self._encoding, self._scratch):
            yield GO_ON
        self._sent = Chunks()
        while not layer.can_be_added():
            yield WAIT
        document = self.source.document
        active = document.activeNode()
        originals = layer.add(self._translucent)
        self.afterwards.append(Activation(self._app, document, layer.node, active))
        if originals:
            self.afterwards.append(Covered(self._app, document, layer.node, originals))
