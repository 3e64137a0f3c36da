"""Keys out of the log records of the HTTP library: at its most talkative it writes what a server answers, which may repeat one."""

from __future__ import annotations

import logging

LOGGERS = ("httpx2", "httpcore2.connection", "httpcore2.http11", "httpcore2.http2", "httpcore2.proxy")
"""Those that write records; a filter of a logger above them would see none of theirs."""

_secrets: set[str] = set()


class _WithoutKeys(logging.Filter):
    """Puts stars where a record's message holds a key of this process."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if any(secret in message for secret in _secrets):
            for secret in _secrets:
                message = message.replace(secret, "***")
            record.msg, record.args = message, ()
        return True


_filter = _WithoutKeys()


def keep_out_of_logs(secret: str) -> None:
    """Let no record of the HTTP library hold a key from now on."""
    if not secret:
        return
    _secrets.add(secret)
    for name in LOGGERS:
        logging.getLogger(name).addFilter(_filter)  # the same one twice is one
