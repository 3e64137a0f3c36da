"""An OpenAI-shaped embeddings server on the loopback that misbehaves as it is told, and keeps count of what was paid."""

from __future__ import annotations

from . import faults
from .apart import ServerApart
from .asked import Asked, Entry
from .asking import post, rows_of
from .faults import Fault
from .rules import FixedWindows, SlidingLog, TokenBucket
from .scripts import chain, each, first, once_each, steps, when
from .server import FaultServer
from .service import Service
from .shapes import SHAPES, Shape
from .vectors import make_rows

__all__ = [
    "SHAPES",
    "Asked",
    "Entry",
    "Fault",
    "FaultServer",
    "FixedWindows",
    "ServerApart",
    "Service",
    "Shape",
    "SlidingLog",
    "TokenBucket",
    "chain",
    "each",
    "faults",
    "first",
    "make_rows",
    "once_each",
    "post",
    "rows_of",
    "steps",
    "when",
]
