"""Flags that come from the fields of a model."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
import typer
from pydantic import Field

from semascope.cli.flags import given_settings, with_flags
from semascope.data.settings_file import Names, Settings, Widths
from semascope.words.settings import Setting


class Voyage(Settings):
    """A model of every kind of field."""

    harbour: Annotated[str | None, Setting(takes="PLACE", says="Where it begins", panel="Places")] = None
    stops: Annotated[Names, Setting(takes="PLACE", says="On the way", panel="Places", by_default="none")] = (
        Field(default=[])
    )
    depths: Annotated[Widths, Setting(says="In metres")] = Field(default=[])
    sail: Annotated[Literal["full", "half"], Setting(says="How much of it")] = "full"
    wind: Annotated[float, Field(gt=0), Setting(takes="KNOTS", says="Mean")] = 5.0
    at_night: Annotated[bool, Setting(says="Under lights")] = False
    crew: int = 3  # says nothing of a flag


@pytest.fixture
def voyage(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "140")  # no line of the help is broken

    def run(*arguments, only=()):
        app = typer.Typer(add_completion=False)

        @app.command(cls=with_flags(lambda: Voyage, *only))
        def begin(context: typer.Context, ship: str = "gull") -> None:
            print({"ship": ship, **given_settings(context)})

        code = typer.main.get_command(app).main([*arguments], standalone_mode=False)
        return code, capsys.readouterr().out.strip()

    return run


def test_what_is_given_is_handed_over_and_nothing_else(voyage):
    assert voyage() == (None, "{'ship': 'gull'}")
    given = [
        "--harbour",
        "Kiel",
        "--stops",
        "Faro",
        "--stops",
        "Cork",
        "--depths",
        "3",
        "--wind",
        "0",
        "--at-night",
        "--ship",
        "tern",
    ]
    assert voyage(*given)[1] == str(
        {"ship": "tern", "harbour": "Kiel", "stops": ["Faro", "Cork"], "depths": [3], "wind": 0.0, "at_night": True}
    )  # fmt: skip


def test_the_help_has_the_words_of_the_fields(voyage):
    code, shown = voyage("--help")
    words = " ".join(shown.replace("│", " ").split())
    assert code in (0, None)
    for line in (
        "--harbour PLACE Where it begins.",
        "--stops PLACE On the way; repeatable; none by default.",
        "--sail full|half How much of it; full by default.",
        "--wind KNOTS Mean; 5.0 by default.",
        "Under lights.",
    ):
        assert line in words
    assert "Places" in words
    assert "--crew" not in words


def test_only_some_fields_may_be_flags(voyage):
    assert "--harbour" not in voyage("--help", only=["sail"])[1]
    assert voyage("--sail", "half", only=["sail"])[1] == "{'ship': 'gull', 'sail': 'half'}"


@pytest.mark.parametrize(
    "given", [["--wind", "calm"], ["--depths", "deep"], ["--crew", "4"], ["--no-at-night"]]
)
def test_a_value_of_another_kind_and_an_unknown_flag_are_refused(voyage, given):
    with pytest.raises(Exception) as caught:
        voyage(*given)
    assert given[0] in caught.value.format_message()
