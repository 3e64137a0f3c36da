"""What providers billed for the documents and the queries of a study of retrieval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.embedding.bill import in_all, read_bill
from semascope.studies.result import Note
from semascope.words.texts import capital

if TYPE_CHECKING:
    from semascope.embedding.bill import Bill
    from semascope.studies.task import Records


def billing_notes(records: Records) -> list[Note]:
    """One note an encoder that was billed.

    Cells of several widths read the same vectors, and the record of each holds their bill, or an empty one where it found
    them in the store: the largest counts, once.
    """
    bills: dict[str, dict[tuple[str, ...], Bill]] = {}
    for record in records.values():
        for side in ("documents", "queries"):
            fields = record["account"].get(side, {}).get("bill")
            if not fields:
                continue
            asked = record["instruction"] if side == "queries" else record["passage"]
            bill, read = read_bill(fields), (side, record["long"], asked)
            before = bills.setdefault(record["encoder"], {}).get(read)
            if before is None or bill.requests > before.requests:
                bills[record["encoder"]][read] = bill
    return [
        Note(
            level="info",
            title=f"What {name} was billed",
            text=f"{'; '.join(capital(str(bill)) for bill in in_all(found.values()))}. What the store had was paid for before.",
        )
        for name, found in bills.items()
    ]
