"""Which way of turning your texts into vectors, and those vectors into answers, should you use?

Importing this package loads nothing heavy; each public name is loaded when it is first used.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as for mypy; the command line listens to Ctrl-C only when this file is read
if TYPE_CHECKING:
    from typing import Any

    from semascope.data.read import read_table
    from semascope.data.table import Table
    from semascope.embedding.path import embed
    from semascope.encoders.api.settings import ApiSettings
    from semascope.encoders.hashing import HashEncoder
    from semascope.encoders.loading import load_encoder
    from semascope.encoders.protocol import Encoder
    from semascope.learner.example import RankingExample
    from semascope.learner.learner import ValueLearner
    from semascope.maps.build_map import build_map
    from semascope.maps.linked_map import LinkedMap
    from semascope.probes.scorer import Scorer
    from semascope.reports.geometry.run import describe_geometry
    from semascope.reports.retrieval.run import evaluate_retrieval
    from semascope.reports.run import run_study
    from semascope.reports.switching.run import may_switch
    from semascope.reports.tuned.run import tune
    from semascope.retrieval.indexes.index import Index
    from semascope.store.vectors import VectorStore
    from semascope.studies.geometry.comparing.compare import compare_spaces
    from semascope.studies.heads.asking.settings import Study

__version__ = "0.1.0"

_WHERE = {
    "read_table": "semascope.data.read",
    "Table": "semascope.data.table",
    "ApiSettings": "semascope.encoders.api.settings",
    "load_encoder": "semascope.encoders.loading",
    "Encoder": "semascope.encoders.protocol",
    "HashEncoder": "semascope.encoders.hashing",
    "embed": "semascope.embedding.path",
    "VectorStore": "semascope.store.vectors",
    "Scorer": "semascope.probes.scorer",
    "ValueLearner": "semascope.learner.learner",
    "RankingExample": "semascope.learner.example",
    "Study": "semascope.studies.heads.asking.settings",
    "run_study": "semascope.reports.run",
    "evaluate_retrieval": "semascope.reports.retrieval.run",
    "Index": "semascope.retrieval.indexes.index",
    "compare_spaces": "semascope.studies.geometry.comparing.compare",
    "describe_geometry": "semascope.reports.geometry.run",
    "build_map": "semascope.maps.build_map",
    "may_switch": "semascope.reports.switching.run",
    "tune": "semascope.reports.tuned.run",
    "LinkedMap": "semascope.maps.linked_map",
}

__all__ = [
    "ApiSettings",
    "Encoder",
    "HashEncoder",
    "Index",
    "LinkedMap",
    "RankingExample",
    "Scorer",
    "Study",
    "Table",
    "ValueLearner",
    "VectorStore",
    "build_map",
    "compare_spaces",
    "describe_geometry",
    "embed",
    "evaluate_retrieval",
    "load_encoder",
    "may_switch",
    "read_table",
    "run_study",
    "tune",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'semascope' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
