"""Names of spaces: short enough for a panel, different from each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from semascope.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence


def short_names(encoders: Sequence[str]) -> dict[str, str]:
    """What each encoder is called on a map: a folder by the last of its parts that tell it from the others.

    Examples
    --------
    >>> short_names(["minilm", "BAAI/bge-m3"])
    {'minilm': 'minilm', 'BAAI/bge-m3': 'BAAI/bge-m3'}
    """
    parts = {name: _parts(name) for name in encoders}
    named = {name: found[-1] for name, found in parts.items()}
    for count in range(2, max(map(len, parts.values()), default=0) + 1):
        taken = list(named.values())
        named = {
            name: "/".join(found[-count:]) if taken.count(named[name]) > 1 else named[name]
            for name, found in parts.items()
        }
    for name, called in named.items():
        same = next(other for other in named if named[other] == called)
        if same != name:
            raise ConfigError(f"encoders {same!r} and {name!r} are the same folder; leave one out")
    return named


def space_name(
    encoder: str, instruction: str, dim: int | None, *, encoders: int, instructions: int, dims: int
) -> str:
    """What tells a space from the others: its encoder, instruction and width, each where there are several.

    Examples
    --------
    >>> space_name("minilm", "topic", 64, encoders=1, instructions=2, dims=2)
    'topic, 64 dims'
    """
    parts = [
        encoder if encoders > 1 else "",
        instruction if instructions > 1 or encoders * dims == 1 else "",
        f"{dim} dims" if dims > 1 else "",
    ]
    return ", ".join(filter(None, parts))


def _parts(name: str) -> tuple[str, ...]:
    """Of a folder its path; any other name is one part."""
    folder = Path(name).expanduser()
    if name.startswith("hash:") or name == "minilm" or not folder.is_dir():
        return (name,)
    return folder.resolve().parts
