"""An encoder behind a service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semascope.serve.served.embeds import Embeds

if TYPE_CHECKING:
    from semascope.serve.served.encoders import SharedEncoder


class ServedEncoder:
    """Embeds texts."""

    kind = "encoder"

    def __init__(self, name: str, shared: SharedEncoder) -> None:
        self.name, self.shared = name, shared

    @property
    def embeds(self) -> Embeds:
        """As it is asked to."""
        return Embeds(shared=self.shared)

    @property
    def about(self) -> dict[str, Any]:
        """What ``/v1/models`` says of it besides how it embeds."""
        return {}
