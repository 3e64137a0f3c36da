"""Settings as people read them: one wording for the flags of every verb and for the fields of what a file may ask."""

from __future__ import annotations

from dataclasses import dataclass

ROLES, GRID, TRAINED, JUDGED, COMPUTED, OUTPUT = (
    "Columns",
    "The grid",
    "How it is trained",
    "How it is judged",
    "How it is computed",
    "Output",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What one setting means and how it is written: stands in ``Annotated`` beside a field's or a flag's type."""

    says: str  # a clause without a full stop
    takes: str | None = None  # what stands for its value in a help: COLUMN; None: what its type says
    panel: str | None = None  # heading of the help that it stands under
    by_default: str = ""  # what is taken unless it is given; "": its default

    def sentence(self, *, several: bool = False, default: object = None) -> str:
        """What a help says.

        Parameters
        ----------
        several
            Whether it may be given more than once.
        default
            What is taken unless it is given; an empty one, ``auto`` and ``default`` go without saying.

        Examples
        --------
        >>> DIM.sentence(several=True), SEED.sentence(default=42)
        ('Dimensions to keep; repeatable.', 'Seed for everything random; 42 by default.')
        """
        names = default if isinstance(default, list) else [default]
        taken = self.by_default or " ".join(
            str(name) for name in names if name not in (None, False, "auto", "default")
        )
        parts = [self.says, "repeatable" if several else "", f"{taken} by default" if taken else ""]
        return f"{'; '.join(filter(None, parts))}."


TEXT = Setting(takes="COLUMN", says="Column of the text, several joined by a newline", panel=ROLES)
QUOTING = Setting(
    says="In CSV and TSV, quotation marks enclose cells (standard) or are ordinary characters (none); auto: as the file shows",
    panel=ROLES,
)
ENCODER = Setting(
    takes="[NAME=]ENCODER",
    says="minilm, e5-small-q4, a folder, a hub id, api:PROVIDER/MODEL, hash:16; put NAME= before it to name it",
    panel=GRID,
)
INSTRUCTION = Setting(takes="NAME[=SENTENCE]", says="A preset or your own sentence", panel=GRID)
LONG = Setting(
    takes="truncate|head-tail|chunk", says="What happens to a text over the encoder's limit", panel=GRID
)
DIM = Setting(takes="N", says="Dimensions to keep", panel=GRID)
LIMIT = Setting(takes="N", says="Use a random sample of N rows", panel=JUDGED)
SEED = Setting(says="Seed for everything random", panel=JUDGED)
PRICE = Setting(
    takes="MONEY",
    says="What an hour of this machine costs, in a currency of yours: the report says what a million texts cost",
    panel=OUTPUT,
)
PRECISION = Setting(says="auto: bfloat16 only where the processor has it", panel=COMPUTED)
DEVICE = Setting(takes="auto|cpu|cuda", says="Device that computes the vectors", panel=COMPUTED)
TRUST_REMOTE_CODE = Setting(says="Allow code that comes with a checkpoint to run", panel=COMPUTED)
