"""Settings as a user writes them: a YAML file or flags, single values for lists, and one sentence for what is wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from semascope.data.places import refuse_special
from semascope.errors import ConfigError


def as_list(value: Any) -> Any:
    """A single value or None as a list; a value given twice counts once."""
    if value is None:
        return []
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        return [value]  # pydantic judges what it is: a mapping is no list of its keys
    given = list(value)
    return [each for place, each in enumerate(given) if each not in given[:place]]


_MERGED = "tag:yaml.org,2002:merge"  # ``<<``, which takes in another mapping


class _Twice(yaml.YAMLError):
    """A key that stands twice in one mapping: the key, and the line of the second."""


class _Loader(yaml.SafeLoader):
    """Refuses what YAML itself forbids and PyYAML lets pass: the last of two equal keys would win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: list[Any] = []
        for key_node, _ in node.value:
            if key_node.tag == _MERGED:
                continue
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise _Twice(key, key_node.start_mark.line + 1)
            seen.append(key)
        return super().construct_mapping(node, deep=deep)


Names = Annotated[list[str], BeforeValidator(as_list)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
Widths = Annotated[list[Annotated[int, Field(ge=1)]], BeforeValidator(as_list)]


class Settings(BaseModel):
    """What may be asked, by a file or by flags; unknown names are refused.

    A list may be written as a single value. A field that is a flag of the command line too says so with a ``Setting``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    what: ClassVar[str]  # what messages call a file of these settings: ``study file``
    needs: ClassVar[str]  # what cannot be left out: ``a study needs data, text and target``

    @classmethod
    def from_mapping(cls, values: dict[str, Any]) -> Self:
        """The settings of ``values``; the first problem is a ``ConfigError`` that names the field."""
        try:
            return cls(**values)
        except ValidationError as error:
            raise ConfigError(first_problem(error, cls.model_fields, needs=cls.needs)) from None

    @classmethod
    def from_yaml(cls, path: Path, **overrides: Any) -> Self:
        """The settings of a YAML file; a relative ``data`` is looked up beside the file.

        ``overrides`` win over the file, as a flag wins over a setting.
        """
        return cls.from_mapping({**read_settings(path, what=cls.what), **overrides})

    @classmethod
    def from_flags(cls, data: Path, given: dict[str, Any]) -> Self:
        """Those of a file of settings where ``data`` is one (.yaml), else of the flags alone, for the table ``data``."""
        if is_settings_file(data):
            return cls.from_yaml(data, **given)
        return cls.from_mapping({"data": data, **given})


def is_settings_file(path: Path) -> bool:
    """Whether a path names a file of settings rather than a table, by its ending."""
    return path.suffix.lower() in (".yaml", ".yml")


def read_settings(path: Path, *, what: str) -> dict[str, Any]:
    """The settings of a YAML file; a relative ``data`` is looked up beside the file.

    Parameters
    ----------
    what
        What messages call the file: ``study file``.
    """
    try:
        refuse_special(path)
        values = yaml.load(path.read_text(encoding="utf8"), Loader=_Loader)
    except _Twice as error:
        key, line = error.args
        raise ConfigError(
            f"{what} {path}, line {line}: {key!r} stands there twice; a setting is given once; leave one of them out"
        ) from None
    except FileNotFoundError:
        raise ConfigError(f"{what} {path} does not exist; give the path of a YAML file") from None
    except OSError as error:
        raise ConfigError(
            f"{what} {path} cannot be read ({error.strerror}); give the path of a YAML file"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{what} {path} is not YAML ({' '.join(str(error).split())}); fix the file"
        ) from None
    if not isinstance(values, dict):
        raise ConfigError(
            f"{what} {path} holds no settings; it must be a mapping such as 'text: body'; add some"
        )
    if isinstance(values.get("data"), str):
        values["data"] = path.parent / Path(values["data"]).expanduser()  # an absolute one stays
    return values


def first_problem(error: ValidationError, known: Collection[str], *, needs: str) -> str:
    """The first thing that is wrong with some settings, in a sentence.

    Parameters
    ----------
    known
        Names of all settings.
    needs
        What cannot be left out: ``a study needs data, text and target``.
    """
    problem = error.errors()[0]
    cause = problem.get("ctx", {}).get("error")
    if isinstance(cause, ConfigError):  # what reads the value says it all
        return str(cause)
    field = ".".join(str(part) for part in problem["loc"]) or "settings"
    if problem["type"] == "extra_forbidden":
        near = get_close_matches(field, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "remove it"
        return f"setting {field!r} is unknown; known are {', '.join(known)}; {hint}"
    if problem["type"] == "missing":
        return f"setting {field!r} is missing; {needs}; add it"
    flag = field.partition(".")[0].replace("_", "-")
    needed = problem["msg"].replace("Input should", "it must").replace("List should", "it must")
    return f"{flag} is {problem['input']!r:.80}; {needed[:1].lower()}{needed[1:]}; change it"
