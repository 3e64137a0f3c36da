"""Roles of categories: those of the study, and those that are given."""

from __future__ import annotations

import pytest

from semascope.data.arxiv.roles import NAMES, Roles
from semascope.errors import ConfigError


@pytest.mark.parametrize(
    ("category", "role"),
    [
        ("gr-qc", "main"),
        ("hep-th", "soft"),
        ("astro-ph.CO", "soft"),
        ("math-ph", "hard"),
        ("cond-mat.stat-mech", "hard"),
        ("cs.LG", "cross"),
        ("stat.ML", "cross"),
        ("q-bio.NC", "other"),
        ("q-bio.*", "other"),
        ("astro-ph.HE", None),
        ("cs.CV", None),
    ],
)
def test_the_roles_of_the_study(category, role):
    assert Roles().of(category) == role


def test_given_categories_replace_those_of_their_role_and_leave_the_one_they_had():
    roles = Roles.parsed(["main=cs.LG, cs.CL", "main=cs.IR", "other=hep-th"])
    found = {
        each: roles.of(each) for each in ("cs.LG", "cs.CL", "cs.IR", "gr-qc", "cs.AI", "hep-th", "q-bio.NC")
    }
    assert found == {
        "cs.LG": "main",
        "cs.CL": "main",
        "cs.IR": "main",
        "gr-qc": None,
        "cs.AI": "cross",
        "hep-th": "other",
        "q-bio.NC": None,
    }


def test_a_category_named_in_full_goes_before_its_archive():
    roles = Roles.parsed(["main=q-bio.NC"])
    assert (roles.of("q-bio.NC"), roles.of("q-bio.PE")) == ("main", "other")


def test_the_words_are_those_of_the_study():
    assert NAMES == ("main", "soft", "hard", "cross", "other")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["sfot=hep-th"], "role is 'sfot=hep-th'; it must be ROLE=CATEGORY"),
        (["soft"], "role is 'soft'"),
        (["soft="], "one has no category"),
        (["soft=hep-th", "hard=hep-th"], "hep-th is named twice"),
        (["soft=Hep Th"], "category is 'Hep Th'"),
    ],
)
def test_what_is_no_role_is_said(given, message):
    with pytest.raises(ConfigError, match=message):
        Roles.parsed(given)
