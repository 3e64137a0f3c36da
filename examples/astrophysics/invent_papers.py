"""Write papers that nobody has written, for the astrophysics study where arXiv cannot be asked: 107 titles with abstracts, 54 questions.

python examples/astrophysics/invent_papers.py            writes examples/data/invented_papers.jsonl

Nothing in them is physics. A title names a thing and what happens to it in one way, its abstract in another; papers of one role
share things and happenings, so that wrong answers of one's own subject are hard and those of others are easy.
"""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np

PLACE = Path(__file__).resolve().parents[1] / "data" / "invented_papers.jsonl"
Said = tuple[str, str]  # in the title, in the abstract

THINGS: dict[str, tuple[str, list[Said]]] = {
    "main": (
        "gr-qc",
        [
            ("a slowly rotating black hole", "a horizon with little spin"),
            ("a charged wormhole", "a throat that carries charge"),
            ("a binary of neutron stars", "two compact stars on a common orbit"),
            ("a gravastar", "a dark body without a horizon"),
            ("a boson star", "a self-bound cloud of a scalar field"),
            ("an extreme mass-ratio inspiral", "a small body that spirals into a heavy one"),
            ("a collapsing shell of dust", "a thin layer of pressureless matter that falls in"),
        ],
    ),
    "soft": (
        "hep-th",
        [
            ("a near-extremal brane", "a brane close to its lowest temperature"),
            ("a holographic fluid", "the fluid at the boundary of a curved bulk"),
            ("a cosmic string loop", "a closed line of false vacuum"),
            ("an inflating patch", "a region whose scale factor grows exponentially"),
            ("a flux vacuum", "a compactification with quantised fluxes"),
            ("a supergravity soliton", "a smooth lump of the supergravity fields"),
        ],
    ),
    "hard": (
        "math-ph",
        [
            ("a disordered spin chain", "a line of spins with random couplings"),
            ("a kagome antiferromagnet", "a frustrated lattice of corner-sharing triangles"),
            ("a random matrix ensemble", "large Hermitian matrices with independent entries"),
            ("a zero-range process", "particles that hop at rates set by their own site"),
            ("a quantum graph", "a wave operator on a network of edges"),
        ],
    ),
    "cross": (
        "cs.LG",
        [
            ("a graph neural network", "message passing over nodes"),
            ("a normalising flow", "an invertible map with a known density"),
            ("a bandit with delays", "an agent whose rewards arrive late"),
            ("a sparse autoencoder", "a code in which few units are active"),
        ],
    ),
    "other": (
        "q-bio.PE",
        [
            ("a plankton bloom", "a burst of algae near the surface"),
            ("a gene drive in mosquitoes", "a biased allele that spreads through insects"),
            ("a coral reef", "colonies of polyps on a warming shelf"),
            ("a flock of starlings", "birds that turn together at dusk"),
        ],
    ),
}
HAPPENINGS: dict[str, list[Said]] = {
    "main": [
        ("Ringdown", "how the disturbance dies away"),
        ("Tidal deformation", "the shape that an outer field imposes"),
        ("Frame dragging", "the precession of a gyroscope carried along"),
        ("Superradiant growth", "the amplification of waves at the expense of spin"),
        ("Light echoes", "pulses that return after a delay"),
    ],
    "soft": [
        ("Thermal decay", "the rate at which it goes over into radiation"),
        ("Entanglement growth", "the spread of correlations between two halves"),
        ("Moduli stabilisation", "what holds its flat directions in place"),
        ("Ringdown", "how a perturbation of the bulk fades"),
    ],
    "hard": [
        ("Spectral gaps", "the distance between the lowest two levels"),
        ("Large deviations", "the probability of rare currents"),
        ("Localisation", "why its eigenstates stay near one place"),
        ("Critical slowing", "the divergence of relaxation times"),
    ],
    "cross": [
        ("Generalisation", "its error on inputs that it has not met"),
        ("Calibration", "whether its probabilities come true"),
        ("Fast training", "the number of updates until it converges"),
        ("Forgetting", "what is lost when a second task is learnt"),
    ],
    "other": [
        ("Collapse", "the sudden loss of most individuals"),
        ("Synchrony", "how its members come to act at once"),
        ("Recovery", "the years until former numbers return"),
    ],
}
METHODS = [
    "We solve the linearised equations by matched expansions",
    "We integrate the full system on a nested grid",
    "A variational bound is derived and then tightened numerically",
    "We sample some ten thousand realisations and fit the tail",
    "An exact transfer matrix reduces the problem to one dimension",
    "We compare a closed form with long simulations",
]
RESULTS = [
    "The leading correction scales with the inverse square of the size",
    "Beyond a threshold the sign of the effect is reversed",
    "The dependence on initial data disappears after a short transient",
    "An earlier estimate turns out to be too large by a factor of three",
    "Two regimes are found, separated by a smooth crossover",
    "The effect survives strong noise",
    "No trace is left of the symmetry that was assumed before",
]
ENDS = [
    "Observations of the next decade could tell.",
    "We discuss which of these findings are generic.",
    "The code and its tests are described.",
    "Open questions are listed.",
    "A simple picture explains the numbers.",
]


def main() -> None:
    rows = papers(seed=17)
    PLACE.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf8")


def papers(*, seed: int) -> list[dict[str, str]]:
    """A row a question: each title asks for its abstract, and of every other paper a question in words of its own does too."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, str]] = []
    number = 0
    for role, (category, things) in THINGS.items():
        for thing, happening in product(things, HAPPENINGS[role]):
            number += 1
            paper = {
                "paper": f"invented/{number:03d}",
                "abstract": _abstract(thing, happening, rng),
                "primary": category,
                "role": role,
                "published": f"{2015 + int(rng.integers(0, 10))}-{1 + int(rng.integers(0, 12)):02d}",
            }
            rows.append({"query": f"{happening[0]} of {thing[0]}", "kind": "title", **paper})
            if number % 2:
                asked = f"What is known about {happening[1]}, for {thing[0]}?"
                rows.append({"query": asked, "kind": "question", **paper})
    return [rows[place] for place in rng.permutation(len(rows))]


def _abstract(thing: Said, happening: Said, rng: np.random.Generator) -> str:
    results = rng.permutation(RESULTS)[:2]
    share = int(rng.integers(3, 60))
    return (
        f"We study {happening[1]} in the case of {thing[1]}. {METHODS[int(rng.integers(len(METHODS)))]}. {results[0]}, at the level of"
        f" {share} percent. {results[1]}. {ENDS[int(rng.integers(len(ENDS)))]}"
    )


if __name__ == "__main__":
    main()
