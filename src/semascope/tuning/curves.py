"""Curves of a training for TensorBoard, where it is installed."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from semascope.extras import is_installed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextmanager
def curves_in(folder: Path) -> Iterator[Callable[[str, float, int], None]]:
    """Draws a value at a step; files for ``tensorboard --logdir`` lie in ``folder`` afterwards.

    Nothing without TensorBoard, and nothing more once they cannot be written: no training ends for want of a curve.
    """
    if not is_installed("tensorboard"):
        yield lambda what, value, step: None
        return
    from torch.utils.tensorboard import SummaryWriter

    try:
        writer = SummaryWriter(str(folder), flush_secs=10)
    except OSError:
        yield lambda what, value, step: None
        return

    def draw(what: str, value: float, step: int) -> None:
        with suppress(OSError):
            writer.add_scalar(what, value, step)

    try:
        yield draw
    finally:
        with suppress(OSError):
            writer.close()
