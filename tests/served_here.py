"""A service behind a real socket, in a thread of the test's process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from semascope.serve.app import build_guarded
from semascope.serve.guarding.tokens import Tokens
from semascope.serve.running import address_of, config_of, listen
from semascope.serve.served.opening import read_wanted
from semascope.serve.service import Service
from semascope.serve.settings import ServeSettings


@dataclass
class Here:
    service: Service
    address: str  # without a path

    @property
    def v1(self) -> str:
        """What clients of OpenAI call the base."""
        return f"{self.address}/v1"


@contextmanager
def serving(*artifacts: str, tokens: Tokens | None = None, **settings) -> Iterator[Here]:
    """Serve the artifacts, as they are written on a command line, on a free port of the loopback."""
    chosen = ServeSettings(port=0, **settings)
    service = Service([read_wanted(each) for each in artifacts], chosen)
    app = build_guarded(service, tokens or Tokens())
    with listen("127.0.0.1", 0) as listening:
        service.load()
        server = uvicorn.Server(config_of(app, chosen))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server ended before it had begun"
            time.sleep(0.005)
        try:
            yield Here(service, address_of(listening))
        finally:
            server.should_exit = True
            thread.join(20)
