"""A program of the tests: imports a service once, then forks one for each line on its input, so that killing many is quick.

Each child serves the model of the first argument and says ``PID ADDRESS``; a line ``gone`` follows when it has ended.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[4]


def serve_again_and_again() -> None:
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]
    from tests.running_service import service_of  # what takes long, and every child needs

    from semascope.learner.online import durable

    assert service_of
    durable.MOST_LINES = 10  # so often are model files written that kills meet that too
    for _ in sys.stdin:
        child = os.fork()
        if not child:
            try:
                _serve(Path(sys.argv[1]))
            finally:
                os._exit(1)
        os.waitpid(child, 0)
        print("gone", flush=True)


def _serve(model: Path) -> None:
    from tests.running_service import service_of

    from semascope.serve.guarding.tokens import Tokens
    from semascope.serve.running import serve

    def say(sentence: str) -> None:
        if "http://" in sentence:
            address = next(word for word in sentence.split() if word.startswith("http://"))
            print(os.getpid(), address, flush=True)

    serve(service_of(model, learn=True, port=0), Tokens(), say=say)


if __name__ == "__main__":
    serve_again_and_again()
