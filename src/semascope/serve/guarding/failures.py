"""No request ends without an answer of ours: what was raised on the way becomes one, and is logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.serve.guarding.errors import answer_to, is_fault, log_failure

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Failures:
    """Answers what ``app`` raises, unless its answer has begun; then the connection ends, as its end cannot be known."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:
            answer = answer_to(error)
            if begun or is_fault(error, answer.status_code):
                log_failure(scope, error)
            if not begun:
                await answer(scope, receive, send)
