"""How hard a batch was, by role: what is logged to see whether quotas do what they are for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from semascope.tuning.contrastive.losses import cosines_of, negatives_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.tuning.contrastive.losses import Contrast
    from semascope.tuning.contrastive.pairing import Pairing
    from semascope.types import Floats, Ints


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PairHardness:
    """What each of m queries had to tell apart, at the whole width."""

    right: Floats  # (m,) cosine with its own document
    nearest_wrong: Floats  # (m,) largest cosine with a wrong answer, NaN where there is none
    beaten: Ints  # (m,) wrong answers that are at least as near as the right one
    wrong: Ints  # (m,) wrong answers that counted


@dataclass(frozen=True, kw_only=True, slots=True)
class RoleHardness:
    """Means over the queries of one role."""

    queries: int
    right: float  # cosine with the own document
    nearest_wrong: float  # largest cosine with a wrong answer; NaN where no query has one
    first: float  # share of queries whose own document was nearer than every wrong answer
    wrong: float  # wrong answers a query


@torch.no_grad()
def pair_hardness(
    queries: torch.Tensor, documents: torch.Tensor, pairing: Pairing, contrast: Contrast
) -> PairHardness:
    """How hard each query of a batch was; arguments as those of ``contrast_loss``."""
    allowed = negatives_of(queries, documents, pairing, contrast).documents
    cosines = cosines_of(queries, documents)
    right = cosines.diagonal().clone()
    nearest = cosines.masked_fill(~allowed, -torch.inf).amax(dim=1)
    return PairHardness(
        right=_floats(right),
        nearest_wrong=_floats(nearest.masked_fill(nearest.isinf(), torch.nan)),
        beaten=_ints((allowed & (cosines >= right.unsqueeze(1))).sum(dim=1)),
        wrong=_ints(allowed.sum(dim=1)),
    )


@torch.no_grad()
def label_hardness(rows: torch.Tensor, labels: Ints) -> PairHardness:
    """How hard each text of a batch was: the nearest of its label is the right answer, those of others are wrong ones.

    A text without another of its label has NaN for the right one, and beats none.

    Parameters
    ----------
    rows
        (b, d) of any length above 0.
    labels
        (b,) of each.
    """
    cosines = cosines_of(rows, rows)
    marks = torch.as_tensor(labels, device=rows.device)
    alike = marks.unsqueeze(0) == marks.unsqueeze(1)
    itself = torch.eye(len(rows), dtype=torch.bool, device=rows.device)
    right = cosines.masked_fill(~alike | itself, -torch.inf).amax(dim=1)
    nearest = cosines.masked_fill(alike, -torch.inf).amax(dim=1)
    return PairHardness(
        right=_floats(right.masked_fill(right.isinf(), torch.nan)),
        nearest_wrong=_floats(nearest.masked_fill(nearest.isinf(), torch.nan)),
        beaten=_ints((~alike & (cosines >= right.unsqueeze(1))).sum(dim=1)),
        wrong=_ints((~alike).sum(dim=1)),
    )


def by_role(found: PairHardness, roles: Sequence[str]) -> dict[str, RoleHardness]:
    """Means for each of the roles of m queries, by name."""
    named = np.asarray(roles, dtype=object)
    means = {}
    for role in sorted(set(roles)):
        rows = np.flatnonzero(named == role)
        nearest = found.nearest_wrong[rows]
        nearest = nearest[~np.isnan(nearest)]
        means[role] = RoleHardness(
            queries=len(rows),
            right=float(found.right[rows].mean()),
            nearest_wrong=float(nearest.mean()) if len(nearest) else float("nan"),
            first=float((found.beaten[rows] == 0).mean()),
            wrong=float(found.wrong[rows].mean()),
        )
    return means


def _floats(values: torch.Tensor) -> Floats:
    return np.asarray(values.cpu().numpy(), dtype=np.float64)


def _ints(values: torch.Tensor) -> Ints:
    return np.asarray(values.cpu().numpy(), dtype=np.int64)
