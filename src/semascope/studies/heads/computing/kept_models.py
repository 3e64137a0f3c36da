"""A tuned cell as it was kept in its folder: the encoder and its head."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.encoders.loading import load_encoder
from semascope.errors import DataError
from semascope.probes.tuned_head import TunedHead

if TYPE_CHECKING:
    from pathlib import Path

    from semascope.encoders.protocol import Encoder
    from semascope.studies.heads.asking.plan import Cell
    from semascope.studies.heads.asking.prepare import Prepared


def load_kept(prepared: Prepared, cell: Cell, folder: Path) -> Encoder:
    """The encoder of a tuned cell, from where it was kept."""
    return load_encoder(
        str(folder.absolute()), called=cell.head, precision=prepared.study.precision, device=prepared.device
    )


def load_head(prepared: Prepared, place: Path) -> TunedHead:
    """The head of a tuned cell, from the folder of the cell."""
    from safetensors.numpy import load_file

    try:
        arrays = load_file(place / "head.safetensors")
    except (OSError, ValueError) as error:
        raise DataError(
            f"{place / 'head.safetensors'} cannot be read ({error}); it belongs to a tuned model; delete the cell's folder, and the"
            " study trains it again"
        ) from error
    return TunedHead.from_state(arrays, {"kind": prepared.rows.kind})
