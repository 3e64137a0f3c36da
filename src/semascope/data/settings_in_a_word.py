"""Settings of one cell, written as a word on the command line or as a mapping in a file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from semascope.data.settings_file import first_problem
from semascope.errors import ConfigError


class SettingsInAWord(BaseModel, ABC):
    """One cell's settings: ``bm25:k1=0.9,b=0.4``, ``minilm,lora=16``, or a mapping of the same."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    what: ClassVar[str]  # what messages call it: "bm25"
    needs: ClassVar[str]  # what cannot be left out: "a hybrid needs parts"
    kind: ClassVar[str]  # what it must be: "settings"
    example: ClassVar[str]

    @classmethod
    @abstractmethod
    def from_word(cls, written: str) -> dict[str, Any]:
        """The settings of a word, as strings."""

    @classmethod
    def read(cls, written: Any) -> Self:
        """The settings of a flag, a mapping or of themselves.

        Raises
        ------
        ConfigError
            For a setting that there is not or a value that it cannot have.
        """
        if isinstance(written, cls):
            return written
        values = cls.from_word(written) if isinstance(written, str) else written
        if not isinstance(values, dict):
            raise ConfigError(
                f"{cls.what} is {written!r:.80}; it must be {cls.kind}; write for example {cls.example}"
            )
        try:
            return cls(**values)
        except ValidationError as error:
            said = error.errors()[0].get("ctx", {}).get("error") or first_problem(
                error, cls.model_fields, needs=cls.needs
            )
            raise ConfigError(f"{cls.what} is {written!r:.120}: {said}") from None

    def written(self) -> dict[str, Any]:
        """The settings that are not their defaults, as a study file has them."""
        return self.model_dump(mode="json", exclude_defaults=True)


def settings_of(listed: str, *, written: str, bare: bool = False) -> dict[str, Any]:
    """``key=value,key=value`` as a mapping of strings.

    Parameters
    ----------
    written
        What an error shows.
    bare
        Whether a key may stand alone, which is true then.
    """
    values: dict[str, Any] = {}
    for setting in filter(None, map(str.strip, listed.split(","))):
        key, given, value = map(str.strip, setting.partition("="))
        if not given and not bare:
            raise ConfigError(f"{written!r}: {key!r} has no value; write {key}=VALUE")
        if key in values:
            raise ConfigError(f"{written!r}: {key!r} is given twice; leave one of them out")
        values[key] = value if given else True
    return values
