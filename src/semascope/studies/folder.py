"""The run folder: ``study.yaml``, ``records.jsonl``, two files of predictions, ``report.html``, ``winner/``.

A cell's predictions are written first and its record last, so a record never stands without its held-out predictions; a
study that was killed goes on behind the last record.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml

from semascope.errors import ConfigError, DataError
from semascope.files import append_line, differing, replace_file, replacing, writing_folder
from semascope.plain import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import ExitStack
    from pathlib import Path

    from semascope.studies.heads.asking.settings import Study

FROZEN = (
    "text",
    "target",
    "kind",
    "group",
    "slice",
    "split_column",
    "language_column",
    "headline",
    "positive",
    "measure",
    "baseline",
    "margin",
    "test_size",
    "repeats",
    "seed",
    "limit",
    "precision",
)
"""Settings that every cell of a folder shares; the grid (encoder, instruction, long, dim, head) may grow."""

NUMBERS = ("selection", "ranking", "measures", "repeats", "costs")
"""Fields of a record that hold numbers: one that is undefined is null in the file, because JSON has no NaN."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One study's folder. Nothing is created before the first write."""

    path: Path

    @property
    def report(self) -> Path:
        """Where the page goes."""
        return self.path / "report.html"

    @property
    def winner(self) -> Path:
        """Where the scorer goes."""
        return self.path / "winner"

    @property
    def predictions(self) -> Path:
        """Held-out predictions of every cell."""
        return self.path / "predictions.parquet"

    @property
    def folded(self) -> Path:
        """Out-of-fold predictions of every cell; a folder of an earlier version has none."""
        return self.path / "out_of_fold.parquet"

    @property
    def records(self) -> Path:
        """One line a cell."""
        return self.path / "records.jsonl"

    def hold(self, held: ExitStack, study: Study, *, data_digest: str, say: Callable[[str], None]) -> None:
        """Be the one writer of the folder until ``held`` ends; wait for another run of the same study.

        Raises
        ------
        ConfigError
            While another study or a map is at work there, with what differs.
        DataError
            When the folder cannot be written.
        """
        settings = _frozen(study, data_digest)
        held.enter_context(writing_folder(self.path, settings, what="study", say=say))

    def check(self, study: Study, *, data_digest: str) -> None:
        """Refuse another study than the one that the folder holds finished cells of, if it holds any.

        Parameters
        ----------
        study
            As resolved.

        Raises
        ------
        ConfigError
            With what differs.
        """
        changed = self._changed(study, data_digest)
        if changed and self.records.exists():  # without a finished cell there is nothing to mix
            shown = "; ".join(changed[:4])
            raise ConfigError(
                f"folder {self.path} holds another study: {shown}; cells of one study share these;"
                " choose another --output, or delete the folder"
            )

    def open(self, study: Study, *, data_digest: str, file: Study | None = None) -> None:
        """Create the folder, or make sure that it holds this study; see ``check``.

        ``file`` is what ``study.yaml`` says where that is more. Predictions of another study that was killed before its
        first record are dropped.
        """
        self.check(study, data_digest=data_digest)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if self._changed(study, data_digest):
                self.predictions.unlink(missing_ok=True)
                self.folded.unlink(missing_ok=True)
        except OSError as error:
            raise DataError(
                f"folder {self.path} cannot be made ({error.strerror}); choose another --output"
            ) from error
        self.write("study.yaml", (file or study).to_yaml())
        frozen = _frozen(study, data_digest)
        self.write("frozen.json", json.dumps(frozen, ensure_ascii=False, indent=1))

    def _changed(self, study: Study, data_digest: str) -> list[str]:
        """What differs from the study that the folder was made for, in words; empty for a new folder."""
        earlier = self._earlier()
        if earlier is None:
            return []
        return differing(earlier, _frozen(study, data_digest))

    def _earlier(self) -> dict[str, Any] | None:
        file = self.path / "frozen.json"
        if not file.is_file():
            return None
        try:
            found: dict[str, Any] = json.loads(file.read_text(encoding="utf8"))
        except ValueError as error:
            raise DataError(
                f"{file} is damaged ({error}); it holds the settings of the study; delete the folder"
            ) from None
        return found

    def read_records(self) -> dict[str, dict[str, Any]]:
        """Finished cells by id: those with a whole line and with predictions."""
        if not self.records.is_file():
            return {}
        *lines, _ = self.records.read_bytes().split(
            b"\n"
        )  # no newline: the process was killed while it wrote
        predicted = self._predicted()
        found: dict[str, dict[str, Any]] = {}
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except ValueError:
                raise DataError(
                    f"{self.records}, line {number} is not JSON; delete that line to run its cell again"
                ) from None
            if not isinstance(record, dict) or "id" not in record:
                raise DataError(f"{self.records}, line {number} is no record of a cell; delete that line")
            if record["id"] in predicted:
                found[record["id"]] = {
                    key: _with_nan(value) if key in NUMBERS else value for key, value in record.items()
                }
        return found

    def _predicted(self) -> set[str]:
        """Cells that have predictions."""
        table = self.read_predictions(columns=["cell"])
        return set() if table is None else set(pc.unique(table["cell"]).to_pylist())

    def append_record(self, record: Mapping[str, Any]) -> None:
        """Write one finished cell, durable when this returns."""
        line = json.dumps(plain(record), ensure_ascii=False, allow_nan=False)
        try:
            append_line(self.records, line.encode())
        except OSError as error:
            raise _unwritable(self.records, error) from error

    def read_predictions(self, *, columns: list[str] | None = None) -> pa.Table | None:
        """All held-out predictions so far, or some of their columns; None before the first."""
        return _read(self.predictions, "held-out", columns, todo="delete the folder and run the study again")

    def add_predictions(self, rows: pa.Table, *, cell: str, earlier: pa.Table | None) -> pa.Table:
        """All held-out predictions with those of ``cell`` put in place of any it had."""
        return _add(self.predictions, rows, cell=cell, earlier=earlier)

    def read_folded(self, *, columns: list[str] | None = None) -> pa.Table | None:
        """All out-of-fold predictions so far, or some of their columns; None in a folder of an earlier version."""
        return _read(self.folded, "out-of-fold", columns, todo="delete it, and the study computes them again")

    def add_folded(self, rows: pa.Table, *, cell: str, earlier: pa.Table | None) -> pa.Table:
        """All out-of-fold predictions with those of ``cell`` put in place of any it had."""
        return _add(self.folded, rows, cell=cell, earlier=earlier)

    def write(self, name: str, text: str) -> None:
        """A small text file, replaced at once or not at all."""
        file = self.path / name
        try:
            replace_file(file, text.encode())
        except OSError as error:
            raise _unwritable(file, error) from error


def read_study(folder: Path) -> dict[str, Any]:
    """The settings in a run folder's ``study.yaml``."""
    found = yaml.safe_load((folder / "study.yaml").read_text(encoding="utf8"))
    return dict(found)


def _read(file: Path, what: str, columns: list[str] | None, *, todo: str) -> pa.Table | None:
    if not file.is_file():
        return None
    try:
        return pq.read_table(file, columns=columns)
    except (OSError, pa.ArrowException) as error:
        raise DataError(
            f"{file} is damaged ({str(error).splitlines()[0]}); it holds the {what} predictions; {todo}"
        ) from error


def _add(file: Path, rows: pa.Table, *, cell: str, earlier: pa.Table | None) -> pa.Table:
    if earlier is not None:
        earlier = earlier.filter(pc.not_equal(earlier["cell"], cell))
        rows = pa.concat_tables([earlier, rows.cast(earlier.schema)])
    try:
        with replacing(file) as stream:  # on the disk before its record is
            pq.write_table(rows, stream)
    except OSError as error:
        raise _unwritable(file, error) from error
    return rows


def _frozen(study: Study, data_digest: str) -> dict[str, Any]:
    values = study.model_dump(mode="json")
    return {name: values[name] for name in FROZEN} | {"data_digest": data_digest}


def _with_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_nan(item) for item in value]
    return math.nan if value is None else value


def _unwritable(file: Path, error: OSError) -> DataError:
    return DataError(
        f"{file} cannot be written ({error.strerror}); finished cells are kept; free space or choose another --output"
    )
