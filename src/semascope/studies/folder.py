"""The run folder: ``study.yaml``, ``records.jsonl``, ``predictions.parquet``, ``report.html``, ``winner/``.

A cell's predictions are written first and its record last, so a record never stands without its predictions; a study
that was killed goes on behind the last record.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml

from semascope.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from semascope.studies.settings import Study

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
    def records(self) -> Path:
        """One line a cell."""
        return self.path / "records.jsonl"

    def open(self, study: Study, *, data_digest: str) -> None:
        """Create the folder, or make sure that it holds this study.

        Raises
        ------
        ConfigError
            When the folder holds another study: with what differs.
        """
        earlier = self._earlier()
        now = _frozen(study) | {"data_digest": data_digest}
        if earlier is not None:
            different = [name for name, value in now.items() if earlier.get(name) != value]
            if different and self.read_records():  # without a finished cell there is nothing to mix
                shown = "; ".join(
                    f"{name} was {earlier.get(name)!r} and is now {now[name]!r}" for name in different[:4]
                )
                raise ConfigError(
                    f"folder {self.path} holds another study: {shown}; cells of one study share these;"
                    " choose another --output, or delete the folder"
                )
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DataError(
                f"folder {self.path} cannot be made ({error.strerror}); choose another --output"
            ) from error
        self.write("study.yaml", study.to_yaml())
        self.write("frozen.json", json.dumps(now, ensure_ascii=False, indent=1))

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
        """Finished cells by id; a line that was cut by a crash is dropped."""
        if not self.records.is_file():
            return {}
        lines = self.records.read_bytes().split(b"\n")
        found: dict[str, dict[str, Any]] = {}
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except ValueError:
                if number == len(lines):  # no newline yet: the process was killed while it wrote
                    continue
                raise DataError(
                    f"{self.records}, line {number} is not JSON; delete that line to run its cell again"
                ) from None
            found[record["id"]] = record
        return found

    def append_record(self, record: Mapping[str, Any]) -> None:
        """Write one finished cell, durable when this returns."""
        line = json.dumps(record, ensure_ascii=False, allow_nan=True) + "\n"
        try:
            with self.records.open("r+b" if self.records.exists() else "w+b") as stream:
                end = stream.seek(0, os.SEEK_END)
                if end:
                    stream.seek(end - 1)
                    if stream.read(1) != b"\n":  # a line that was cut by a crash: drop it
                        stream.seek(0)
                        whole = stream.read().rpartition(b"\n")[0]
                        stream.truncate(len(whole) + 1 if whole else 0)
                        stream.seek(0, os.SEEK_END)
                stream.write(line.encode())
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise _unwritable(self.records, error) from error

    def read_predictions(self) -> pa.Table | None:
        """All held-out predictions so far."""
        if not self.predictions.is_file():
            return None
        try:
            return pq.read_table(self.predictions)
        except (OSError, pa.ArrowException) as error:
            raise DataError(
                f"{self.predictions} is damaged ({str(error).splitlines()[0]}); it holds the held-out predictions;"
                " delete the folder and run the study again"
            ) from error

    def add_predictions(self, rows: pa.Table, *, cell: str, earlier: pa.Table | None) -> pa.Table:
        """All predictions with those of ``cell`` put in place of any it had."""
        if earlier is not None:
            earlier = earlier.filter(pc.not_equal(earlier["cell"], cell))
            rows = pa.concat_tables([earlier, rows.cast(earlier.schema)])
        temporary = self.predictions.with_suffix(".tmp")
        try:
            pq.write_table(rows, temporary)
            temporary.replace(self.predictions)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise _unwritable(self.predictions, error) from error
        return rows

    def write(self, name: str, text: str) -> None:
        """A small text file, replaced at once or not at all."""
        file, temporary = self.path / name, self.path / f".{name}.tmp"
        try:
            temporary.write_text(text, encoding="utf8")
            temporary.replace(file)
        except OSError as error:
            raise _unwritable(file, error) from error


def read_study(folder: Path) -> dict[str, Any]:
    """The settings in a run folder's ``study.yaml``."""
    found = yaml.safe_load((folder / "study.yaml").read_text(encoding="utf8"))
    return dict(found)


def _frozen(study: Study) -> dict[str, Any]:
    values = study.model_dump(mode="json")
    return {name: values[name] for name in FROZEN}


def _unwritable(file: Path, error: OSError) -> DataError:
    return DataError(
        f"{file} cannot be written ({error.strerror}); finished cells are kept; free space or choose another --output"
    )
