"""What is learnt from, in tokens: prompts in the encoder's own templates, cut as the recipe says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.duplicates import find_duplicates
from semascope.embedding.prompts import write_prompts
from semascope.errors import DataError
from semascope.retrieval.collections.note import counted
from semascope.tuning.contrastive.label_batches import plan_label_batches
from semascope.tuning.contrastive.quotas import largest_batch, plan_batches
from semascope.tuning.contrastive.rows import RoleRows, natural_shares

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.studies.tuned.asking.labelled import LabelledTexts
    from semascope.studies.tuned.asking.learnt import Learnt
    from semascope.studies.tuned.asking.plan import TunePlan
    from semascope.tuning.contrastive.examples import Examples
    from semascope.tuning.contrastive.label_batches import LabelBatches
    from semascope.tuning.contrastive.quotas import QuotaBatches
    from semascope.tuning.start import Start
    from semascope.types import Ints


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Material:
    """Rows in tokens, how they are dealt, and what was read."""

    examples: Examples
    batches: QuotaBatches | LabelBatches
    texts: Sequence[str]  # all that goes through the network: the folder will say that it has seen them
    tried: Sequence[str]  # prompts whose rows prove that what is kept is what was trained


_TRIED = 8
_TOLD = 12  # labels, up to which each is told how hard it was


def of_pairs(learnt: Learnt, start: Start, plan: TunePlan) -> Material:
    """Queries with the instruction, documents without one."""
    from semascope.tuning.contrastive.examples import Pairs

    encoder = start.encoder
    asked, _ = write_prompts(learnt.queries, encoder=encoder, instruction=plan.sentence, role="query")
    read, _ = write_prompts(learnt.documents, encoder=encoder, role="document")
    first = len(asked)
    negatives = np.where(learnt.negatives >= 0, learnt.negatives + first, -1)
    document_groups = np.concatenate([np.full(first, -1, dtype=np.int64), learnt.document_groups])
    examples = Pairs(
        sequences=start.tokens.ids([*asked, *read]),
        queries=learnt.pair_queries,
        documents=learnt.pair_documents + first,
        query_groups=learnt.query_groups[learnt.pair_queries],
        document_groups=document_groups,
        negatives=negatives,
        weights=learnt.weights,
        roles=learnt.roles,
        known=learnt.known,
    )
    return Material(
        examples=examples,
        batches=_batches(examples.roles, examples.groups, examples.row_lengths, plan),
        texts=[*learnt.queries, *learnt.documents],
        tried=[*asked[: _TRIED // 2], *read[: _TRIED // 2]],
    )


def of_labels(texts: LabelledTexts, start: Start, plan: TunePlan) -> Material:
    """Texts without a role, as everything that compares texts has them."""
    from semascope.tuning.contrastive.examples import Labelled

    prompts, _ = write_prompts(texts.texts, encoder=start.encoder, instruction=plan.sentence)
    names = sorted(set(texts.labels))
    examples = Labelled(
        sequences=start.tokens.ids(prompts),
        labels=np.array([names.index(label) for label in texts.labels], dtype=np.int64),
        groups=find_duplicates(texts.texts).near,
        roles=texts.labels if len(names) <= _TOLD else [""] * len(prompts),
    )
    return Material(
        examples=examples,
        batches=_label_batches(examples.labels, examples.groups, plan),
        texts=texts.texts,
        tried=prompts[:_TRIED],
    )


def _label_batches(labels: Ints, groups: Ints, plan: TunePlan) -> LabelBatches:
    """Batches in which texts meet others of their label."""
    if len(np.unique(groups)) < 2:
        raise DataError(
            f"{counted(len(groups), 'text')} of {plan.data.name} learn, which all say the same, or nearly; a batch needs two that differ;"
            " give more texts"
        )
    return plan_label_batches(labels, groups, batch=plan.effective_batch, seed=(plan.seed,))


def _batches(roles: Sequence[str], groups: Ints, lengths: Ints, plan: TunePlan) -> QuotaBatches:
    """Batches that hold the shares asked for, or those of the rows; smaller ones than asked for where the rows fill no larger."""
    rows = RoleRows(roles=roles or [""] * len(groups), groups=groups, lengths=lengths)
    shares: Mapping[str, float] = plan.share or natural_shares(rows.roles)
    batch = plan.effective_batch
    if not plan.share:  # a share that was asked for is kept, or refused with what can be filled
        batch = min(batch, max(largest_batch(rows, shares, most=batch, repeat=plan.repeat), 1))
        if batch < 2:
            raise DataError(
                f"{counted(len(groups), 'row')} of {plan.data.name} {'is' if len(groups) == 1 else 'are'} left to learn from, of which no"
                " two can stand in one batch: they share a query, a document or a text, or nearly; a batch needs a wrong answer; give"
                " more rows"
            )
    return plan_batches(
        rows,
        shares,
        batch=batch,
        seed=(plan.seed,),
        repeat=plan.repeat,
    )
