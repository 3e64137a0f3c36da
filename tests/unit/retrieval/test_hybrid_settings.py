"""How a hybrid is written, and what is refused."""

from __future__ import annotations

import pytest

from semascope.errors import ConfigError
from semascope.retrieval.hybrid_settings import Hybrid, is_hybrid


def test_a_flag_and_a_mapping_mean_the_same():
    flag = Hybrid.read("hybrid: minilm + bm25, way=sum, weight=0.3, depth=200")
    assert flag == Hybrid.read({"parts": "minilm+bm25", "way": "sum", "weight": 0.3, "depth": 200})
    assert flag == Hybrid.read({"parts": ["minilm", "bm25"], "way": "sum", "weight": 0.3, "depth": 200})
    assert flag.parts == ("minilm", "bm25")
    assert flag.label == "hybrid:minilm+bm25,way=sum,weight=0.3,depth=200"
    assert Hybrid.read(flag.label) == Hybrid.read(flag) == flag
    assert Hybrid.read("hybrid:a+b,name=both").label == "both"


def test_the_defaults():
    plain = Hybrid.read("hybrid:minilm+bm25:k1=0.9+e5")
    assert plain.label == "hybrid:minilm+bm25:k1=0.9+e5"
    assert (plain.parts, plain.way, plain.damping) == (("minilm", "bm25:k1=0.9", "e5"), "rrf", 60)
    assert plain.written() == {"parts": ["minilm", "bm25:k1=0.9", "e5"]}
    assert Hybrid.read("hybrid:a+b,k=0").damping == 0


def test_whose_name_it_is():
    assert is_hybrid("hybrid:minilm+bm25")
    assert not is_hybrid("hybrids:a+b") and not is_hybrid("bm25")


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("minilm+bm25", "'minilm\\+bm25' is no hybrid; write for example hybrid:minilm"),
        ("hybrid", "'hybrid': a hybrid has two parts or more"),
        ("hybrid:minilm+", "a hybrid has two parts or more"),
        ("hybrid:minilm", "a hybrid has two parts or more, each once"),
        ("hybrid:a+b+a", "a hybrid has two parts or more, each once"),
        ("hybrid:a+b+c,way=sum", "a sum has two parts, here are 3; take way=rrf"),
        ("hybrid:a+b,way=sum,k=3", "k belongs to way=rrf; leave it out"),
        ("hybrid:a+b,weight=0.3", "weight belongs to way=sum; leave it out"),
        ("hybrid:a+b,way=sum,weight=1.2", "weight is '1.2'; it must be less than or equal to 1"),
        ("hybrid:a+b,way=mean", "way is 'mean'; it must be 'rrf' or 'sum'"),
        ("hybrid:a+b,depth=0", "depth is '0'; it must be greater than or equal to 1"),
        ("hybrid:a+b,parts=c", "parts stand before the first comma"),
        ("hybrid:a+b,ways=sum", "setting 'ways' is unknown; .*did you mean 'way'"),
        (7, "hybrid is 7; it must be two cells or more"),
        ({}, "setting 'parts' is missing; a hybrid needs parts"),
    ],
)
def test_what_cannot_be_is_refused(written, message):
    with pytest.raises(ConfigError, match=message):
        Hybrid.read(written)
