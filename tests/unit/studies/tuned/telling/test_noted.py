"""Notes on a tuning: each where it is right, and not where it is not."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.data.seen import text_digests
from semascope.data.token_lengths import length_stats
from semascope.encoders.hashing import HashEncoder
from semascope.studies.tuned.telling import noted


def titles(notes):
    return [note.title for note in notes]


def test_a_loss_that_is_no_number_is_a_warning(tunings):
    course = tunings.trained(stopped="the loss was no number at step 9, so training ended there")
    (note,) = noted.ended(tunings.pairs_plan(), course)
    assert note.level == "warning" and note.text.startswith("The loss was no number at step 9")
    assert "step 16" in note.text


def test_patience_is_told_and_a_whole_training_is_not(tunings):
    (note,) = noted.ended(tunings.pairs_plan(epochs=9), tunings.trained())
    assert note.level == "info" and note.title == "Training ended after 24 of 72 steps"
    assert noted.ended(tunings.pairs_plan(epochs=3), tunings.trained()) == []


class Known(HashEncoder):
    """An encoder that was tuned on some texts."""

    def __init__(self, *texts):
        super().__init__(8)
        self.seen = np.unique(text_digests(texts))


@pytest.mark.parametrize(("known", "said"), [(("ebb",), 1), (("gale",), 0), ((), 0)])
def test_texts_that_the_base_has_seen(known, said):
    found = noted.known_to_base(Known(*known), {"query": ["ebb", "flow"], "document": ["tide"]})
    assert len(found) == said
    if said:
        assert found[0].level == "warning" and "1 of 2 queries" in found[0].text and found[0].count == 1


def test_roles_that_are_too_easy_are_named(tunings):
    hard = [tunings.hardness(main=0.7, soft=0.99), tunings.hardness(main=0.99, soft=1.0)]
    (note,) = noted.too_easy(tunings.pairs_plan(), tunings.trained(hardness=hard))
    assert note.level == "info" and note.title == "Role 'soft' was too easy to teach much"
    assert "soft 99 %" in note.text and "main" not in note.text
    (note,) = noted.too_easy(
        tunings.pairs_plan(), tunings.trained(hardness=[tunings.hardness(**{"": 0.985})])
    )
    assert note.level == "warning" and note.title == "The batches were too easy to teach much"
    assert noted.too_easy(tunings.pairs_plan(), tunings.trained()) == []
    assert noted.too_easy(tunings.pairs_plan(), tunings.trained(hardness=[])) == []


def test_texts_that_are_cut():
    lengths = length_stats(
        {"document": ["a", "a b c d", "a b c"]},
        count=lambda texts: [len(t.split()) for t in texts],
        limits=[3, 9],
    )
    (note,) = noted.cut(lengths, 3, most=9)
    assert note.level == "warning" and "33 % of the documents have more than 3 tokens" in note.text.replace(
        "\u202f", " "
    )
    assert "--tokens reads more" in note.text
    assert "The base reads no more either" in noted.cut(lengths, 3, most=3)[0].text
    assert noted.cut(lengths, 9, most=9) == [] and noted.cut((), 3, most=9) == []


@pytest.mark.parametrize(
    ("rows", "an_epoch", "title"),
    [
        (30, 90, "Role 'hard' repeats its rows"),
        (100, 40, "Role 'hard' is not used up in an epoch"),
        (100, 100, None),
        (100, 95, None),
    ],
)
def test_how_roles_are_filled(tunings, rows, an_epoch, title):
    course = tunings.trained(filling=[{"role": "hard", "rows": rows, "a_batch": 8, "an_epoch": an_epoch}])
    assert titles(noted.filled(course)) == ([title] if title else [])


def test_what_mining_came_to(tunings):
    (note,) = noted.mined(tunings.mined())
    assert note.title == "412 hard negatives mined"
    assert note.text == (
        "For 140 pairs; 3 pairs got none. 20 candidates that answer the query, or nearly repeat what does, were left out and 5 by a"
        " margin."
    )
    assert noted.mined(None) == []


def test_an_instruction_must_be_given_again(tunings):
    (note,) = noted.asked(tunings.pairs_plan(instruction="topic"))
    assert note.text.endswith("wherever the encoder is used: --instruction topic.")
    (note,) = noted.asked(tunings.pairs_plan(instruction="mine=Find the paper"))
    assert '--instruction "mine=Find the paper"' in note.text
    assert noted.asked(tunings.pairs_plan()) == []


def test_batches_that_are_one_step(tunings):
    (note,) = noted.asked(tunings.pairs_plan(batch=16, accumulate=4))
    assert note.text.startswith("Carried out as one batch of 64 (GradCache)")


def test_batches_that_are_smaller_than_asked_for(tunings):
    (note,) = noted.smaller(tunings.pairs_plan(batch=64), tunings.trained())
    assert note.level == "warning" and "each has 16" in note.text
    assert noted.smaller(tunings.pairs_plan(batch=16), tunings.trained()) == []


def test_warnings_come_first(tunings):
    class Data:
        def columns(self):
            return {"query": ["ebb"]}

        def notes(self):
            return [
                noted.Note(level="info", title="Merged", text=""),
                noted.Note(level="warning", title="Leak", text=""),
            ]

        def mined(self):
            return None

    class Start:
        encoder = HashEncoder(8)

        class checkpoint:
            max_tokens = 256

    course = tunings.trained(stopped="it stopped")
    found = noted.notes_of(tunings.pairs_plan(batch=16), Data(), Start(), course)
    assert titles(found) == ["Training ended before its time", "Leak", "Merged"]


def test_roles_that_are_dealt_with_another_are_named(tunings):
    filling = [
        {"role": "main + soft + odd", "rows": 400, "a_batch": 60, "an_epoch": 400},
        {"role": "hard", "rows": 30, "a_batch": 4, "an_epoch": 30},
    ]
    (note,) = noted.filled(tunings.trained(filling=filling, batch=64))
    assert note.title == "Roles 'soft' and 'odd' are not in every batch"
    assert "one of each 64" in note.text and "'main'" in note.text
