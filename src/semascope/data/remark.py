"""What a reader has to say of a file that it could read."""

from __future__ import annotations

from dataclasses import dataclass


class DataWarning(UserWarning):
    """Rows or cells of a file may not be what its writer meant."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One sentence on how a file was read, without a full stop; lines count from 1."""

    text: str
    warning: bool = False  # whether rows or cells may be wrong; else only what was taken
