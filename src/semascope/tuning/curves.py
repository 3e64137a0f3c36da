"""Curves of a training for TensorBoard, where it is installed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from semascope.extras import is_installed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextmanager
def curves_in(folder: Path) -> Iterator[Callable[[str, float, int], None]]:
    """Draws a value at a step; files for ``tensorboard --logdir`` lie in ``folder`` afterwards. Nothing without TensorBoard."""
    if not is_installed("tensorboard"):
        yield lambda what, value, step: None
        return
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(str(folder), flush_secs=10)
    try:
        yield writer.add_scalar
    finally:
        writer.close()
