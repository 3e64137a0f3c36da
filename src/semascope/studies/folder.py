"""The run folder: ``study.yaml``, ``records.jsonl``, ``cells/``, ``predictions.parquet``, ``report.html``, ``made.json``, ``winner/``.

A cell's tables are written first, each once, and its record last, so a record never stands without them; a study that was
killed goes on behind the last record.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from semascope.errors import ConfigError, DataError
from semascope.files import append_line, differing, replace_file, replacing, writing_folder
from semascope.plain import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import ExitStack
    from pathlib import Path

    from semascope.studies.task import CellValues, Record, Records

FORMAT = 3
"""Of the folder: what lies where and what a record says. 3 says of a cell what it reads."""

NUMBERS = ("selection", "ranking", "measures", "repeats", "costs", "curve")
"""Fields of a record that hold numbers: one that is undefined is null in the file, because JSON has no NaN."""

_ODD = re.compile(r"[^\w.-]+")
_NAMED = 60  # letters of a cell's name that its folder keeps


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One study's folder. Nothing is created before the first write."""

    path: Path
    together: str = "predictions.parquet"  # what all cells found, in one table

    @property
    def report(self) -> Path:
        """Where the page goes."""
        return self.path / "report.html"

    @property
    def winner(self) -> Path:
        """Where the winner goes."""
        return self.path / "winner"

    @property
    def cells(self) -> Path:
        """Tables of every cell, in a folder of its own."""
        return self.path / "cells"

    @property
    def predictions(self) -> Path:
        """What every cell predicted on the held-out side, or found for every query, in one table."""
        return self.path / self.together

    @property
    def made(self) -> Path:
        """How the finished study was made, as its page says it."""
        return self.path / "made.json"

    @property
    def study(self) -> Path:
        """The study file as resolved."""
        return self.path / "study.yaml"

    @property
    def records(self) -> Path:
        """One line a cell."""
        return self.path / "records.jsonl"

    def of_cell(self, cell: str) -> Path:
        """Where the tables of a cell lie: its name as far as a file can have it, and a digest that tells it apart.

        Examples
        --------
        >>> from pathlib import Path
        >>> RunFolder(Path("run")).of_cell("minilm · default · 384 · ridge").name
        'minilm-default-384-ridge-9ccbbf'
        """
        digest = hashlib.blake2b(cell.encode("utf-8", "surrogatepass"), digest_size=3).hexdigest()
        return self.cells / f"{_ODD.sub('-', cell)[:_NAMED].strip('-.')}-{digest}"

    def hold(
        self, held: ExitStack, frozen: Mapping[str, Any], *, what: str, say: Callable[[str], None]
    ) -> None:
        """Be the one writer of the folder until ``held`` ends; wait for another run of the same study.

        Raises
        ------
        ConfigError
            While another study or a map is at work there, with what differs.
        DataError
            When the folder cannot be written.
        """
        held.enter_context(writing_folder(self.path, frozen, what=what, say=say))

    def check(self, frozen: Mapping[str, Any]) -> None:
        """Refuse another study than the one that the folder holds finished cells of, if it holds any.

        Parameters
        ----------
        frozen
            What all cells of a folder share, of the study as resolved.

        Raises
        ------
        ConfigError
            With what differs.
        """
        changed = self._changed(frozen)
        if changed and self.records.exists():  # without a finished cell there is nothing to mix
            shown = "; ".join(changed[:4])
            raise ConfigError(
                f"folder {self.path} holds another study: {shown}; cells of one study share these;"
                " choose another --output, or delete the folder"
            )

    def open(self, frozen: Mapping[str, Any], study: str) -> None:
        """Create the folder, or make sure that it holds this study; see ``check``.

        ``study`` is the text of ``study.yaml``. Tables of another study that was killed before its first record are
        dropped.
        """
        self.check(frozen)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if self._changed(frozen):
                shutil.rmtree(self.cells, ignore_errors=True)
        except OSError as error:
            raise DataError(
                f"folder {self.path} cannot be made ({error.strerror}); choose another --output"
            ) from error
        self.write(self.study.name, study)
        self.write("frozen.json", json.dumps({"format": FORMAT, **frozen}, ensure_ascii=False, indent=1))

    def _changed(self, frozen: Mapping[str, Any]) -> list[str]:
        """What differs from the study that the folder was made for, in words; empty for a new folder."""
        earlier = self._earlier()
        if earlier is None:
            return []
        return differing(earlier, json.loads(json.dumps(frozen)))

    def shared(self) -> dict[str, Any] | None:
        """What all cells of the folder share, of whatever ``format``; None where no study has begun.

        Raises
        ------
        DataError
            When the file is damaged.
        """
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

    def _earlier(self) -> dict[str, Any] | None:
        found = self.shared()
        if found is not None and found.get("format") != FORMAT:
            raise ConfigError(
                f"folder {self.path} was made by another version of semascope, which kept its cells otherwise;"
                " choose another --output, or delete the folder"
            )
        return found

    def read_records(self, tables: Sequence[str]) -> Records:
        """Finished cells by id: those with a whole line and with all ``tables``."""
        if not self.records.is_file():
            return {}
        *lines, _ = self.records.read_bytes().split(
            b"\n"
        )  # no newline: the process was killed while it wrote
        found: Records = {}
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
            if all(self._table(what, record["id"]).is_file() for what in tables):
                found[record["id"]] = {
                    key: _with_nan(value) if key in NUMBERS else value for key, value in record.items()
                }
        return found

    def keep(self, values: CellValues) -> None:
        """Write what computing a cell gave, its tables first; durable when this returns."""
        for what, table in values.tables.items():
            self._write_table(self._table(what, values.record["id"]), table)
        self._append(values.record)

    def read_tables(self, what: str, cells: Sequence[str]) -> dict[str, pa.Table]:
        """The tables of that name of finished cells, by cell id.

        Raises
        ------
        DataError
            When one is missing or damaged.
        """
        return {cell: _read(self._table(what, cell)) for cell in cells}

    def write_together(self, tables: Mapping[str, pa.Table]) -> None:
        """The tables of all cells in one, for whoever reads them without us: ``predictions.parquet``, or as it is called."""
        self._write_table(self.predictions, pa.concat_tables(tables.values(), promote_options="default"))

    def write(self, name: str, text: str) -> None:
        """A small text file, replaced at once or not at all."""
        file = self.path / name
        try:
            replace_file(file, text.encode())
        except OSError as error:
            raise _unwritable(file, error) from error

    def _table(self, what: str, cell: str) -> Path:
        return self.of_cell(cell) / f"{what}.parquet"

    def _append(self, record: Record) -> None:
        line = json.dumps(plain(record), ensure_ascii=False, allow_nan=False)
        try:
            append_line(self.records, line.encode())
        except OSError as error:
            raise _unwritable(self.records, error) from error

    def _write_table(self, file: Path, table: pa.Table) -> None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with replacing(file) as stream:  # on the disk before its record is
                pq.write_table(table, stream)
        except OSError as error:
            raise _unwritable(file, error) from error


def _read(file: Path) -> pa.Table:
    try:
        return pq.read_table(file)
    except (OSError, pa.ArrowException) as error:
        raise DataError(
            f"{file} is damaged ({str(error).splitlines()[0]}); it holds what the cell predicted;"
            " delete its folder, and the study computes the cell again"
        ) from error


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
