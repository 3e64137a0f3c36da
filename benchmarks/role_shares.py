"""Which shares of roles the papers of ../shared/data can fill, by the plan that a tuning makes of its batches; nothing is trained.

    python benchmarks/role_shares.py [--files FOLDER] [--primary] [--written FILE]

Titles and abstracts of arXiv with whole titles, each with the first role, main before soft and so on, that one of its categories
has in the study (docs/arxiv.md); with ``--primary`` that of its primary category, as ``semascope fetch arxiv`` has it. Queries are divided as ``semascope tune`` divides them; what an epoch makes of the learning ones is printed.
``--written`` keeps the table of papers with roles.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from semascope.data.arxiv.roles import NAMES, Roles
from semascope.errors import ConfigError
from semascope.studies.tuned.asking.learnt import learnt_pairs
from semascope.studies.tuned.asking.pairs import read_pair_table
from semascope.studies.tuned.asking.plan import TunePlan
from semascope.tuning.contrastive.examples import Pairs
from semascope.tuning.contrastive.quotas import plan_batches
from semascope.tuning.contrastive.rows import RoleRows, natural_shares, quota_counts

if TYPE_CHECKING:
    from collections.abc import Mapping

ASKED: tuple[tuple[int, Mapping[str, float], bool], ...] = (
    (32, {}, False),
    (32, {"main": 0.5, "soft": 0.2, "hard": 0.2, "cross": 0.05, "other": 0.05}, False),
    (32, {"main": 0.4, "soft": 0.3, "hard": 0.3}, False),
    (32, {"main": 0.4, "soft": 0.2, "hard": 0.2, "cross": 0.2}, False),
    (64, {"main": 0.4, "soft": 0.2, "hard": 0.2, "cross": 0.1, "other": 0.1}, False),
    (64, {"main": 0.4, "soft": 0.2, "hard": 0.2, "cross": 0.1, "other": 0.1}, True),
    (64, {"main": 0.4, "soft": 0.2, "hard": 0.2, "cross": 0.2}, True),
    (128, {"main": 0.3, "soft": 0.3, "hard": 0.4}, False),
    (128, {"main": 0.5, "soft": 0.25, "hard": 0.25}, False),
    (128, {"main": 0.5, "soft": 0.25, "hard": 0.25}, True),
)
"""Batch, shares (none: as the rows have them), and whether rows repeat."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=Path, default=Path("../shared/data"))
    parser.add_argument("--primary", action="store_true")
    parser.add_argument("--written", type=Path)
    asked = parser.parse_args()
    print(f"python {shlex.join(sys.argv)}")
    with tempfile.TemporaryDirectory() as folder:
        table = asked.written or Path(folder) / "papers.jsonl"
        _write(asked.files, table, primary=asked.primary)
        rows = _learnt(table)
    print("to learn from:", _told(Counter(rows.roles)))
    print("as the rows have them:", ", ".join(f"{r} {s:.3f}" for r, s in natural_shares(rows.roles).items()))
    for batch, shares, repeat in ASKED:
        wanted = shares or natural_shares(rows.roles)
        named = ",".join(f"{role}={share:g}" for role, share in shares.items()) or "as the rows"
        print(f"\nbatch {batch}, {named}{', rows repeat' if repeat else ''}")
        try:
            print("  a batch:", _told(quota_counts(wanted, batch=batch)))
            plan = plan_batches(rows, wanted, batch=batch, seed=(42,), repeat=repeat)
        except ConfigError as error:
            print(f"  refused: {error}")
            continue
        used = ", ".join(f"{one.role} {one.used:.2f}" for one in plan.filling())
        print(f"  batches an epoch: {plan.a_epoch}; a row stands in an epoch so often: {used}")


def _write(files: Path, table: Path, *, primary: bool) -> None:
    """The papers with a whole title and a role."""
    roles, counts = Roles(), Counter[str]()
    with (
        (files / "arxiv_abstracts.jsonl").open(encoding="utf8") as given,
        table.open("w", encoding="utf8") as file,
    ):
        for line in given:
            row = json.loads(line)
            own = {roles.of(each) for each in row["categories"][: 1 if primary else None]}
            role = next((name for name in NAMES if name in own), None)
            if row["title_truncated"] == "no" and role is not None:
                counts[role] += 1
                kept = {name: row[name] for name in ("id", "title", "abstract")} | {"role": role}
                file.write(json.dumps(kept, ensure_ascii=False) + "\n")
    print("papers:", _told(counts))


def _learnt(table: Path) -> RoleRows:
    """The pairs of the learning side; no length, which is no matter of shares."""
    plan = TunePlan(data=table, query="title", document="abstract", role="role")
    found = read_pair_table(plan)
    learnt = learnt_pairs(found.collection, found.divided, found.leaks, roles=found.roles(plan))
    texts = len(learnt.queries) + len(learnt.documents)
    pairs = Pairs(
        sequences=[[0]] * texts,
        queries=learnt.pair_queries,
        documents=learnt.pair_documents,
        query_groups=learnt.query_groups[learnt.pair_queries],
        document_groups=learnt.document_groups,
        roles=learnt.roles,
    )
    return RoleRows(roles=learnt.roles, groups=pairs.groups, lengths=pairs.row_lengths)


def _told(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{role} {counts[role]}" for role in NAMES if role in counts)


if __name__ == "__main__":
    main()
