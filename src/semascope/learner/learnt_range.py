"""Which scores a saved model was fitted on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from semascope.errors import ArtifactError
from semascope.learner.model_file import EXAMPLES, SETTINGS, from_lines
from semascope.probes.artifact import load_attachments

if TYPE_CHECKING:
    from pathlib import Path


def learnt_range(path: str | Path) -> tuple[float, float] | None:
    """Lowest and highest score that the learner saved at ``path`` was fitted on.

    None for a scorer without examples.

    Raises
    ------
    ArtifactError
        When the examples cannot be read.
    """
    attached = load_attachments(path, only=(EXAMPLES, SETTINGS))
    if len(attached) < 2:
        return None
    try:
        fitted = int(json.loads(attached[SETTINGS])["fitted"])
        scores = [example.score for example in from_lines(attached[EXAMPLES])[:fitted]]
        return min(scores), max(scores)
    except (KeyError, ValueError, TypeError) as error:
        raise ArtifactError(
            f"the examples of {path} cannot be read ({type(error).__name__}: {error}); use the original"
        ) from error
