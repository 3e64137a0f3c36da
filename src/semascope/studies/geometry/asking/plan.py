"""What a geometry asks: its settings, validated; a YAML file and the flags of the command line have the same names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field

from semascope.data.settings_file import Names, Seed, Settings, Widths, as_list
from semascope.errors import ConfigError
from semascope.types import Precision, Quoting  # noqa: TC001 - pydantic reads them
from semascope.words import settings
from semascope.words.settings import GRID, JUDGED, OUTPUT, ROLES, Setting
from semascope.words.texts import listing

PATHS = ("data_dir", "results_dir")
NO_REMEDY = "none"
_DOTS = ("./", "../")


def _column(says: str) -> Setting:
    return Setting(takes="COLUMN", says=says, panel=ROLES)


class GeometryPlan(Settings):
    """Everything that can change a number of a geometry."""

    what = "geometry file"
    needs = "a geometry needs data and text"

    data: Path  # table of texts, archive or folder of them, or a collection with queries and judgements
    text: Annotated[Names, settings.TEXT] = Field(
        default=[]
    )  # none: that of a collection, or of a folder of texts
    quoting: Annotated[Quoting, settings.QUOTING] = "auto"
    label: Annotated[
        str | None, _column("How well each space separates its values is judged; it colours the pictures")
    ] = None
    group: Annotated[
        str | None,
        _column("Texts that belong together, such as those of one document: they stay on one side"),
    ] = None
    pair: Annotated[
        str | None,
        _column(
            "The other text of each row, such as the abstract of a title: how near the two lie, and whether one finds the other"
        ),
    ] = None
    slice: Annotated[
        Names, _column("Such as the language or the source: how much of each space it explains")
    ] = Field(default=[])
    target: Annotated[
        Names, _column("Scores: of two or more it is said whether they are one axis of a space")
    ] = Field(default=[])
    contrast: Annotated[
        Names,
        Setting(
            takes="NAME=LABEL[,LABEL]",
            says="A family of labels, * for any letters; given twice, how well each space tells the two apart",
            panel=ROLES,
        ),
    ] = Field(default=[])
    encoder: Annotated[Names, settings.ENCODER] = Field(default=[])  # none: the packaged default
    instruction: Annotated[Names, settings.INSTRUCTION] = Field(default=[])  # none: default
    dim: Annotated[Widths, replace(settings.DIM, by_default="each encoder's full width")] = Field(default=[])
    vectors: Annotated[
        Names,
        Setting(
            takes="NAME=FILE", says="A space of vectors computed elsewhere (.npy, Parquet, Arrow)", panel=GRID
        ),
    ] = Field(default=[])
    long: Annotated[str, settings.LONG] = "truncate"
    compare: Annotated[
        bool,
        Setting(says="Hold every space against the first: shared neighbours, CKA, what moved", panel=JUDGED),
    ] = False
    remedy: Annotated[
        Names,
        Setting(
            takes="NAME",
            says="centre, standardise, all-but-the-top[:N], whiten, or none",
            by_default="all of them",
            panel=JUDGED,
        ),
    ] = Field(default=[])
    keep: Annotated[
        str | None,
        Setting(
            takes="REMEDY",
            says="Write the first space's encoder with this remedy, as an encoder for any other command",
            panel=OUTPUT,
        ),
    ] = None
    margin: Annotated[
        float | None,
        Field(gt=0, lt=1),
        Setting(says="Differences smaller than this count as none", panel=JUDGED, by_default="0.02 or less"),
    ] = None
    k: Annotated[int, Field(ge=1), Setting(takes="K", says="Neighbours that are looked at", panel=JUDGED)] = (
        10
    )
    limit: Annotated[int | None, Field(ge=1), settings.LIMIT] = None
    seed: Annotated[Seed, settings.SEED] = 42
    precision: Annotated[Precision, settings.PRECISION] = "auto"
    device: Annotated[str, settings.DEVICE] = "auto"
    trust_remote_code: Annotated[bool, settings.TRUST_REMOTE_CODE] = False
    figures: Annotated[
        bool,
        Setting(says="Also write the pictures as PNG and SVG files", panel=OUTPUT),
    ] = False
    results: Path | None = None  # of a file: where its results go

    @classmethod
    def from_mapping(cls, values: dict[str, Any]) -> Self:
        """As for all settings; ``paths`` may name the data and the results, and what excludes each other is refused."""
        plan = super().from_mapping(_with_paths(values))
        if plan.pair is not None and plan.pair in plan.text:
            raise ConfigError(
                f"text and pair are both {plan.pair!r}; pair takes the column of the other text; name another one"
            )
        if NO_REMEDY in plan.remedy and (len(plan.remedy) > 1 or plan.keep is not None):
            others = [*(name for name in plan.remedy if name != NO_REMEDY), *filter(None, [plan.keep])]
            raise ConfigError(
                f"remedy is 'none' beside {listing([repr(name) for name in others])}; none stands alone; leave it out"
            )
        if plan.contrast and (len(plan.contrast) != 2 or plan.label is None):
            raise ConfigError(
                f"contrast is given {len(plan.contrast)} times{'' if plan.label else ' without a label'}; it takes two families of the"
                " label's values; give --label COLUMN and --contrast twice"
            )
        return plan

    @classmethod
    def from_yaml(cls, path: Path, **overrides: Any) -> Self:
        """As for all settings; relative ``paths``, and folders that begin with a dot, are looked up beside the file too."""
        from semascope.data.settings_file import read_settings

        values = read_settings(path, what=cls.what)
        paths = values.get("paths")
        if isinstance(paths, dict):
            values["paths"] = {
                name: path.parent / Path(place).expanduser() if isinstance(place, str) else place
                for name, place in paths.items()
            }
        for name in ("encoder", "vectors"):
            if name in values:
                values[name] = [_beside(one, path.parent.absolute()) for one in as_list(values[name])]
        return cls.from_mapping({**values, **overrides})


def _beside(written: Any, folder: Path) -> Any:
    """What a file of settings names, ``NAME=./FOLDER`` or ``../FOLDER``, from where the command runs."""
    if not isinstance(written, str):
        return written  # pydantic judges what it is
    if written.startswith(_DOTS):
        return str(folder / written)
    name, given, place = written.partition("=")
    place = place.strip()
    return f"{name}={folder / place}" if given and place.startswith(_DOTS) else written


def _with_paths(values: dict[str, Any]) -> dict[str, Any]:
    """The settings with what ``paths`` says put in its place."""
    if "paths" not in values:
        return values
    given = values["paths"]
    names = list(given) if isinstance(given, dict) else as_list(given)
    odd = [name for name in names if name not in PATHS]
    if not isinstance(given, dict) or odd:
        raise ConfigError(
            f"paths is {given!r}; it is a mapping of data_dir and results_dir; write 'paths: {{data_dir: texts}}'"
        )
    rest = {name: value for name, value in values.items() if name != "paths"}
    for path, setting in zip(PATHS, ("data", "results"), strict=True):
        if path in given:
            if not isinstance(given[path], str | Path):
                raise ConfigError(
                    f"{path} is {given[path]!r}; it is the path of a file or folder; write '{path}: texts'"
                )
            if setting in rest:
                raise ConfigError(f"{path} and {setting} both say where it lies; give one of them")
            rest[setting] = given[path]
    return rest
