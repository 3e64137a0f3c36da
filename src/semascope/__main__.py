"""``python -m semascope``: the command line."""

from semascope.cli.main import entry

if __name__ == "__main__":
    entry()
