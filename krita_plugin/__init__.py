"""Belladonna in Krita: *Tools > Scripts > Shade layer*."""

from __future__ import annotations

from krita import Krita  # pyright: ignore[reportMissingImports]

try:
    from .plugin import register

    register(Krita.instance())
except Exception as error:  # an exception here would leave menu entries that do nothing
    from .broken import register_broken

    register_broken(Krita.instance(), error)
