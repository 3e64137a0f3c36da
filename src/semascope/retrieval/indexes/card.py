"""What an index says about itself: its recipe, the encoders' spaces, and the files that belong to it."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from semascope.encoders.naming import source_of
from semascope.errors import ArtifactError
from semascope.files import replace_file
from semascope.probes.card import precision_of
from semascope.retrieval.indexes.kept_files import Kept  # noqa: TC001 - pydantic reads it
from semascope.retrieval.indexes.recipe import Recipe, Stored  # noqa: TC001 - pydantic reads them

if TYPE_CHECKING:
    from pathlib import Path

    from semascope.encoders.protocol import Encoder

FORMAT = 1
CARD = "card.json"
_PACKAGES = ("semascope", "numpy", "pyarrow", "bm25s", "PyStemmer", "usearch", "faiss-cpu")


_Name = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")
]  # of a file: no path leaves the folder


class _Strict(BaseModel):
    """No unknown key, no NaN, no change afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class EncoderCard(_Strict):
    """The encoder of one part."""

    encoder: (
        str  # what loads it from any working directory; ``encoder-N`` lies in the index, see ``remedies.py``
    )
    called: str = ""
    space: dict[str, str | bool | int]
    precision: str
    fingerprint: str
    long: str = "truncate"
    dim: int = Field(ge=1)  # width of the rows that are kept

    @classmethod
    def of(cls, encoder: Encoder, *, dim: int | None) -> EncoderCard:
        """The card of an encoder whose rows are kept at a width; None for all of it."""
        source = source_of(encoder)
        return cls(
            encoder=source,
            called="" if encoder.name == source else encoder.name,
            space=encoder.space.fields,
            precision=precision_of(encoder),
            fingerprint=encoder.fingerprint,
            long=encoder.space.long,
            dim=dim or encoder.dim,
        )

    @property
    def encoder_name(self) -> str:
        """What the encoder is called."""
        return self.called or self.encoder

    @property
    def remedy(self) -> str:
        """Name of the remedy that mends its rows; "" for none."""
        return str(self.space.get("remedy", "")).rpartition(" ")[0]


class GraphCard(_Strict):
    """The graph over the rows of one part of a segment, and how good it was found to be."""

    engine: str  # usearch, faiss
    file: _Name
    stored: Stored
    width: int  # rows kept in sight while a query is searched
    # recall@10 against exact search, of ``queries`` queries made of rows of this very segment, others than chose width
    recall: float
    queries: int
    seconds: float  # to make it


class VectorsCard(_Strict):
    """Rows of one part of a segment."""

    rows: int  # distinct ones
    entries: int  # documents or passages
    largest: float  # absolute value among them
    graph: GraphCard | None = None


class SegmentCard(_Strict):
    """One immutable folder of documents."""

    name: _Name
    documents: int
    files: dict[_Name, Kept]
    vectors: tuple[VectorsCard, ...]  # one for each part with vectors
    words: int = 0  # parts that read words
    deleted: int = 0
    deletions: _Name | None = None  # file of the numbers of deleted documents; None where none is
    deletions_kept: Kept | None = None


class Card(_Strict):
    """All of it; ``segments`` are searched in this order."""

    recipe: Recipe
    encoders: tuple[EncoderCard, ...]  # one for each part with vectors
    segments: tuple[SegmentCard, ...] = ()
    made: str = ""  # the command that made it, or ""
    versions: dict[str, str] = {}

    @property
    def documents(self) -> int:
        """Documents that are found."""
        return sum(each.documents - each.deleted for each in self.segments)


def installed() -> dict[str, str]:
    """Versions of the packages that an index is made by."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def write_card(folder: Path, card: Card) -> None:
    """Put the card in place of the one that is there, on the disk when this returns."""
    described: dict[str, Any] = {
        "index_format": FORMAT,
        "documents": card.documents,
        "card": card.model_dump(mode="json"),
    }
    described["sha256"] = _own_digest(described)
    text = json.dumps(described, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    replace_file(folder / CARD, text.encode())


def is_index(folder: Path) -> bool:
    """Whether a folder has the card of an index; one that nobody may read counts, and ``read_card`` says so."""
    try:
        return '"index_format"' in (folder / CARD).read_text(encoding="utf8")[:100]
    except PermissionError:
        return True
    except (OSError, UnicodeDecodeError):
        return False


def read_card(folder: Path) -> Card:
    """The card of an index.

    Raises
    ------
    ArtifactError
        For a folder that is no index, a card that was changed, and a format of a later version.
    """
    try:
        if not folder.is_dir():
            what = "is not there" if not folder.exists() else "is a file"
            raise ArtifactError(
                f"{folder} {what}; a folder that semascope index wrote is needed; check the path"
            )
        described = json.loads((folder / CARD).read_bytes())
    except FileNotFoundError:
        inside = folder / "winner"
        way_out = f"open {inside}" if is_index(inside) else "check the path"
        raise ArtifactError(
            f"{folder} has no {CARD}; a folder that semascope index wrote is needed; {way_out}"
        ) from None
    except OSError as error:
        raise ArtifactError(
            f"{folder / CARD} cannot be read ({error.strerror or error}); the card of an index is a file; see to the rights to"
            " read it, or check the path"
        ) from error
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ArtifactError(f"{folder / CARD} is no JSON ({error}); {_CHANGED}") from error
    if not isinstance(described, dict) or "index_format" not in described:
        raise ArtifactError(f"{folder} is no index; one that semascope index wrote is needed; check the path")
    if described["index_format"] != FORMAT:
        raise ArtifactError(
            f"{folder} has format {described['index_format']!r}; this semascope reads format {FORMAT}; upgrade semascope,"
            " or make the index anew"
        )
    if described.get("sha256") != _own_digest(described):
        raise ArtifactError(f"{folder / CARD} is not as it was written; {_CHANGED}")
    try:
        return Card.model_validate(described["card"])
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the card"
        raise ArtifactError(f"{place} in {folder / CARD}: {first['msg']}; {_CHANGED}") from error


_CHANGED = "it was cut or changed; copy the index again, or make it anew with semascope index"


def _own_digest(described: dict[str, Any]) -> str:
    """SHA-256 of everything in the file but this digest."""
    rest = {key: value for key, value in described.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
