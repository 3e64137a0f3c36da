"""Search help pages: find out which way of searching answers what customers ask, then search with it.

python examples/help_search.py --output runs/help

The pages and questions are those of a ferry company that there is not. Some questions name a form or a harbour, which
words find; others say the same in other words, which vectors find; and two pages are so long that their end is not read.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from textwrap import fill, indent

import semascope as sm

HELP = Path(__file__).parent / "data" / "ferry_help"
WAYS = ("bm25", "minilm", "hybrid:minilm+bm25", "hybrid:minilm+bm25,way=sum")
ASKED = (
    "Do I need form HL-27 for a dent?",  # a form that one page names
    "Is there somewhere to breastfeed?",  # no word of its page
    "Is it allowed to fly a drone from the deck?",  # at the end of a long page
)
TITLE = "The sauna on the Petrel"
TEXT = (
    "Since this spring there is a sauna with a view behind the bridge. It is heated from ten o'clock on and takes six"
    " people. Towels can be borrowed, an hour costs 14, and swimming things are worn."
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=Path, default=Path(), help="folder for the study and the vectors")
    output = parser.parse_args().output

    store = sm.VectorStore(output / "vectors")
    result = sm.evaluate_retrieval(
        HELP,
        encoder=WAYS,
        passage="128",
        slice="topic",
        precision="float32",  # so that every processor gives the same digits
        store=store,
        output=output / "study",
    )
    print(result.headline[0])
    print(f"\n{result.measure} of {result.estimating} questions, chosen on {result.choosing} others")
    for cell in sorted(result.cells, key=lambda cell: -cell.estimate.value):
        estimate, mark = cell.estimate, "*" if cell.id == result.winner else " "
        print(
            f"{mark} {cell.label:26}  {estimate.value:.3f}  {estimate.low:.3f} to {estimate.high:.3f}  {cell.verdict.word}"
        )

    index = sm.Index.open(output / "study" / "winner", store=store)
    for question, hits in zip(ASKED, index.search(ASKED, k=3), strict=True):
        print(f"\n{question}")
        for hit in hits:
            print(f"  {hit.rank} {hit.id:20} {hit.score:.2f}  {hit.title}")
        print(indent(fill(hits[0].snippet.text, 90), " " * 4))

    print(f"\nin German alone: {index.search(['Darf mein Hund mit?'], k=1, where='lang=de')[0][0].title}")

    question = "Can I warm up in a steam bath?"
    index.add([TEXT], ids=["sauna"], titles=[TITLE], columns={"topic": ["on board"], "lang": ["en"]})
    print(f"\n{len(index)} pages with a new one; {question} {index.search([question], k=1)[0][0].title}")
    index.delete(["sauna"])
    print(f"{len(index)} pages without it; {question} {index.search([question], k=1)[0][0].title}")


if __name__ == "__main__":
    main()
