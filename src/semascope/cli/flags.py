"""Flags made of the fields of a pydantic model, so that a setting is written once."""

from __future__ import annotations

import inspect
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

import typer
from typer.core import TyperCommand

from semascope.cli.options import option_of
from semascope.words.settings import Setting

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

GIVEN = "semascope.settings"
"""Under which a context keeps the settings that were given as flags."""


def with_flags(
    model: Callable[[], type[BaseModel]], *only: str, over: type[TyperCommand] = TyperCommand
) -> type[TyperCommand]:
    """A command with a flag for every field of a model that says how it is written, before its own options.

    Parameters
    ----------
    model
        Gives the model when the flags are asked for: the help of all verbs loads none.
    only
        Fields that get a flag; all by default.
    over
        What the command is besides.
    """

    @cache
    def made() -> list[Any]:
        return _options(
            {
                name: field
                for name, field in model().model_fields.items()
                if name in (only or model().model_fields)
            }
        )

    class WithFlags(over):  # type: ignore[misc,valid-type]
        def get_params(self, ctx: Any) -> Any:
            own = super().get_params(ctx)
            first = [each for each in own if each.param_type_name == "argument"]
            return [*first, *made(), *(each for each in own if each not in first)]

        def invoke(self, ctx: Any) -> Any:
            values = {option.name: ctx.params.pop(option.name) for option in made()}
            ctx.meta[GIVEN] = {
                name: list(value) if isinstance(value, tuple) else value
                for name, value in values.items()
                if value is not None and value is not False and value not in ((), [])
            }
            return super().invoke(ctx)

    return WithFlags


def given_settings(context: typer.Context) -> dict[str, Any]:
    """The settings that were given as flags, by their names."""
    found: dict[str, Any] = context.meta[GIVEN]
    return found


def _options(fields: dict[str, FieldInfo]) -> list[Any]:
    """The options that typer makes of a function with these parameters."""

    def settings(**given: Any) -> None: ...

    parameters = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, field in fields.items()
        for annotation, default in _annotated(name, field)
    ]
    settings.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    settings.__annotations__ = {each.name: each.annotation for each in parameters}
    made = typer.Typer(add_completion=False)
    made.command()(settings)
    return list(typer.main.get_command(made).params)


def _annotated(name: str, field: FieldInfo) -> list[tuple[Any, Any]]:
    """The type and the default of a flag, none for a field that does not say how it is written."""
    setting = next((each for each in field.metadata if isinstance(each, Setting)), None)
    if setting is None:
        return []
    kind, choices = _plain_type(field.annotation), _choices(field.annotation)
    several = get_origin(kind) is list
    default = None if field.is_required() else field.default
    option = option_of(setting, name, several=several, choices=choices, default=default)
    # A flag that is not given leaves the setting to the file, and to the model's own default.
    return [(Annotated[kind, option], False)] if kind is bool else [(Annotated[kind | None, option], None)]


def _plain_type(annotation: Any) -> Any:
    """The type that typer reads a value as: ``str``, ``int``, ``float``, ``bool`` or a list of one."""
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _plain_type(inside[0])
    if origin in (Union, UnionType):
        return _plain_type(next(each for each in inside if each is not NoneType))
    if origin is dict:  # the field reads NAME=VALUE itself
        return list[str]
    if origin is list:
        return list[_plain_type(inside[0])]  # type: ignore[misc]
    # What has settings of its own is read from a word.
    return str if origin is Literal or hasattr(annotation, "model_fields") else annotation


def _choices(annotation: Any) -> str | None:
    """The words that a setting accepts, as a help writes them."""
    return "|".join(get_args(annotation)) if get_origin(annotation) is Literal else None
