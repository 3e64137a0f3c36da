"""Weights that a file may hold and a text encoder does not use."""

from __future__ import annotations

import re

UNUSED = re.compile(
    r"(^|\.)(lm_head|cls|pooler|qa_outputs|classifier|score|vocab_transform|vocab_layer_norm|vocab_projector|"
    r"predictions|generator_predictions|discriminator_predictions|position_ids|token_type_ids|inv_freq)(\.|$)"
    r"|^head\.(dense|norm)\.|^decoder\.(weight|bias)$"  # of ModernBERT's masked words
)
"""Heads of other tasks, and tables that are computed anew. Any other weight that the network does not know is a sign that it
is not the network they belong to."""
