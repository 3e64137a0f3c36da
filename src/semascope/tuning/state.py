"""A training under way, on the disk: one file, replaced whole, from which it goes on at the same step."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from semascope.errors import DataError
from semascope.files import replacing
from semascope.tuning.tensor_file import write_tensors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

EVERY = 120.0
"""Seconds between two states: what a kill can cost."""
_COURSE = ("scores", "losses", "notes", "best_epoch", "steps", "tokens", "seconds", "stopped")


class StateFile:
    """Where a training is kept.

    Parameters
    ----------
    path
        Of the file.
    meant
        Plain values that decide every step: a state of others is not taken up.
    every
        Seconds between two states; None: two minutes.
    """

    def __init__(self, path: Path, meant: Mapping[str, Any], *, every: float | None = None) -> None:
        self.path, self.meant, self._every = (
            path,
            json.loads(json.dumps(meant)),
            EVERY if every is None else every,
        )
        self._saved = time.monotonic()

    def is_due(self) -> bool:
        """Whether it is time for another state."""
        return time.monotonic() - self._saved >= self._every

    def save(self, run: Any) -> None:
        """Keep everything that changes.

        Raises
        ------
        DataError
            When it cannot be written; the state before it stays.
        """
        tensors: dict[str, torch.Tensor] = {}
        for name, value in run.parameters.items():
            tensors[f"weight.{name}"] = value.detach()
            kept = run.optimiser.state.get(value, {})  # none of what no text reaches
            tensors |= {
                f"{moment}.{name}": kept[moment]
                for moment in ("exp_avg", "exp_avg_sq", "step")
                if moment in kept
            }
        tensors |= {f"best.{name}": value for name, value in run.best.items()}
        tensors |= {
            f"outputs.{place}": torch.from_numpy(each) for place, each in enumerate(run.course.outputs)
        }
        about = {
            "meant": self.meant,
            "step": run.step,
            "most": run.most,
            "kept": run.kept,
            "at_once": run.at_once,  # cut into other parts, a batch draws other dropout
            "sums": run.sums,
            "course": {name: getattr(run.course, name) for name in _COURSE},
        }
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(self.path) as stream:
                write_tensors(stream, tensors, about=json.dumps(about))
        except OSError as error:
            raise DataError(
                f"{self.path} cannot be written ({error.strerror}); the training goes on from the state before it; free space,"
                " then run the same command"
            ) from error
        self._saved = time.monotonic()

    def read(self, run: Any) -> bool:
        """Put the kept state into ``run``; False where there is none of this training.

        Of tokens at once the fewer are taken: those of a run that met its limit of memory, or what is asked for now because
        that run was killed at it.
        """
        from safetensors import SafetensorError, safe_open

        if not self.path.is_file():
            return False
        try:
            with safe_open(self.path, framework="pt") as file:
                about = json.loads((file.metadata() or {})["about"])
                if (
                    about["meant"] != self.meant
                    or not about["course"].keys() >= set(_COURSE)
                    or "kept" not in about
                ):
                    return False
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
        except (SafetensorError, OSError, KeyError, ValueError):
            return False  # of another version: training starts anew, which costs time and changes nothing
        with torch.no_grad():
            for name, value in run.parameters.items():
                value.copy_(tensors[f"weight.{name}"])
                if f"step.{name}" not in tensors:
                    continue
                run.optimiser.state[value] = {
                    "step": tensors[f"step.{name}"].to(value.device),
                    "exp_avg": tensors[f"exp_avg.{name}"].to(value.device),
                    "exp_avg_sq": tensors[f"exp_avg_sq.{name}"].to(value.device),
                }
        run.best = {
            name.removeprefix("best."): value.to(run.device)
            for name, value in tensors.items()
            if name.startswith("best.")
        }
        course = about["course"]
        course["scores"] = [tuple(score) for score in course["scores"]]
        for name in _COURSE:
            setattr(run.course, name, course[name])
        run.course.outputs = [
            np.asarray(tensors[f"outputs.{place}"].numpy()) for place in range(len(course["scores"]))
        ]
        run.step, run.sums = about["step"], about["sums"]
        run.most, run.kept = min(run.most, about["most"]), min(run.kept, about["kept"])
        run.at_once = about.get("at_once", run.at_once)
        return True

    def drop(self) -> None:
        """What was trained is used: nothing is left to go on with."""
        self.path.unlink(missing_ok=True)
