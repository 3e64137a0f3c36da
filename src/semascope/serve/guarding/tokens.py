"""Who may ask: one token for reading, another for learning, both from the environment."""

from __future__ import annotations

import hmac
import ipaddress
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from semascope.errors import ConfigError
from semascope.serve.guarding.errors import Refused
from semascope.serve.guarding.heads import path_of, values_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Scope

READING = "SEMASCOPE_TOKEN"
LEARNING = "SEMASCOPE_LEARN_TOKEN"
SHORTEST = 16  # characters of a token
OPEN_PATHS = frozenset({"/", "/healthz", "/readyz"})
"""What needs no token: the page, which holds no data, and whether the server lives."""

LEARNING_ROUTES = frozenset({"learn", "forget", "suggest"})
NEEDED = "learning_token_needed"
"""``code`` of a refusal that the learning token would have passed; without it there is none to send."""
_GUARD = "semascope.guard"  # key in the scope of the guard that let the request in
_HOW = "make one with: python -c 'import secrets; print(secrets.token_urlsafe())'"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What clients must know: None where nothing is asked. The learning token reads too."""

    reading: bytes | None = field(default=None, repr=False)
    learning: bytes | None = field(default=None, repr=False)


class Guard:
    """Holds the bearer token of a request against ``tokens``."""

    def __init__(self, tokens: Tokens, open_paths: frozenset[str] = OPEN_PATHS) -> None:
        self._tokens, self._open_paths = tokens, open_paths

    def admit(self, scope: Scope) -> None:
        """Let a request in, by its path and its token.

        Raises
        ------
        Refused
            401 without a token that is known, 403 with one that may only read.
        """
        path = path_of(scope)
        scope[_GUARD] = self
        if path not in self._open_paths:
            self.check(scope, learning=is_learning(path))

    def check(self, scope: Scope, *, learning: bool) -> None:
        """Refuse who may not learn (or ask for suggestions), or else read; raises as ``admit`` does."""
        if self.may(scope, learning=learning):
            return
        code = NEEDED if learning and self._tokens.learning else None
        if learning and self.may(scope, learning=False) and self._tokens.reading:
            raise Refused(403, _may_not_learn(self._tokens), code=code)
        said = "the Authorization header holds no token that this server knows; send 'Authorization: Bearer TOKEN'"
        raise Refused(401, said, code=code, headers={"WWW-Authenticate": "Bearer"})

    def may(self, scope: Scope, *, learning: bool) -> bool:
        """Whether who sends ``scope`` may learn (or ask for suggestions), or else read."""
        reading, learner = self._tokens.reading, self._tokens.learning
        if learning:
            return (learner is None and reading is None) or _is_one_of(scope, (learner,))
        return reading is None or _is_one_of(scope, (reading, learner))


def check_learning(scope: Scope) -> None:
    """Refuse a request for a route that learns unless its token may, whatever its path looked like when it was let in.

    Raises
    ------
    Refused
        401 or 403 as of ``Guard.admit``; 403 for an application without guards.
    """
    guard: Guard | None = scope.get(_GUARD)
    if guard is None:
        raise Refused(403, "no guard stands before this application, so nobody may learn; serve it guarded")
    guard.check(scope, learning=True)


def is_learning(path: str) -> bool:
    """Whether ``path`` leads to a route that changes a learner, or that is part of doing so.

    Examples
    --------
    >>> is_learning("/v1/learn/tone"), is_learning("/v1/score/learn")
    (True, False)
    """
    parts = path.split("/", 3)
    return len(parts) > 2 and parts[1] == "v1" and parts[2] in LEARNING_ROUTES


def tokens_from(environ: Mapping[str, str]) -> Tokens:
    """The tokens that ``environ`` names; a variable that is not there asks for none.

    Raises
    ------
    ConfigError
        For a token that is empty, short, no visible ASCII, or the same for both. No message holds a token.
    """
    tokens = Tokens(_token(environ, READING), _token(environ, LEARNING))
    if tokens.reading and tokens.reading == tokens.learning:
        raise ConfigError(f"{READING} and {LEARNING} are the same; they must differ; {_HOW}")
    return tokens


def check_binding(host: str, tokens: Tokens, *, learn: bool = False) -> None:
    """Refuse an address that others can reach without a token, and learning that nobody or everybody could do.

    Parameters
    ----------
    host
        The address that the server listens at: ``127.0.0.1``, ``::1``, ``localhost`` or any other.
    learn
        Whether learning over HTTP is on.

    Raises
    ------
    ConfigError
        Naming the variable to set.
    """
    if not is_loopback(host) and tokens.reading is None:
        raise ConfigError(
            f"the host is {host!r}, which is no loopback address: others may reach it; without a token only 127.0.0.1, ::1 and "
            f"localhost are accepted; set {READING}, or leave --host out"
        )
    if learn and tokens.learning is None and tokens.reading is not None:
        raise ConfigError(
            f"--learn is on and {READING} is set, but not {LEARNING}, so nobody could learn; set {LEARNING} to "
            f"another token, or leave --learn out"
        )


def is_loopback(host: str) -> bool:
    """Whether only programs on this machine reach ``host``, a name or an address without brackets and port."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.lower() == "localhost"
    mapped = getattr(address, "ipv4_mapped", None)  # ::ffff:127.0.0.1
    return bool((mapped or address).is_loopback)


def _may_not_learn(tokens: Tokens) -> str:
    if tokens.learning is None:
        return f"this server has no token for learning; whoever runs it can set {LEARNING}"
    return "this token may read only; learning, forgetting and suggestions need the learning token; send that one"


def _token(environ: Mapping[str, str], name: str) -> bytes | None:
    token = environ.get(name)
    if token is None:
        return None
    if len(token) < SHORTEST:
        raise ConfigError(
            f"{name} has {len(token)} characters; it must have {SHORTEST} or more, or not be set; {_HOW}"
        )
    if not re.fullmatch(r"[\x21-\x7e]+", token):  # HTTP would not carry it as it is
        raise ConfigError(
            f"{name} holds spaces or characters beyond ASCII; only visible ASCII is accepted; {_HOW}"
        )
    return token.encode("ascii")


def _is_one_of(scope: Scope, tokens: tuple[bytes | None, ...]) -> bool:
    """Compares all of them, each in a time that does not tell how much is right."""
    given = _bearer(scope)
    if given is None:
        return False
    return any([hmac.compare_digest(given, token) for token in tokens if token is not None])


def _bearer(scope: Scope) -> bytes | None:
    """The token of the one Authorization header; None without one, or with two."""
    values = values_of(scope, b"authorization")
    scheme, _, token = values[0].partition(b" ") if len(values) == 1 else (b"", b"", b"")
    return token.strip() if scheme.lower() == b"bearer" else None
