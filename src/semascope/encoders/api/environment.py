"""What this room reads of the environment: keys, which may stand in ``.env`` too, and where the user's own table is."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from semascope.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

DOTENV = ".env"
# KEY=VALUE, whose value is in quotes, which may hold line ends, or runs to the end of the line or a comment.
_LINE = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*
    (?:'(?P<single>[^']*)'|"(?P<double>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s'"#][^\n]*?)?)
    [ \t]*(?:(?<=[\s'"=])\#[^\n]*)?$""",
    re.MULTILINE | re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def from_environment(name: str) -> str:
    """The value of a variable without white space around it; "" when it is not set."""
    return os.environ.get(name, "").strip()


def from_dotenv(name: str, folder: Path | None = None) -> str:
    """The value that ``.env`` gives a variable; "" where there is no such file, or it does not name it.

    Parameters
    ----------
    folder
        Where the file lies; None for the working directory.

    Raises
    ------
    ConfigError
        When the file cannot be read, and when the line of this variable is neither KEY=VALUE nor KEY="VALUE".
    """
    path = (folder or Path.cwd()) / DOTENV
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path} cannot be read ({type(error).__name__}), and {name} is not in the environment; accepted is text in"
            " UTF-8; mend the file, or set the variable"
        ) from None
    found = read_dotenv(text)
    if name not in found and re.search(rf"^[ \t]*(?:export[ \t]+)?{re.escape(name)}\b", text, re.MULTILINE):
        raise ConfigError(
            f"{path} names {name} on a line that cannot be read (it is not shown here); accepted is {name}=VALUE or"
            f' {name}="VALUE"; write it so'
        )
    return found.get(name, "").strip()


def read_dotenv(text: str) -> Mapping[str, str]:
    r"""Variables of a ``.env`` file; the last of equal names counts, as in a shell.

    Lines are ``KEY=VALUE``, with ``export`` in front or not. A value may stand in quotes; in double ones ``\n``, ``\"``
    and ``\\`` mean what they mean in a shell's ``$'...'``. A ``#`` after white space begins a comment. Nothing is
    filled in: a ``$`` is a ``$``. What reads otherwise is left out.

    Examples
    --------
    >>> read_dotenv("# mine\nexport A='x y'  # two\nB=1 # one\nC=a#b\n")
    {'A': 'x y', 'B': '1', 'C': 'a#b'}
    """
    found: dict[str, str] = {}
    for match in _LINE.finditer(text.replace("\r\n", "\n")):
        single, double, bare = match["single"], match["double"], match["bare"]
        if double is not None:
            value = re.sub(r"\\(.)", lambda sign: _ESCAPES.get(sign[1], sign[1]), double, flags=re.DOTALL)
        else:
            value = single if single is not None else bare or ""
        found[match["name"]] = value
    return found
