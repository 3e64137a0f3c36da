"""What a service has learnt into a model since its file was written: it lies in a journal beside the file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from semascope.probes.artifact import load_attachments
from semascope.words.numbers import count

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = "learner.json"
"""Attachment with the settings of a learner."""
ONLINE = "online"
"""Its key, where a service has learnt into the model: ``through``, the number of the last operation in the file."""


def journal_place(model: Path) -> Path:
    """Where the journal of a model lies: beside the file itself, by whatever link it is reached."""
    model = model.resolve()
    return model.parent / f".{model.name}.journal"


def said_of_journal(model: Path) -> str:
    """A sentence where a service has learnt what the weights in the file do not know; "" where they know everything."""
    place = journal_place(model)
    try:
        data = place.read_bytes()  # before the file: a service may put its operations there meanwhile
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        return f"{place} cannot be read ({error.strerror}); {model} may lack what semascope serve has learnt; make it readable"
    missing = _missing(data, _through(model))
    if not missing:
        return ""
    return (
        f"{model} does not have {count(missing, 'example')} yet that semascope serve has learnt or forgotten: they are in {place};"
        " stop the service, which puts them in; after a crash start it again, or go on with semascope learn --model"
    )


def _missing(data: bytes, through: int) -> int:
    """Examples that come or go behind the operation ``through``; whether the lines are whole is not asked here."""
    found = 0
    for line in data.splitlines(keepends=True)[1:]:
        try:
            fields = json.loads(line)
            if line.endswith(b"\n") and fields["number"] > through and fields["op"] != "suggested":
                found += int(fields["changed"])
        except (ValueError, KeyError, TypeError):
            continue  # whoever learns from it says that it is damaged
    return found


def _through(model: Path) -> int:
    attached = load_attachments(model, only={SETTINGS})
    settings = json.loads(attached.get(SETTINGS, b"{}"))
    return int(settings.get(ONLINE, {}).get("through", 0))
