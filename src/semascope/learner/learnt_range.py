"""Which scores a saved model was fitted on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from semascope.errors import ArtifactError
from semascope.learner import ensemble_file, model_file
from semascope.learner.model_parts import from_lines
from semascope.probes.artifact import load_attachments

if TYPE_CHECKING:
    from pathlib import Path

_FILES = (
    (model_file.EXAMPLES, model_file.SETTINGS),
    (ensemble_file.EXAMPLES, ensemble_file.SETTINGS),
)


def learnt_range(path: str | Path) -> tuple[float, float] | None:
    """Lowest and highest score that the learner or the ensemble saved at ``path`` was fitted on.

    None for a scorer without examples.

    Raises
    ------
    ArtifactError
        When the examples cannot be read.
    """
    for examples, settings in _FILES:
        attached = load_attachments(path, only=(examples, settings))
        if len(attached) == 2:
            try:
                fitted = int(json.loads(attached[settings])["fitted"])
                scores = [float(example.score) for example in from_lines(attached[examples])[:fitted]]
                return min(scores), max(scores)
            except (KeyError, ValueError, TypeError) as error:
                raise ArtifactError(
                    f"the examples of {path} cannot be read ({type(error).__name__}: {error}); use the original"
                ) from error
    return None
