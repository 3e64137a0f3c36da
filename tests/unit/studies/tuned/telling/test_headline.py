"""What a tuning says first: each sentence where it is right, and not where it is not."""

from __future__ import annotations

import pytest


@pytest.fixture
def said(tunings):
    """The headline of a made-up tuning, as one text and in sentences."""

    def say(*parts, plan=None, course=None, lost=(), width=384, **beside):
        return tunings.made(
            plan=plan, of=tunings.searched(*parts, **beside), course=course, lost=list(lost)
        ).headline

    return say


@pytest.fixture
def both(tunings):
    """Parts of unseen and seen queries, and of all, by their verdicts."""

    def make(unseen, seen, **values):
        v = tunings.verdict
        return (
            tunings.part(
                "unseen", 104, v(*unseen[:2], needed=unseen[2] if len(unseen) > 2 else None), **values
            ),
            tunings.part("seen", 196, v(*seen), **values),
            tunings.part("all", 300, v("better", 0.058), **values),
        )

    return make


def test_a_gain_on_unseen_documents_is_said_first_and_memory_after_it(said, both):
    first, second, *_ = said(*both(("better", 0.05), ("better", 0.084)))
    assert first.startswith(
        "Tuning paid: on the 104 queries whose documents training has not seen, tuned is 7.7 % better than minilm"
    )
    assert "nDCG@10 0.700 against 0.650: +0.050, 95 % +0.030 to +0.070, p 0.010 after Holm" in first
    assert second == (
        "On the 196 queries whose document stood in training it is better than minilm (+0.084, 95 % +0.064 to +0.104, p 0.010 after"
        " Holm): that may be memory."
    )


def test_a_gain_on_seen_documents_alone_is_called_one(said, both):
    first, second, *rest = said(*both(("unresolved", 0.01, 2_612), ("better", 0.084)))
    assert first.startswith(
        "A gain is shown on documents that were trained on, and no gain is shown on others: on the 104"
    )
    assert first.endswith("; about 2,600 such queries would tell.")
    assert second.endswith(": that may be memory.")
    assert rest[0].startswith("Keep minilm: ")


@pytest.mark.parametrize(
    ("word", "opening"),
    [
        ("equivalent", "Nothing was gained: on the"),
        ("worse", "Do not use it: on the"),
        ("unresolved", "No gain is shown: on the"),
    ],
)
def test_without_a_gain_it_says_so_and_keeps_the_base(said, both, word, opening):
    lines = said(*both((word, 0.0), ("unresolved", 0.0)))
    assert lines[0].startswith(opening)
    assert "memory" not in " ".join(lines) and "Tuning paid" not in lines[0]
    assert any(line.startswith("Keep minilm") for line in lines)


def test_worse_stays_a_warning_though_seen_documents_gained(said, both):
    first, second, *_ = said(*both(("worse", -0.05), ("better", 0.08)))
    assert first.startswith("Do not use it: ") and second.endswith("that may be memory.")


def test_a_loss_on_seen_documents_is_no_memory(said, both):
    assert "memory" not in said(*both(("better", 0.05), ("worse", -0.03)))[1]


def test_where_all_was_seen_nothing_is_said_of_new_documents(said, tunings):
    v = tunings.verdict("better", 0.08)
    lines = said(tunings.part("seen", 300, v), tunings.part("all", 300, v))
    assert "on the 300 queries whose document stood in training, tuned is 12 % better" in lines[0]
    assert "after Holm" not in lines[0]
    assert lines[1].startswith(
        "Every judging query asks for a document that stood in training: nothing is known of other documents"
    )


def test_where_nothing_was_seen_nothing_is_said_of_memory(said, tunings):
    v = tunings.verdict("better", 0.08)
    lines = said(tunings.part("unseen", 300, v), tunings.part("all", 300, v))
    assert "after Holm" not in lines[0] and not any("stood in training" in line for line in lines)


def test_one_query_is_one(said, tunings):
    v = tunings.verdict("unresolved", 0.1, reason="one query says nothing of others")
    lines = said(tunings.part("unseen", 1, v), tunings.part("all", 1, v))
    assert "on the one query whose documents training has not seen" in lines[0]
    assert lines[0].endswith("; one query says nothing of others.")
    assert "over the one judging query it comes to" in " ".join(lines)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            {"tuned_both": 0.75},
            "Search with hybrid:tuned+bm25: 0.750 there, where tuned alone comes to 0.700 and bm25 to 0.600.",
        ),
        (
            {"tuned_both": 0.71},
            "Search with tuned alone: bm25 comes to 0.600 there, and both together to 0.710.",
        ),
        (
            {"words": 0.8},
            "Words do better still: bm25 comes to 0.800 there, tuned to 0.700 and both together to 0.705; search with bm25.",
        ),
    ],
)
def test_it_says_what_to_search_with(said, both, values, sentence):
    assert sentence in said(*both(("better", 0.05), ("better", 0.05), **values))


@pytest.mark.parametrize(
    ("beside", "begins"),
    [
        (
            {"hybrid:minilm+bm25": ("better", 0.04)},
            "Search with hybrid:minilm+bm25: over all 300 judging queries it is better than minilm (+0.040,",
        ),
        (
            {"bm25": ("equivalent", 0.001)},
            "Search with bm25: over all 300 judging queries it is no better and no worse than minilm",
        ),
        (
            {"bm25": ("worse", -0.1)},
            "Keep minilm: over all 300 judging queries it comes to 0.650, and neither bm25 (0.600) nor both",
        ),
    ],
)
def test_without_a_gain_words_are_held_against_the_base(said, both, tunings, beside, begins):
    lines = said(
        *both(("equivalent", 0.0), ("equivalent", 0.0)),
        beside={cell: tunings.verdict(*given) for cell, given in beside.items()},
    )
    assert any(line.startswith(begins) for line in lines), lines
    assert ("runs no network" in " ".join(lines)) == ("equivalent" in str(beside))


def test_without_words_nothing_is_said_of_them(said, both):
    lines = said(*both(("better", 0.05), ("better", 0.08)), cells=("minilm", "tuned"))
    assert not any("bm25" in line for line in lines)
    lines = said(*both(("worse", -0.05), ("worse", -0.08)), cells=("minilm", "tuned"))
    assert "Keep minilm." in lines


def test_words_without_a_hybrid(said, both):
    cells = ("bm25", "minilm", "tuned")
    assert "Search with tuned alone: bm25 comes to 0.600 there." in said(
        *both(("better", 0.05), ("better", 0.08)), cells=cells
    )
    lines = said(*both(("better", 0.05), ("better", 0.08), words=0.8), cells=cells)
    assert "Words do better still: bm25 comes to 0.800 there, tuned to 0.700; search with bm25." in lines
    lines = said(*both(("worse", -0.05), ("worse", -0.08)), cells=cells)
    assert (
        "Keep minilm: over all 300 judging queries it comes to 0.650, and bm25 (0.600) is not shown to be better."
        in lines
    )


def test_the_base_is_advised_where_no_look_was_better(said, both, tunings):
    course = tunings.trained(before=0.75, looks=(0.75, 0.74))
    lines = said(*both(("better", 0.05), ("better", 0.08)), course=course)
    assert lines[0].startswith("On the 104 queries") and "Tuning paid" not in lines[0]
    assert (
        "What is kept is no better than minilm itself on the 30 choosing queries (nDCG@10 0.750 before, 0.750 after)."
        in lines
    )
    assert any(line.startswith("Keep minilm") for line in lines)
    assert not any(
        "What is kept is no better" in line for line in said(*both(("better", 0.05), ("better", 0.08)))
    )


def test_a_loss_elsewhere_is_said_with_its_figures(said, both, tunings):
    lines = said(
        *both(("better", 0.05), ("better", 0.08)),
        lost=[tunings.forgot("worse", difference=0.11), tunings.forgot(name="other")],
    )
    assert (
        "Something was forgotten: it is worse than minilm on sample urgency (MAE 1.510 against 1.400: +0.110, 95 % +0.060 to +0.160, p 0.020 after Holm)."
        in lines
    )
    assert "On other nothing was forgotten: no better and no worse than minilm." in lines


def test_what_cannot_be_told_is_not_called_kept(said, both, tunings):
    lost = [
        tunings.forgot("unresolved", needed=912),
        tunings.forgot("unresolved", name="tiny", reason="too little is left"),
    ]
    text = " ".join(said(*both(("better", 0.05), ("better", 0.08)), lost=lost))
    assert (
        "Whether sample urgency was forgotten cannot be told (MAE 1.410 against 1.400); about 910 rows would tell."
        in text
    )
    assert "Whether tiny was forgotten cannot be told: too little is left." in text
    assert "nothing was forgotten" not in text and "Something" not in text


def test_who_keeps_the_base_is_told_of_losses_only(said, both, tunings):
    lines = said(
        *both(("worse", -0.05), ("worse", -0.08)),
        lost=[tunings.forgot(), tunings.forgot("worse", name="b", difference=0.2)],
    )
    assert any("Something was forgotten" in line for line in lines)
    assert not any("nothing was forgotten" in line for line in lines)


def test_the_cost_is_seconds_and_width(said, both):
    last = said(*both(("better", 0.05), ("better", 0.08)))[-1].replace("\u202f", " ")
    assert (
        last
        == "Training took 50 s (24 steps of 16 pairs); vectors keep their 384 dimensions, so a search costs what it did."
    )


def test_it_is_six_sentences_at_most(said, both, tunings):
    lost = [tunings.forgot("worse", difference=0.2), tunings.forgot(name="b")]
    for course in (None, tunings.trained(before=0.9)):
        for word in ("better", "worse", "equivalent", "unresolved"):
            lines = said(*both((word, 0.05), ("better", 0.08)), course=course, lost=lost)
            assert 3 <= len(lines) <= 6, lines


@pytest.fixture
def of_texts(tunings):
    """The headline of a made-up tuning by labels."""

    def say(*parts, course=None):
        return tunings.made(
            plan=tunings.labels_plan(), of=tunings.separated(*parts), course=course, lost=[]
        ).headline

    return say


def test_of_labels_neighbours_come_first(of_texts, tunings):
    lines = of_texts(
        tunings.of_labels("all", tunings.verdict("better", 0.04), silhouette=tunings.verdict("better", 0.1))
    )
    assert lines[0] == (
        "Tuning paid: neighbours tell subject better than those of minilm on 240 texts that were not trained on (kNN accuracy 0.850"
        " against 0.810: +0.040, 95 % +0.020 to +0.060, p 0.010)."
    )
    assert not any("silhouette" in line or "Keep" in line for line in lines)


def test_higher_cosines_alone_are_no_gain(of_texts, tunings):
    lines = of_texts(
        tunings.of_labels(
            "all",
            tunings.verdict("unresolved", 0.012, needed=2_400),
            silhouette=tunings.verdict("better", 0.023),
        )
    )
    assert lines[0].startswith(
        "No gain is shown: whether neighbours tell subject better than those of minilm cannot be told on 240 texts"
    )
    assert lines[0].endswith("; about 2,400 such texts would tell.")
    assert lines[1] == (
        "The silhouette rose from 0.064 to 0.087 although no text is shown to find its subject more often: higher cosines without a"
        " shown gain."
    )
    assert "Keep minilm." in lines
    without = of_texts(tunings.of_labels("all", tunings.verdict("unresolved", 0.012)))
    assert not any("silhouette" in line for line in without)


@pytest.mark.parametrize(
    ("word", "opening"), [("equivalent", "Nothing was gained: "), ("worse", "Do not use it: ")]
)
def test_of_labels_no_gain_and_a_loss(of_texts, tunings, word, opening):
    lines = of_texts(tunings.of_labels("all", tunings.verdict(word, 0.0)))
    assert lines[0].startswith(opening) and "Keep minilm." in lines


def test_labels_that_were_not_met_stand_apart(of_texts, tunings):
    parts = [
        tunings.of_labels("all", tunings.verdict("better", 0.04)),
        tunings.of_labels("unseen", tunings.verdict("equivalent", 0.001), texts=40, labels=1),
    ]
    lines = of_texts(*parts)
    assert lines[1].startswith(
        "Among the 40 texts of 1 label that training has not met they tell it no better and no worse (kNN accuracy"
    )
    assert "after Holm" in lines[1]
    assert not any("not met" in line for line in of_texts(parts[0]))


def test_labels_that_cannot_be_judged(of_texts, tunings):
    lines = of_texts(tunings.of_labels("all", None, reason="all vectors of the tuned encoder are the same"))
    assert (
        lines[0]
        == "Whether subject is told better than by minilm could not be judged: all vectors of the tuned encoder are the same."
    )
    assert "Keep minilm." in lines
