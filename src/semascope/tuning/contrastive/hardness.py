"""How hard a batch was, by role: what is logged to see whether quotas do what they are for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from semascope.tuning.contrastive.losses import cosines_of, negatives_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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


def add_by_role(sums: dict[str, float], found: PairHardness, roles: Sequence[str]) -> None:
    """Add the queries of a batch to ``sums``, which begins as an empty mapping and can be kept as plain values.

    Parameters
    ----------
    roles
        (m,) of the queries; none of them: all have the role "".
    """
    named = np.asarray(roles or [""] * len(found.right), dtype=object)
    counted = ~np.isnan(found.right)  # a query without a right answer tells nothing
    has_wrong = ~np.isnan(found.nearest_wrong)
    values = {
        "queries": np.ones(len(named)),
        "right": found.right,
        "nearest": np.where(has_wrong, found.nearest_wrong, 0.0),
        "with_wrong": has_wrong,
        "first": found.beaten == 0,
        "wrong": found.wrong,
    }
    for role in sorted(set(named[counted].tolist())):
        rows = counted & (named == role)
        for what, of_each in values.items():
            key = f"{what}|{role}"
            sums[key] = sums.get(key, 0.0) + float(of_each[rows].sum())


def means_by_role(sums: Mapping[str, float]) -> dict[str, dict[str, float | None]]:
    """Of the queries of each role, by its name, out of what ``add_by_role`` has added up.

    Returns
    -------
    ``queries``, their number; ``right``, cosine with the own document; ``nearest_wrong``, largest cosine with a wrong answer,
    None where no query has one; ``first``, share of queries whose own document was nearer than every wrong answer; ``wrong``,
    wrong answers a query.
    """
    means: dict[str, dict[str, float | None]] = {}
    for role in sorted(key.partition("|")[2] for key in sums if key.startswith("queries|")):
        count, with_wrong = sums[f"queries|{role}"], sums[f"with_wrong|{role}"]
        means[role] = {
            "queries": int(count),
            "right": sums[f"right|{role}"] / count,
            "nearest_wrong": sums[f"nearest|{role}"] / with_wrong if with_wrong else None,
            "first": sums[f"first|{role}"] / count,
            "wrong": sums[f"wrong|{role}"] / count,
        }
    return means


def _floats(values: torch.Tensor) -> Floats:
    return np.asarray(values.cpu().numpy(), dtype=np.float64)


def _ints(values: torch.Tensor) -> Ints:
    return np.asarray(values.cpu().numpy(), dtype=np.int64)
