"""The packaged sample: some 400 customer messages in four languages, written for this project.

``docs/sample.md`` describes the columns, how the scores were given and the problems planted in it.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def sample_path() -> Path:
    """The JSON Lines file of the packaged sample.

    Returns
    -------
    Path
        A file that exists, one message a line, UTF-8, with the fields ``id``, ``text``, ``lang``,
        ``satisfaction`` (1 to 10 or null), ``urgency`` (0 to 10), ``category`` and ``channel``.

    Examples
    --------
    >>> sample_path().name
    'messages.jsonl'
    """
    return Path(str(files("semascope.data").joinpath("sample", "messages.jsonl")))
