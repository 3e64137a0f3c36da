"""A finished geometry of two planted spaces."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.reports.geometry.run import describe_geometry

LABELS = ("reef", "dune", "pier", "<b>gull</b>")


@pytest.fixture(scope="session")
def planted():
    """120 texts of four labels: apart in one space; in the other the same behind a large common direction."""
    rng = np.random.default_rng(1)
    codes = np.arange(120) % 4
    centres = rng.standard_normal((4, 12))
    apart = centres[codes] + 0.6 * rng.standard_normal((120, 12))
    cone = np.concatenate([apart, np.full((120, 1), 25.0)], axis=1)
    texts = [f"<script>alert({row})</script> a text about {LABELS[code]}" for row, code in enumerate(codes)]
    return describe_geometry(
        {"apart": apart, "cone": cone},
        labels=[LABELS[code] for code in codes],
        texts=texts,
        compare=True,
        remedy=["centre", "whiten"],
    )
