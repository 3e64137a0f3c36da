"""What the folder of a tuning holds already: the same training, finished or stopped, is gone on with; another is not written over."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from semascope.encoders.naming import ENCODER, TRAINED
from semascope.errors import ConfigError, DataError
from semascope.files import differing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from semascope.studies.tuned.asking.plan import TunePlan
    from semascope.tuning.start import Start

STATE, CURVES = "training.safetensors", "curves"
_OTHER_BASE = "the encoder is another, or is computed otherwise"
_STUDY = "records.jsonl"


def meant_by(plan: TunePlan, start: Start, digest: str) -> dict[str, Any]:
    """Plain values that decide every step of a training.

    Parameters
    ----------
    digest
        Of the data and of who learns from it.
    """
    found: dict[str, Any] = json.loads(
        json.dumps({"plan": plan.deciding(), "base": start.encoder.fingerprint, "data": digest})
    )
    return found


def kept_by(plan: TunePlan) -> dict[str, Any]:
    """Plain values that decide how the end of a training is kept."""
    return plan.model_dump(mode="json", include={"merge"})


def refuse_other(folder: Path, plan: TunePlan, meant: Mapping[str, Any]) -> None:
    """Refuse a folder that holds something else, before anything is written there.

    Raises
    ------
    ConfigError
        For another tuning, finished or stopped, with what differs; for a study, and an encoder that no tuning has put there.
    """
    if (folder / _STUDY).is_file():
        raise ConfigError(
            f"folder {folder} holds a study; a tuning needs a folder of its own; choose another --output"
        )
    done = _finished(folder)
    earlier = done or _stopped(folder / STATE)
    if earlier is None:
        if (folder / ENCODER).exists() and not (folder / TRAINED).exists():
            raise ConfigError(
                f"folder {folder} holds {ENCODER}/, which no tuning has put there; it would be written over; choose another --output"
            )
        return
    now = {**meant, **kept_by(plan)} if done else dict(meant)
    if apart := _apart(earlier, now):
        raise ConfigError(
            f"folder {folder} holds another tuning: {'; '.join(apart[:4])}; a folder holds one; choose another --output, or delete the"
            " folder"
        )


def finished(folder: Path, plan: TunePlan, meant: Mapping[str, Any]) -> dict[str, Any] | None:
    """What was said of a training that has ended here, its encoder with it; None where that was none, or another."""
    if _finished(folder) != {**meant, **kept_by(plan)} or not (folder / ENCODER).is_dir():
        return None
    found: dict[str, Any] = _read(folder)["trained"]
    return found


@contextmanager
def writing_into(folder: Path) -> Iterator[None]:
    """Say in one line what could not be written.

    Raises
    ------
    DataError
        With what is to be done; what was trained is kept.
    """
    try:
        yield
    except OSError as error:
        raise DataError(
            f"{error.filename or folder} cannot be written ({error.strerror or error}); what was trained by then is kept; free space,"
            " then run the same command to go on"
        ) from error


def _read(folder: Path) -> dict[str, Any]:
    """What ``training.json`` says; nothing where it is missing or damaged."""
    try:
        found = json.loads((folder / TRAINED).read_text(encoding="utf8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _finished(folder: Path) -> dict[str, Any] | None:
    found = _read(folder)
    whole = isinstance(found.get("meant"), dict) and isinstance(found.get("trained"), dict)
    return found["meant"] if whole else None


def _stopped(state: Path) -> dict[str, Any] | None:
    """What the training meant that was stopped here."""
    from safetensors import SafetensorError, safe_open

    if not state.is_file():
        return None
    try:
        with safe_open(state, framework="numpy") as file:
            found: dict[str, Any] = json.loads((file.metadata() or {})["about"])["meant"]
    except (SafetensorError, OSError, KeyError, ValueError):
        return None
    return found if isinstance(found.get("plan"), dict) else None


def _apart(earlier: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What differs, in words, settings first."""
    flat = [
        {
            **each.get("plan", {}),
            **{name: value for name, value in each.items() if name not in ("plan", "base", "data")},
        }
        for each in (earlier, now)
    ]
    found = [
        *([_OTHER_BASE] if earlier.get("base") != now.get("base") else []),
        *differing(flat[0], flat[1]),
    ]
    # Another setting may be all that makes the data others.
    data = {"data_digest": earlier.get("data")}, {"data_digest": now.get("data")}
    return found or differing(*data)
