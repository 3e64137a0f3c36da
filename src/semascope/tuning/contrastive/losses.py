"""InfoNCE: a query shall be nearer to its own document than to the others of the batch.

Letters: m queries, n documents, d dims; document i < m answers query i, the others are hard negatives.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from semascope.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.tuning.contrastive.pairing import Pairing


@dataclass(frozen=True, kw_only=True, slots=True)
class Contrast:
    """How texts are contrasted.

    Raises
    ------
    ConfigError
        For a value that cannot be used.
    """

    temperature: float = 0.05  # cosines are divided by it
    both: bool = True  # whether each document shall find its query too, not each query its document alone
    shared: bool = True  # whether hard negatives of one query are wrong answers to the others too
    hardness: float = 0.0  # beta: how much more the nearer wrong answers count; 0: all alike
    margin: float | None = (
        None  # a wrong answer nearer than the right one by more than this counts nothing; None: all do
    )
    widths: Mapping[int, float] | None = (
        None  # weight of each width, in dims from the first; None: the whole row alone
    )

    def __post_init__(self) -> None:
        if not (self.temperature > 0 and math.isfinite(self.temperature)):
            raise ConfigError(f"temperature is {self.temperature}; it must be above 0; give for example 0.05")
        if not (self.hardness >= 0 and math.isfinite(self.hardness)):
            raise ConfigError(f"hardness is {self.hardness}; it must be 0 or more; 0 weighs all alike")
        if self.margin is not None and not 0 <= self.margin <= 2:
            raise ConfigError(
                f"margin is {self.margin}; it must lie in 0 to 2, as cosines do; give for example 0.1"
            )
        for width, weight in (self.widths or {}).items():
            if width < 1 or not (weight > 0 and math.isfinite(weight)):
                raise ConfigError(
                    f"width {width} has weight {weight}; both must be above 0; leave that width out"
                )
        if self.widths is not None and not self.widths:
            raise ConfigError("widths name no width; name one or more, or leave them out")


def contrast_loss(
    queries: torch.Tensor, documents: torch.Tensor, pairing: Pairing, contrast: Contrast
) -> torch.Tensor:
    r"""The loss of a batch, a scalar of at least float32.

    Parameters
    ----------
    queries, documents
        (m, d) and (n, d) rows of any length above 0: cosines are taken.
    pairing
        Who belongs to whom.

    Raises
    ------
    ConfigError
        For a width beyond d.

    Notes
    -----
    With cosines s, temperature :math:`\tau` and the wrong answers :math:`N_i` of query i

    .. math:: \ell_i = -\log\frac{e^{s_{ii}/\tau}}{e^{s_{ii}/\tau} + \sum_{j \in N_i} w_{ij} e^{s_{ij}/\tau}}

    (van den Oord et al., "Representation learning with contrastive predictive coding", 2018). The loss is the mean of
    :math:`\ell_i`, weighed by the grades of the pairs; with ``both`` it is the mean of this and of the same from documents
    to queries, in which hard negatives have no part (Radford et al., "Learning transferable visual models from natural
    language supervision", 2021).

    ``hardness`` :math:`\beta` weighs wrong answers by

    .. math:: w_{ij} = |N_i| \, e^{\beta s_{ij}/\tau} / \textstyle\sum_{k \in N_i} e^{\beta s_{ik}/\tau}

    (Robinson et al., "Contrastive learning with hard negative samples", ICLR 2021, without their correction for false
    negatives). Gradients go through the weights, as in the authors' code.

    ``margin`` takes j out of :math:`N_i` where :math:`s_{ij} > s_{ii}` + margin (Zhang et al., "Qwen3 Embedding", 2025,
    with 0.1). What ``Pairing.negatives`` bars is never in it.

    ``widths`` give the mean of the losses of rows that are cut to each width, by weight (Kusupati et al., "Matryoshka
    representation learning", NeurIPS 2022, there the sum: the mean keeps the length of gradients, which are clipped).
    Whole rows say for all widths what is too near by ``margin``, as they can tell best.

    A query without wrong answers has loss 0.
    """
    queries, documents = precise(queries), precise(documents)
    allowed = negatives_of(queries, documents, pairing, contrast)
    shares = torch.as_tensor(pairing.shares, dtype=queries.dtype, device=queries.device)
    widths = contrast.widths or {queries.shape[1]: 1.0}
    if max(widths) > queries.shape[1]:
        raise ConfigError(
            f"width {max(widths)} is asked for; rows have {queries.shape[1]} dims; name widths up to that"
        )
    with torch.autocast(queries.device.type, enabled=False):
        losses = [
            weight
            * (shares * _pair_losses(queries[:, :width], documents[:, :width], allowed, contrast)).sum()
            for width, weight in widths.items()
        ]
    return torch.stack(losses).sum() / sum(widths.values())


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Allowed:
    """What counts as a wrong answer."""

    documents: torch.Tensor  # (m, n) to each query
    queries: torch.Tensor  # (m, m) to each answering document


@torch.no_grad()
def negatives_of(
    queries: torch.Tensor, documents: torch.Tensor, pairing: Pairing, contrast: Contrast
) -> Allowed:
    """What counts as a wrong answer in a batch, by who belongs to whom and by the margin."""
    m = len(queries)
    known = torch.as_tensor(pairing.negatives(shared=contrast.shared), device=queries.device)
    to_queries = known[:, :m].T
    if contrast.margin is not None:
        near = cosines_of(queries, documents)
        bar = (near.diagonal() + contrast.margin).unsqueeze(1)
        known, to_queries = known & (near <= bar), to_queries & near[:, :m].T.le(bar)
    return Allowed(documents=known, queries=to_queries)


def cosines_of(queries: torch.Tensor, documents: torch.Tensor) -> torch.Tensor:
    """(m, n) of at least float32."""
    normal = torch.nn.functional.normalize
    with torch.autocast(queries.device.type, enabled=False):
        return normal(precise(queries), dim=1) @ normal(precise(documents), dim=1).T


def _pair_losses(
    queries: torch.Tensor, documents: torch.Tensor, allowed: Allowed, contrast: Contrast
) -> torch.Tensor:
    """(m,) the loss of each pair, before it is weighed."""
    m = len(queries)
    logits = cosines_of(queries, documents) / contrast.temperature
    losses = _losses(logits, allowed.documents, contrast.hardness)
    if not contrast.both:
        return losses
    return (losses + _losses(logits[:, :m].T, allowed.queries, contrast.hardness)) / 2


def _losses(logits: torch.Tensor, allowed: torch.Tensor, hardness: float) -> torch.Tensor:
    """(m,) of (m, n) logits with the right answers on the diagonal."""
    right = logits.diagonal()
    wrong = logits + _log_weights(logits, allowed, hardness) if hardness else logits
    wrong = wrong.masked_fill(~allowed, -torch.inf)
    return torch.logsumexp(torch.cat([right.unsqueeze(1), wrong], dim=1), dim=1) - right


def _log_weights(logits: torch.Tensor, allowed: torch.Tensor, hardness: float) -> torch.Tensor:
    """(m, n) logarithms of the weights of wrong answers, whose mean is 1; of any value where there are none."""
    scaled = hardness * logits
    counts = allowed.sum(dim=1, keepdim=True)
    # A row without wrong answers is summed whole: its sum is used nowhere, and that of nothing has no gradient.
    summed = torch.logsumexp(scaled.masked_fill(~allowed & (counts > 0), -torch.inf), dim=1, keepdim=True)
    return scaled - summed + counts.clamp(min=1).to(logits.dtype).log()


def precise(rows: torch.Tensor) -> torch.Tensor:
    """The rows in float32, or in float64 if they are."""
    return rows if rows.dtype == torch.float64 else rows.float()
