"""Texts of one label shall be nearer to each other than to those of other labels.

Letters: b texts, d dims.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from semascope.errors import ConfigError
from semascope.tuning.contrastive.losses import cosines_of, precise

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.types import Ints


def label_loss(
    rows: torch.Tensor, labels: Ints, *, temperature: float, widths: Mapping[int, float] | None = None
) -> torch.Tensor:
    r"""The loss of a batch, a scalar of at least float32.

    Parameters
    ----------
    rows
        (b, d) of any length above 0: cosines are taken.
    labels
        (b,) of each.
    temperature
        Cosines are divided by it.
    widths
        Weight of each width, in dims from the first; None: the whole rows alone.

    Raises
    ------
    ConfigError
        For a width beyond d.

    Notes
    -----
    With cosines s, temperature :math:`\tau` and the others of its label :math:`P_i` of text i

    .. math:: \ell_i = -\frac{1}{|P_i|} \sum_{p \in P_i} \log\frac{e^{s_{ip}/\tau}}{\sum_{a \ne i} e^{s_{ia}/\tau}}

    The loss is the mean over the texts that have another one of their label; 0 where none has. Source: Khosla et al.,
    "Supervised contrastive learning", NeurIPS 2020, equation 2 (their outer sum, with a mean over texts in place of a sum).
    """
    rows = precise(rows)
    marks = torch.as_tensor(labels, device=rows.device)
    others = ~torch.eye(len(rows), dtype=torch.bool, device=rows.device)
    alike = (marks.unsqueeze(0) == marks.unsqueeze(1)) & others
    has = alike.any(dim=1)
    if not bool(has.any()):
        return rows.sum() * 0
    widths = widths or {rows.shape[1]: 1.0}
    if max(widths) > rows.shape[1]:
        raise ConfigError(
            f"width {max(widths)} is asked for; rows have {rows.shape[1]} dims; name widths up to that"
        )
    total = rows.new_zeros(())
    with torch.autocast(rows.device.type, enabled=False):
        for width, weight in widths.items():
            logits = cosines_of(rows[:, :width], rows[:, :width]) / temperature
            logs = logits - torch.logsumexp(logits.masked_fill(~others, -torch.inf), dim=1, keepdim=True)
            means = (logs * alike).sum(dim=1)[has] / alike.sum(dim=1)[has]
            total = total - weight * means.mean()
    return total / sum(widths.values())
