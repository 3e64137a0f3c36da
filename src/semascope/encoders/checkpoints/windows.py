"""Windows of attention that a configuration names, and one that may not be the one that was trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def window_remark(config: Mapping[str, Any]) -> str:
    """The sentence about a window that was halved when it was saved; "" where there is no sign of that.

    Gemma 3 in both directions: every transformers reads w and attends w // 2 tokens to either side, kept as w // 2 + 1.
    Those up to 5.12 (and not 5.17) saved that number, and the next to read it halves again. Published are even ones.

    Examples
    --------
    >>> window_remark({"use_bidirectional_attention": True, "sliding_window": 512})
    ''
    >>> window_remark({"use_bidirectional_attention": True, "sliding_window": 257}).partition(",")[0]
    'sliding_window is 257 in its configuration'
    """
    window = config.get("sliding_window")
    if not config.get("use_bidirectional_attention") or not isinstance(window, int) or window % 2 == 0:
        return ""
    return (
        f"sliding_window is {window} in its configuration, an odd number: transformers up to 5.12 saved half of what it had"
        f" read, plus one; read as it stands, {window // 2} tokens to either side; if it was trained with {window - 1},"
        f" write {2 * (window - 1)} there"
    )
