"""How papers say that they were withdrawn, and sentences that only look so."""

from __future__ import annotations

import pytest

from semascope.data.arxiv.papers import says_withdrawn


@pytest.mark.parametrize(
    "text",
    [
        "This paper has been withdrawn by the author due to a crucial sign error in equation 1.",
        "This submission has been withdrawn by arXiv administrators because it is a duplicate.",
        "The article is temporarily withdrawn.",
        "Paper withdrawn",
        "[Withdrawn]",
        "WITHDRAWN: superseded by 0705.1234",
        "12 pages; this version was withdrawn",
    ],
)
@pytest.mark.parametrize("where", ["abstract", "comment"])
def test_it_is_said_in_the_abstract_or_the_comment(text, where):
    assert says_withdrawn(**{"abstract": "", "comment": "", where: text})


@pytest.mark.parametrize(
    "text",
    [
        "We study aquifers from which water is withdrawn in summer.",
        "12 pages, replaces the withdrawn arXiv:0701.1234",
        "A paper on withdrawn drugs and their side effects",
        "Why are papers retracted? We look at 4,000 withdrawn preprints.",
    ],
)
def test_other_things_are_withdrawn_too(text):
    assert not says_withdrawn(abstract=text, comment=text)


def test_only_the_beginning_of_an_abstract_is_looked_at():
    late = "We follow what becomes of preprints over ten years and ask who reads them. " * 4
    assert not says_withdrawn(abstract=late + "In one case in nine the paper was withdrawn.", comment="")
