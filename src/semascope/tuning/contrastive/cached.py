"""Gradients of a batch that does not fit into memory at once, although each of its texts is contrasted with all others.

GradCache (Gao et al., "Scaling deep contrastive learning batch size under memory limited setup", RepL4NLP 2021): the rows of
all texts are computed part by part and nothing else is kept; the loss and its gradient at the rows follow; then each part is
computed again and that gradient goes back through it. Adding up the gradients of small batches would be another loss, in which
a text meets the few of its own part alone.
"""

from __future__ import annotations

from concurrent.futures import wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

import torch

from semascope.errors import EncoderError
from semascope.tuning.contrastive.losses import precise
from semascope.tuning.dropout import masks_from
from semascope.tuning.gradients import add_gradients
from semascope.tuning.loop import autocast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor, Future

    from semascope.tuning.gradients import Gradients
    from semascope.types import Ints

MOVED = 0.02
"""How far a row may move between the two passes, as a share of its length: rounding of bfloat16, and no other dropout."""

Found = TypeVar("Found")


class Rows(Protocol):
    """A network that makes one row of each text."""

    def rows(self, sequences: Sequence[Sequence[int]]) -> torch.Tensor:
        """(t, d) of t token sequences."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Computed:
    """What a batch comes to."""

    loss: float
    gradients: Gradients
    rows: torch.Tensor  # (t, d) float32 or more, without a graph


@dataclass(frozen=True, kw_only=True, slots=True)
class Passes:
    """How the rows of a batch are computed.

    The network's dropout must be that of ``seed_dropout``: masks then follow from ``seed`` and the number of the part,
    and both passes through a part draw the same.
    """

    network: Rows
    parameters: Sequence[torch.Tensor]  # what gradients are taken of
    sequences: Sequence[Sequence[int]]  # (t) token ids
    parts: Sequence[Ints]  # every place among the sequences once, see ``token_parts``
    seed: Sequence[int]  # of this step
    device: torch.device
    precision: str  # float32 or bfloat16
    workers: Executor | None = None  # computes several parts at once
    at_once: int = 1  # how many
    kept: int = 0  # tokens whose graphs the first pass keeps, where that is more than those of the parts computed at once

    @property
    def first_kept(self) -> int:
        """The part from which on graphs are kept from the first pass."""
        first, room = len(self.parts), self.kept
        while first:
            room -= sum(len(self.sequences[place]) for place in self.parts[first - 1].tolist())
            if room < 0:
                break
            first -= 1
        return min(first, max(0, len(self.parts) - self.at_once))

    def forward(self, number: int, *, graph: bool) -> torch.Tensor:
        """(p, d) rows of one part, float32 or more."""
        # Entered here, as a thread has its own of each.
        with (
            torch.set_grad_enabled(graph),
            masks_from([*self.seed, number]),
            autocast(self.device, self.precision),
        ):
            return precise(
                self.network.rows([self.sequences[place] for place in self.parts[number].tolist()])
            )


def cached_gradients(passes: Passes, loss_of: Callable[[torch.Tensor], torch.Tensor]) -> Computed:
    """Loss and gradients of a batch, those of one pass through all of it.

    Parameters
    ----------
    loss_of
        The loss of all rows, (t, d) in the order of the sequences. Everything in it that no row decides must be the
        same at every call, and it may have no parameters of its own.

    Raises
    ------
    EncoderError
        When the second pass through a part gives other rows than the first: gradients would be wrong.

    Notes
    -----
    As many parts as are computed at once keep their graph from the first pass, which takes no more memory than the second
    pass does and saves theirs; a batch of one part goes through once. With more memory, ``Passes.kept`` saves more of them, a
    fourth of the time at most. Beside the sum of the gradients there are those of the parts that are computed at once, each as
    large as what is trained, and no more. They are added in the order of the parts, so a batch gives the same bits every time on a
    processor.
    """
    count, first = len(passes.parts), passes.first_kept
    found = _each(passes, range(count), lambda number: passes.forward(number, graph=number >= first))
    held = dict(enumerate(found))
    leaf = _in_order(passes, [held[number].detach() for number in range(count)]).requires_grad_()
    loss = loss_of(leaf)
    (at_rows,) = torch.autograd.grad(loss, leaf)

    def back(number: int) -> Gradients:
        again = held.pop(number)
        if number < first:
            before, again = again, passes.forward(number, graph=True)
            _refuse_moved(before, again.detach())
        part = torch.as_tensor(passes.parts[number], device=at_rows.device)
        return torch.autograd.grad(again, list(passes.parameters), at_rows[part], allow_unused=True)

    # Kept graphs go first, so that none is held while others are built.
    gradients: list[torch.Tensor | None] = [None] * len(passes.parameters)
    for numbers in (range(first, count), range(first)):
        for added in _each(passes, numbers, back):
            add_gradients(gradients, added)
            del added  # else it is held while the next is computed
    return Computed(loss=float(loss.detach()), gradients=tuple(gradients), rows=leaf.detach())


def _each(passes: Passes, numbers: range, compute: Callable[[int], Found]) -> Iterator[Found]:
    """What ``compute`` gives for each part, in order, some at once and never more."""
    if passes.workers is None:
        yield from map(compute, numbers)
        return
    for start in range(numbers.start, numbers.stop, passes.at_once):
        some = range(start, min(start + passes.at_once, numbers.stop))
        begun: list[Future[Found]] = [passes.workers.submit(compute, number) for number in some]
        wait(begun)  # after an error none works on
        begun.reverse()
        while begun:
            yield begun.pop().result()  # held by nobody else from here on


def _in_order(passes: Passes, rows: Sequence[torch.Tensor]) -> torch.Tensor:
    """(t, d) rows of all parts, in the order of the sequences."""
    together = torch.cat(list(rows))
    places = torch.cat([torch.as_tensor(part) for part in passes.parts]).to(together.device)
    return torch.empty_like(together).index_copy_(0, places, together)


def _refuse_moved(before: torch.Tensor, after: torch.Tensor) -> None:
    lengths = before.norm(dim=1).clamp(min=torch.finfo(before.dtype).tiny)
    moved = float(((before - after).norm(dim=1) / lengths).max())
    if moved > MOVED:  # one that is no number shows in the loss
        raise EncoderError(
            f"rows of the same texts move by {moved:.2g} of their length between two passes; both must draw the same dropout, or"
            " gradients are wrong; pass the network to seed_dropout first"
        )
