"""A fault of ours keeps its traceback and has an exit status that no command means anything by."""

from __future__ import annotations

import pytest

from semascope.cli import main


def test_a_fault_is_no_verdict(capsys, monkeypatch):
    def fails() -> int:
        raise RuntimeError("a fault")

    monkeypatch.setattr(main, "_load_and_run", fails)
    with pytest.raises(SystemExit) as left:
        main.entry()
    assert left.value.code == 70
    assert "RuntimeError: a fault" in capsys.readouterr().err
