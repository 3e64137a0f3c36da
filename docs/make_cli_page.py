"""Write docs/cli.md from the commands themselves; a test compares the page with what this prints.

Command: python docs/make_cli_page.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from semascope.cli.verbs import app

PAGE = Path(__file__).with_name("cli.md")
HEAD = """# The command line

Made by `python docs/make_cli_page.py`. The data file comes first (after the artifact, where a verb takes one), settings
are flags, and a flag means the same everywhere. Bad input is one line, `error: what was given; what is accepted; what to do`,
and exit status 2; a study with cells that failed, because an API gave no vectors, exits 1; Ctrl-C exits 130 and keeps what is done. What a terminal's encoding does not have is shown by the nearest
it has (`-` for a minus sign, else `?`; JSON writes it as `\\uXXXX`). Output that cannot be written, as on a full disk, is one line and
exit status 2; a reader that closes early (`| head`) is no error. On a narrow terminal a table leaves out its least important
columns and says which.
"""


def page() -> str:
    """The whole page."""
    command = typer.main.get_command(app)
    return HEAD + "".join(section(name, part) for name, part in command.commands.items())  # type: ignore[attr-defined]


def section(name: str, command: Any) -> str:
    """One verb, or the verbs below it."""
    if hasattr(command, "commands"):
        return "".join(section(f"{name} {below}", part) for below, part in command.commands.items())
    parameters = command.get_params(typer.Context(command))
    arguments = [p.metavar or p.name.upper() for p in parameters if p.param_type_name == "argument"]
    text = f"\n## `{' '.join(['semascope', name, *arguments])}`\n\n{command.help}\n"
    rows = [
        row(p)
        for p in parameters
        if p.param_type_name == "option" and not p.hidden and "--help" not in p.opts
    ]
    return text + ("\n| flag | meaning |\n|---|---|\n" + "".join(rows) if rows else "")


def row(option: Any) -> str:
    """One flag of the table."""
    flag = f"{option.opts[0]} {option.metavar}" if option.metavar else option.opts[0]
    cells = (f"`{flag}`", option.help or "")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf8")
