"""Intervals of half-samples over many samples of one population hold the number's mean as often as they promise."""

import numpy as np

from semascope.geometry.columns.explaining import explained_by
from semascope.geometry.halves import draw_halves
from semascope.geometry.shape.alignment import alignment_of_labels
from semascope.geometry.shape.cosine import mean_cosine
from semascope.geometry.shape.dimension import intrinsic_dimension
from semascope.geometry.shape.hubness import hubness
from semascope.geometry.shape.isotropic import isotropic_numbers
from semascope.geometry.shape.partition import partition_isotropy
from semascope.geometry.shape.sums import add_up
from semascope.geometry.shape.uniformity import uniformity
from semascope.geometry.shape.variances import measure_variances
from semascope.neighbors import top_k

TEXTS, DIMS, WORLDS = 120, 6, 25


def sample(seed):
    """Texts of five labels around centres, in a cone, with variances that fall."""
    centres = np.random.default_rng(1).standard_normal((5, DIMS))
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 5, TEXTS)
    rows = (centres[codes] + rng.standard_normal((TEXTS, DIMS))) * 0.8 ** np.arange(DIMS) + 0.5
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), codes


def numbers(rows, codes, seed, null):
    halves = draw_halves(TEXTS, seed=seed)
    sums, nearest = add_up(rows, halves), top_k(rows, rows, 30, exclude_self=True)
    return {
        "mean_cosine": mean_cosine(sums),
        **measure_variances(sums, null=null.spectra).measured,
        "partition_isotropy": partition_isotropy(sums, null=null.partitions),
        "uniformity": uniformity(rows, halves, seed=1),
        "alignment": alignment_of_labels(rows, codes, sums),
        "intrinsic_dimension": intrinsic_dimension(rows, nearest, halves),
        "hubness": hubness(nearest.indices, halves),
        "explained": explained_by(rows, {"label": [str(code) + "x" for code in codes]}, halves=halves)[
            "label"
        ].share,
    }


def test_intervals_cover():
    """95 % is promised; of 25 samples 20 and more then come out in 99.8 % of cases. Too wide by half is as wrong."""
    null = isotropic_numbers(TEXTS, DIMS, seed=1)
    found = {}
    for world in range(WORLDS):
        for key, number in numbers(*sample(world), world, null).items():
            found.setdefault(key, []).append(number)
    for key, each in found.items():
        values = np.array([number.value for number in each])
        low = np.array([number.estimate.low for number in each])
        high = np.array([number.estimate.high for number in each])
        truth = values.mean()
        assert ((low <= truth) & (truth <= high)).sum() >= 20, key
        assert np.median(high - low) / 2 < 2 * 1.96 * values.std(ddof=1), key
