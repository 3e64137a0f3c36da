"""Cells that failed: what is said of them, and which encoders a study can go on with."""

from __future__ import annotations

import pytest

from semascope.encoders.hashing import HashEncoder
from semascope.errors import NotServed
from semascope.studies.failing import failed_notes, reached, refuse_without


class Silent(HashEncoder):
    """Its width is known to nobody, and it answers nobody."""

    width = None

    @property
    def dim(self) -> int:
        if self.width is None:
            raise NotServed("nobody answers")
        return self.width

    @dim.setter
    def dim(self, value: int) -> None: ...

    def expect_width(self, width: int) -> None:
        self.width = width


def test_one_warning_a_reason():
    notes = failed_notes({"a": "no key", "b": "gone", "c": "no key"})
    assert [(note.level, note.title, note.count) for note in notes] == [
        ("warning", "2 cells failed", 2),
        ("warning", "1 cell failed", 1),
    ]
    assert notes[0].text.startswith("a; c: no key. The same command completes them")
    assert failed_notes({}) == []


def test_without_the_baseline_nothing_is_judged():
    refuse_without("a", {"b": "gone"})
    with pytest.raises(NotServed, match="the baseline 'a' failed: gone; what the other cells gave is kept"):
        refuse_without("a", {"a": "gone"})


def test_others_go_on_without_the_one_that_does_not_answer():
    hashed = HashEncoder(8)
    found, lost = reached({"far": Silent(8), "near": hashed}, {})
    assert found == {"near": hashed}
    assert lost == {"every cell of far": "nobody answers"}


def test_records_know_the_width_of_one_that_does_not_answer():
    silent = Silent(8)
    found, lost = reached({"far": silent}, {"cell": {"source": "hash:8", "encoder_dim": 24}})
    assert found == {"far": silent}
    assert not lost
    assert silent.dim == 24
    again = Silent(8)
    reached({"far": again}, {"cell": {"made_of": {"source": "hash:8"}, "encoder_has": {"dim": 16}}})
    assert again.dim == 16


@pytest.mark.parametrize("needed", ["far", ""])
def test_the_one_that_is_needed_or_alone_ends_it(needed):
    encoders = {"far": Silent(8)} | ({"near": HashEncoder(8)} if needed else {})
    with pytest.raises(NotServed, match="nobody answers"):
        reached(encoders, {}, needed=needed)
