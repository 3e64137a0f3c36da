"""General sets: what a tuned encoder was not tuned for, and should not have become worse at; one line each, a flag or a mapping."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from semascope.data.sample_texts import sample_path
from semascope.data.settings_file import Names  # noqa: TC001 - pydantic resolves it
from semascope.data.settings_in_a_word import SettingsInAWord, settings_of
from semascope.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.encoders.protocol import Encoder

GeneralTask = Literal["collection", "pairs", "target", "similarity"]
_PARTS = {
    "pairs": ("query", "document"),
    "target": ("text", "target"),
    "similarity": ("left", "right", "score"),
}
"""What each kind of table cannot do without."""
_WAYS = "query=COL,document=COL or text=COL,target=COL or left=COL,right=COL,score=COL"
_SAMPLE_TARGETS = ("satisfaction", "urgency")
_SAMPLE_LANGUAGES = frozenset({"en", "es", "fr", "pt"})


class GeneralSet(SettingsInAWord):
    """One general set: where it lies, and what is asked of it.

    A folder is a collection of documents, queries and judgements. A table is one of three: pairs of a query and the document
    that answers it, texts with a column to predict, or pairs of texts with a score of how alike they are.

    Examples
    --------
    >>> GeneralSet.read("sts.jsonl,left=text_a,right=text_b,score=similarity,where=lang=en").task
    'similarity'
    >>> GeneralSet.read("reviews.jsonl,text=title+body,target=rating").label
    'reviews rating'
    """

    what = "general set"
    needs = "a general set needs a file or a folder"
    kind = "a file or a folder with settings"
    example = "sts.jsonl,left=text_a,right=text_b,score=similarity"

    data: Annotated[str, Field(min_length=1)]  # folder of a collection, or a table
    name: str = ""  # "" names it after the file, and the target
    query: str = ""
    document: str = ""
    grade: str = ""  # of pairs: how well the document answers, 0 or more; none: every row's does
    text: Names = Field(default=[])  # several are joined
    target: str = ""
    left: str = ""
    right: str = ""
    score: str = ""  # how alike the two texts are: more is more alike
    where: Names = Field(default=[])  # COLUMN=VALUE: rows of a table that are looked at; all must hold
    limit: Annotated[int | None, Field(ge=1)] = None  # a seeded sample of so many rows, or queries

    @classmethod
    def from_word(cls, written: str) -> dict[str, Any]:
        """The file or folder, and the settings behind the first comma; ``+`` parts several columns or conditions."""
        data, _, listed = written.partition(",")
        settings: dict[str, Any] = settings_of(listed, written=written)
        if "data" in settings:
            raise ConfigError(
                f"{written!r}: the file stands before the first comma; write for example {cls.example}"
            )
        for several in ("text", "where"):
            if several in settings:
                settings[several] = settings[several].split("+")
        return {"data": data.strip(), **settings}

    @field_validator("where")
    @classmethod
    def _conditions(cls, given: list[str]) -> list[str]:
        odd = next((each for each in given if not each.partition("=")[0].strip() or "=" not in each), None)
        if odd is not None:
            raise ValueError(f"where is {odd!r}; it must be COLUMN=VALUE; write for example where=lang=en")
        return given

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        """Columns of one kind, all of them; none for a folder."""
        asked = [kind for kind, parts in _PARTS.items() if any(getattr(self, part) for part in parts)]
        if len(asked) > 1:
            raise ValueError(
                f"columns of several kinds are named; one kind is taken, {_WAYS}; leave out the others"
            )
        if not asked and (self.grade or self.where):
            raise ValueError(
                f"grade and where are about a table; name its columns, {_WAYS}, or leave them out"
            )
        for kind in asked:
            missing = [part for part in _PARTS[kind] if not getattr(self, part)]
            if missing:
                raise ValueError(
                    f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing; write {_WAYS}"
                )
            if self.grade and kind != "pairs":
                raise ValueError("grade is about pairs of query and document; leave it out")
        return self

    @property
    def task(self) -> GeneralTask:
        """What is asked of it."""
        if self.query:
            return "pairs"
        if self.target:
            return "target"
        return "similarity" if self.score else "collection"

    @property
    def path(self) -> Path:
        """Where it lies."""
        return Path(self.data).expanduser()

    @property
    def label(self) -> str:
        """What it is called."""
        stem = self.path.resolve().name.partition(".")[0] if self.path.name else self.data
        return self.name or (f"{stem} {self.target}" if self.target else stem)


def packaged_sets(encoder: Encoder) -> list[GeneralSet]:
    """The packaged sample, where no set was given: its satisfaction and its urgency, by ridge regression.

    Of an encoder that was not trained for all languages of the sample the English rows alone are looked at: what it makes of the
    others was noise before.
    """
    reads = encoder.languages
    where = [] if reads is None or reads >= _SAMPLE_LANGUAGES else ["lang=en"]
    return [
        GeneralSet(
            data=str(sample_path()),
            name=f"sample {target}",
            text=["text"],
            target=target,
            where=where,
        )
        for target in _SAMPLE_TARGETS
    ]


def check_names(sets: Sequence[GeneralSet]) -> None:
    """Every set needs a name of its own.

    Raises
    ------
    ConfigError
        With the name that stands twice.
    """
    names = [each.label for each in sets]
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        raise ConfigError(
            f"two general sets are called {twice!r}; names must differ; give one another with name=NAME"
        )
