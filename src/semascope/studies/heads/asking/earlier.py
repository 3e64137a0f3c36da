"""What a folder holds must be what the study means: rows, instructions, encoders, recipes, columns and files of vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semascope.encoders.naming import source_of
from semascope.errors import ConfigError
from semascope.studies.encoder_names import given_file, recorded_sources, taken_name
from semascope.studies.heads.asking.given import GivenVectors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from semascope.studies.heads.asking.prepare import Prepared
    from semascope.studies.task import Records
    from semascope.tuning.recipe import Tuned


def _unlike(before: Mapping[str, Any], now: Tuned, *, same_base: bool) -> str:
    """The first setting that differs, in words; "" where none does. One that the record does not know had its default.

    ``same_base``: both begin with the same weights, wherever these lie.
    """
    defaults = {name: field.default for name, field in type(now).model_fields.items()}
    asked = now.model_dump(mode="json", exclude={"model"} if same_base else set())
    apart = [name for name, value in asked.items() if before.get(name, defaults[name]) != value]
    return f"{apart[0]} {before.get(apart[0], defaults[apart[0]])}, now {asked[apart[0]]}" if apart else ""


def check_given(prepared: Prepared, earlier: Records, folder: Path) -> None:
    """Columns of answers and files of vectors must be those that the cells found in the folder were computed from.

    Raises
    ------
    ConfigError
        With the name of what is another now.
    """
    for name, record in earlier.items():
        answers = prepared.rows.answers.get(name)
        if answers is not None and record.get("column", {}).get("digest") != answers.digest:
            raise ConfigError(
                f"predictions {name!r} was another column, or one of other values, when folder {folder} was begun; a name stands for"
                " one set of answers; give these another name, or choose another --output"
            )
        encoder = prepared.encoders.get(record["cell"]["encoder"])
        if isinstance(encoder, GivenVectors) and record["fingerprint"] != encoder.fingerprint:
            before, now = recorded_sources({name: record})[encoder.name], source_of(encoder)
            raise ConfigError(
                f"vectors {encoder.name!r} are others than when folder {folder} was begun (then from"
                f" {given_file(before) or before}, now from {given_file(now)}); cells of one study share their vectors; give these"
                " another name, or choose another --output"
            )


def _check_tuned(prepared: Prepared, name: str, record: Mapping[str, Any], folder: Path) -> None:
    recipe, start = prepared.tuned[name]
    same_base = record["base"] == start.encoder.fingerprint
    if unlike := _unlike(record["tuned"], recipe, same_base=same_base):
        raise ConfigError(
            f"tuned model {name!r} was trained by other settings in folder {folder} ({unlike}); a name stands for one of them; give"
            " this one another name"
        )
    if not same_base:
        raise ConfigError(
            f"the model that {name!r} was tuned from has changed since folder {folder} was begun (weights, tokenizer or"
            " precision); give this one another name, or choose another --output"
        )


def check_earlier(prepared: Prepared, earlier: Records, folder: Path) -> None:
    """A cell that is found in the folder must be the one that the study means."""
    sentences = {cell.id: cell.instruction.sentence for cell in prepared.plan.cells}
    check_given(prepared, earlier, folder)
    for name, record in earlier.items():
        if record["data_digest"] != prepared.rows.digest:
            raise ConfigError(
                f"folder {folder} holds a record of other rows (cell {name!r}); cells of one study share"
                " their rows; choose another --output, or delete the folder"
            )
        if record["cell"]["sentence"] != sentences.get(name, record["cell"]["sentence"]):
            raise ConfigError(
                f"instruction {record['cell']['instruction']!r} was {record['cell']['sentence']!r} when folder"
                f" {folder} was begun and is now {sentences[name]!r}; a name stands for one sentence;"
                " choose another name"
            )
        if name in prepared.tuned:
            _check_tuned(prepared, name, record, folder)
        encoder = prepared.encoders.get(record["cell"]["encoder"])
        if encoder is None:
            continue
        if record["fingerprint"] != encoder.in_way(record["cell"]["long"]).fingerprint:
            before, now = recorded_sources({name: record})[encoder.name], source_of(encoder)
            if before != now:
                raise taken_name(encoder.name, earlier=before, source=now, folder=folder)
            raise ConfigError(
                f"encoder {encoder.name!r} has changed since folder {folder} was begun (weights, tokenizer"
                " or precision); cells of one study share an encoder; choose another --output"
            )
