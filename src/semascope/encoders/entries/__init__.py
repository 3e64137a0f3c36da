"""The encoders of the catalogue: facts, and where each was read.

Parameters are counted, the pooler included, on models built from the published configurations. Facts that no source
could be opened for are named in ``unread``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.encoders.entries.bge import BGE_ENTRIES
from semascope.encoders.entries.e5 import E5_ENTRIES
from semascope.encoders.entries.qwen3 import QWEN3_ENTRIES
from semascope.encoders.entries.recent import RECENT_ENTRIES
from semascope.encoders.entries.sbert import SBERT_ENTRIES
from semascope.encoders.entries.untrained import UNTRAINED_ENTRIES
from semascope.encoders.static.entries import STATIC_ENTRIES

if TYPE_CHECKING:
    from semascope.encoders.entry import Entry

ENTRIES: tuple[Entry, ...] = (
    *SBERT_ENTRIES,
    *BGE_ENTRIES,
    *E5_ENTRIES,
    *RECENT_ENTRIES,
    *QWEN3_ENTRIES,
    *STATIC_ENTRIES,
    *UNTRAINED_ENTRIES,
)
"""Every line, in the order in which tables show them."""
