"""The plug-in's modules import ``gi``, which only GIMP's own Python has: here they get a small fake of it."""

from __future__ import annotations

import sys

import fake_gi

sys.modules.update(fake_gi.modules())
