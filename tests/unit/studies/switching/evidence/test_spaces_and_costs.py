"""What must be encoded again, what that takes, and vectors that lie in files."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.data.read_vectors import VectorsFile
from semascope.data.table import Table
from semascope.encoders.hashing import HashEncoder
from semascope.encoders.instructions import Instruction, parse_instruction
from semascope.encoders.remedied.encoder import RemediedEncoder
from semascope.encoders.remedied.remedy import Remedy
from semascope.errors import DataError
from semascope.store.vectors import VectorStore
from semascope.studies.switching.asking.origin import FromTable
from semascope.studies.switching.asking.side import Side
from semascope.studies.switching.evidence.again import least_cosine, must_encode
from semascope.studies.switching.evidence.costs import TRIED, reencoding, speed_of
from semascope.studies.switching.evidence.spaces import Placed, kinds_of, place, place_both
from semascope.types import silent

TEXTS = [f"the tide stands at {row} feet and rises" for row in range(90)]
ROWS = FromTable(table=Table.from_columns({"text": TEXTS}), file_rows=90)


class Counting(HashEncoder):
    """Counts the texts that it encodes."""

    encoded = 0

    def encode(self, prompts):
        self.encoded += len(prompts)
        return super().encode(prompts)


def side(name="hash", encoder=None, *, dim=None, instruction="default", precision="auto", file=None):
    return Side(
        name=name,
        source=name,
        encoder=encoder,
        instruction=parse_instruction(instruction),
        dim=dim,
        precision=precision,
        file=file,
    )


def placed(found: Side, width: int = 16):
    return Placed(side=found, vectors=np.zeros((2, width), dtype=np.float32), space="x", account=None)


def file_of(vectors, name="v.npy"):
    from pathlib import Path

    return VectorsFile(path=Path(name), vectors=vectors, taken="", digest=str(vectors.tobytes())[:8])


def test_another_space_is_encoded_again():
    found = must_encode(
        placed(side("a", HashEncoder(16))), placed(side("b", HashEncoder(8)), 8), what="document"
    )
    assert (found.needed, found.one_space) == (True, False)
    assert found.why == "Every document is encoded again: b places it in another space."


def test_a_remedy_is_carried_out_on_the_vectors_that_are_there():
    centre = Remedy(name="centre", mean=np.full(16, 0.1, dtype=np.float32), matrix=None, fitted_on=9)
    mended = RemediedEncoder(HashEncoder(16), centre, name="mended")
    found = must_encode(placed(side("a", HashEncoder(16))), placed(side("b", mended)))
    assert (found.needed, found.one_space) == (False, False)
    assert (
        found.why == "Nothing is encoded again: the remedy of b is carried out on the vectors that are there."
    )
    assert must_encode(placed(side("a", HashEncoder(16)), 8), placed(side("b", mended))).needed  # cut before
    assert must_encode(placed(side("b", mended)), placed(side("a", HashEncoder(16)))).needed  # no way back
    under = side("b", mended, instruction="own=Judge it")
    assert must_encode(placed(side("a", HashEncoder(16))), placed(under)).needed


def test_one_space_is_not():
    found = must_encode(placed(side("a", HashEncoder(16))), placed(side("b", HashEncoder(16))))
    assert (found.needed, found.one_space, found.why) == (
        False,
        True,
        "Nothing is encoded again: it is one space.",
    )


def test_another_precision_of_one_space_is_not():
    other = HashEncoder(16)
    other.fingerprint = f"{other.space.digest}-bfloat16"
    found = must_encode(placed(side("a", HashEncoder(16))), placed(side("b", other)))
    assert (found.needed, found.one_space) == (False, True)
    assert found.why.endswith("it is one space, computed in another precision.")


def test_a_cut_width_is_not_and_a_wider_one_is():
    wide, narrow = placed(side("a", HashEncoder(16))), placed(side("b", HashEncoder(16), dim=4), 4)
    found = must_encode(wide, narrow)
    assert (found.needed, found.one_space) == (False, False)
    assert "are cut to 4 numbers" in found.why
    back = must_encode(narrow, wide)
    assert back.needed
    assert "b has 4 of the 16 numbers, unless the others were kept" in back.why


def test_another_instruction_changes_texts_and_no_documents():
    one, other = placed(side("a", HashEncoder(16))), placed(side("b", HashEncoder(16), instruction="topic"))
    assert "under another instruction" in must_encode(one, other).why
    assert not must_encode(one, other, role="document").needed
    assert isinstance(other.side.instruction, Instruction)


def test_of_files_the_vectors_themselves_say():
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((50, 12)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)

    def of(vectors):
        return Placed(side=side("v.npy"), vectors=vectors.astype(np.float32), space="x", account=None)

    same = must_encode(of(rows), of(rows))
    assert (same.needed, same.one_space, same.why) == (
        False,
        True,
        "Nothing is encoded again: the vectors are the same.",
    )
    rounded = must_encode(of(rows), of(rows + 0.002 * rng.standard_normal(rows.shape)))
    assert rounded.one_space
    assert "but for rounding (the two of a text, less the means, have a cosine of 0.9" in rounded.why
    cut = rows[:, :6] / np.linalg.norm(rows[:, :6], axis=1, keepdims=True)
    assert (
        must_encode(of(rows), of(cut)).why
        == "Nothing is encoded again: v.npy has OLD's vectors cut to 6 numbers."
    )
    assert not must_encode(of(rows), of(cut)).one_space
    for other in (rows[:, ::-1], np.concatenate([rows, rows], axis=1)):
        assert must_encode(of(rows), of(other)).needed
    assert np.isnan(least_cosine(of(cut), of(rows)))
    assert least_cosine(of(rows), of(-rows)) == pytest.approx(-1, abs=1e-6)


def test_one_text_elsewhere_is_enough():
    rows = np.eye(8, dtype=np.float32)
    other = rows.copy()
    other[5] = rows[0]
    one, two = (Placed(side=side("v"), vectors=each, space="x", account=None) for each in (rows, other))
    assert must_encode(one, two).needed


def test_a_store_that_has_all_vectors_makes_nothing_look_free(tmp_path):
    store = VectorStore(tmp_path)
    for _ in range(2):  # the second finds all in the store
        encoder = Counting(8)
        new = place(side("new", encoder), TEXTS, ROWS, store=store, progress=silent)
    before = encoder.encoded
    assert before == 0
    speed = speed_of(new, TEXTS, role=None, price=3.0, seed=1, progress=silent)
    assert encoder.encoded >= TRIED
    assert speed.tried == TRIED
    assert speed.tokens == 8  # words of a text
    assert speed.seconds_per_million > 0
    assert speed.money_per_million == pytest.approx(speed.seconds_per_million / 3600 * 3)


def test_what_this_run_encoded_tells_the_speed_where_it_is_enough(tmp_path, monkeypatch):
    from semascope.studies.switching.evidence import costs

    monkeypatch.setattr(costs, "_ENOUGH", 100)
    encoder = Counting(8)
    new = place(side("new", encoder), TEXTS, ROWS, store=VectorStore(tmp_path), progress=silent)
    before = encoder.encoded
    speed = speed_of(new, TEXTS, role=None, price=None, seed=1, progress=silent)
    assert encoder.encoded == before == speed.tried == 90
    assert np.isnan(speed.money_per_million)


def test_texts_of_the_file_take_their_share_of_a_million(tmp_path):
    store = VectorStore(tmp_path)
    old, new = (
        place(side(f"h{d}", HashEncoder(d)), TEXTS, ROWS, store=store, progress=silent) for d in (4, 8)
    )
    found = reencoding(old, new, TEXTS, price=None, seed=1, progress=silent)
    assert (found.needed, found.texts, found.tokens) == (True, 90, 720)
    assert found.seconds == pytest.approx(found.speeds["new"].seconds_per_million * 90 / 1e6)


def test_nothing_is_timed_where_both_are_one_encoder(tmp_path):
    old, new = (place(side("h", HashEncoder(4)), TEXTS, ROWS, store=None, progress=silent) for _ in range(2))
    found = reencoding(old, new, TEXTS, price=None, seed=1, progress=silent)
    assert (found.needed, found.texts, found.tokens, found.seconds, found.speeds) == (False, 0, 0, 0.0, {})


def test_vectors_of_a_file_are_brought_to_unit_length_and_cut(tmp_path):
    vectors = 3 * np.random.default_rng(0).standard_normal((90, 6)).astype(np.float16)
    found = place(side("v.npy", dim=4, file=file_of(vectors)), TEXTS, ROWS, store=None, progress=silent)
    wanted = vectors[:, :4].astype(np.float64)
    np.testing.assert_allclose(
        found.vectors, wanted / np.linalg.norm(wanted, axis=1, keepdims=True), atol=1e-3
    )
    assert found.account is None
    assert "90 rows of 6 numbers, matched by position" in found.stated[0]
    assert found.stated[1] == "90 rows of another length than 1 were brought to it"


def test_a_width_that_a_file_has_not_is_refused():
    found = side("v.npy", dim=9, file=file_of(np.ones((90, 6), dtype=np.float32)))
    with pytest.raises(ValueError, match=r"dim is 9; the vectors in v\.npy have 6 dims"):
        place(found, TEXTS, ROWS, store=None, progress=silent)


def test_a_file_that_does_not_fit_is_found_before_anything_is_encoded():
    encoder = Counting(8)
    sides = side("old", encoder), side("v.npy", file=file_of(np.ones((4, 6), dtype=np.float32)))
    with pytest.raises(DataError, match="4 vectors"):
        place_both(sides, TEXTS, ROWS, store=None, progress=silent)
    assert encoder.encoded == 0


def test_queries_without_vectors_are_asked_for():
    found = side("v.npy", file=file_of(np.ones((90, 6), dtype=np.float32)))
    with pytest.raises(DataError, match="--old-queries or --new-queries"):
        place(found, TEXTS, ROWS, role="query", store=None, progress=silent)


def test_copies_are_equal_in_both_spaces():
    old = np.eye(4, dtype=np.float32)[[0, 1, 0, 0]]
    new = np.eye(4, dtype=np.float32)[[0, 1, 0, 2]]
    assert kinds_of(old, new).tolist() == [0, 1, 0, 2]


def test_an_instruction_stands_before_queries_and_no_documents():
    seen = []

    class Recording(HashEncoder):
        def encode(self, prompts):
            seen.extend(prompts)
            return super().encode(prompts)

    asked = side("h", Recording(4), instruction="x=Find the tide")
    for role in ("document", "query", None):
        place(asked, ["one"], FromTable(table=Table.from_columns({"text": ["one"]}), file_rows=1), role=role, store=None, progress=silent)  # fmt: skip
    assert [("Find the tide" in prompt) for prompt in seen] == [False, True, True]


def test_vectors_of_a_cone_in_another_order_are_another_space():
    rng = np.random.default_rng(5)
    cone = np.concatenate([rng.standard_normal((90, 8)), np.full((90, 1), 40.0)], axis=1)
    cone = (cone / np.linalg.norm(cone, axis=1, keepdims=True)).astype(np.float32)
    old, new = (
        Placed(side=side(name, file=file_of(rows)), vectors=rows, space=name, account=None)
        for name, rows in (("a", cone), ("b", cone[rng.permutation(90)]))
    )
    assert float((old.vectors * new.vectors).sum(axis=1).min()) > 0.98
    assert least_cosine(old, new) < 0
    assert must_encode(old, new).needed
