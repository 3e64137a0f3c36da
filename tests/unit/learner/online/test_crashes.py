"""Crashes at any byte of the journal and at any step of a fold: nothing acknowledged is lost, and nothing is done twice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from semascope_test_served_models import (
    FIRST,
    examples_of,
    fitted_line,
    full_fit,
    journal_of,
    learn,
    new_model,
    opened,
)

from semascope.errors import ArtifactError, SemascopeError
from semascope.learner.learner import ValueLearner
from semascope.learner.model_file import load_learner
from semascope.learner.online.operations import Applied, Forget, Learn

pytestmark = pytest.mark.long

SOURCES = Path(__file__).parents[4] / "src"
TEXTS = ["text 1", "text 2", "a", "b", "c\n"]  # two of which are there from the start


@dataclass
class Expected:
    """What a model that never crashed comes to: lists, and answers by request id."""

    examples: list[tuple[str, float]] = field(default_factory=lambda: list(FIRST.items()))
    answers: dict[str, tuple[object, tuple[int, int]]] = field(default_factory=dict)

    def take(self, operation) -> tuple[int, int] | None:
        """Examples after it and how many changed; None where it is refused."""
        key = operation.request_id
        content = (operation.text, getattr(operation, "score", None))
        if key in self.answers:
            return self.answers[key][1] if self.answers[key][0] == content else None
        if isinstance(operation, Learn):
            self.examples.append((operation.text, operation.score))
            changed = 1
        else:
            rest = [each for each in self.examples if each[0] != operation.text]
            changed = len(self.examples) - len(rest)
            if not changed or not rest:
                return None
            self.examples = rest
        answer = (len(self.examples), changed)
        if key:
            self.answers[key] = (content, answer)
        return answer

    def copy(self) -> Expected:
        return Expected(list(self.examples), dict(self.answers))


ids = st.sampled_from(["", "", "r1", "r2", "r3", "r4"])
operations = st.one_of(
    st.builds(
        lambda text, score, key: learn(text, score, key),
        st.sampled_from(TEXTS),
        st.sampled_from([1.0, -2.5]),
        ids,
    ),
    st.builds(lambda text, key: Forget(text=text, request_id=key), st.sampled_from(TEXTS), ids),
)
groups = st.lists(operations, min_size=1, max_size=5)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("apply"), groups),
        st.tuples(st.just("cut"), st.tuples(groups, st.floats(0, 1))),
        st.tuples(st.sampled_from(["fold", "fold cut", "close", "kill", "load and save"]), st.none()),
    ),
    max_size=8,
)


def answer_of(found: Applied | SemascopeError) -> tuple[int, int] | None:
    return (found.examples, found.changed) if isinstance(found, Applied) else None


def killed(service) -> None:
    """Let go of the model as a process that dies does."""
    service._held.close()


def check(path: Path, expected: Expected) -> None:
    saved = load_learner(path)
    assert examples_of(saved) == expected.examples
    np.testing.assert_allclose(fitted_line(saved), full_fit(expected.examples), rtol=1e-8, atol=1e-12)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    return new_model(tmp_path_factory.mktemp("fresh") / "model.zip")


@settings(max_examples=100, deadline=None)
@given(steps=steps)
def test_whatever_happens_the_model_is_that_of_one_that_never_crashed(fresh, steps):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.zip"
        shutil.copy(fresh, path)
        service, expected = opened(path), Expected()
        for step, about in steps:
            if step == "apply":
                answers = [answer_of(each) for each in service.apply(about)]
                assert answers == [expected.take(operation) for operation in about]
            elif step == "cut":
                service, expected = crash_in_group(service, path, expected, *about)
            elif step == "fold":
                service.fold()
                assert not journal_of(path).exists()
            elif step == "fold cut":  # the file is there, and the journal is still there too
                lines = journal_of(path).read_bytes() if journal_of(path).exists() else None
                service.fold()
                if lines is not None:
                    journal_of(path).write_bytes(lines)
                killed(service)
                service = opened(path)
            elif step == "load and save":
                killed(service)
                learner = ValueLearner(encoder="hash:8", cache_dir=Path(folder) / "cache")
                learner.load_model(path)
                learner.save_model(path)
                service = opened(path)
            else:
                service.close() if step == "close" else killed(service)
                service = opened(path)
            check(path, expected)
            np.testing.assert_allclose(
                fitted_line(service.model), full_fit(expected.examples), rtol=1e-8, atol=1e-12
            )
        service.close()
        check(path, expected)


def crash_in_group(service, path, expected, group, share):
    """A crash while a group is written: its first lines are there, whole, and the rest is not."""
    before = service._journal.length  # the file may hold more: what a crash has cut, until the next write
    service.apply(group)
    after = journal_of(path).stat().st_size if journal_of(path).exists() else 0
    killed(service)
    if after:
        os.truncate(journal_of(path), before + round(share * (after - before)))
    service = opened(path)
    known = len(service.model.examples)
    kept = lines_kept(path, before)
    done = 0
    for operation in group:  # what was written counts, though nobody was told
        trial = expected.copy()
        if trial.take(operation) is not None and operation.request_id not in expected.answers:
            if done == kept:
                break
            done += 1
            expected = trial
    assert known == len(expected.examples)
    return service, expected


def lines_kept(path: Path, before: int) -> int:
    """Whole operations behind the first ``before`` bytes."""
    if not journal_of(path).exists():
        return 0
    data = journal_of(path).read_bytes()[before:]
    return max(data.count(b"\n") - (before == 0), 0)


# Damage


def test_a_cut_at_every_byte_leaves_the_whole_lines(model):
    service = opened(model)
    service.apply([learn("a", 3.0, "r1"), learn("b", 4.0)])
    lines = journal_of(model).read_bytes()
    killed(service)
    ends = [place + 1 for place, byte in enumerate(lines) if byte == ord("\n")]
    for length in range(len(lines)):
        journal_of(model).write_bytes(lines[:length])
        whole = sum(end <= length for end in ends[1:])
        assert len(load_learner(model).examples) == 10 + whole
    for length in (0, ends[0] - 1, ends[0], ends[1] - 1, ends[1], ends[1] + 9):  # and it goes on from there
        journal_of(model).write_bytes(lines[:length])
        whole = sum(end <= length for end in ends[1:])
        service = opened(model)
        assert service.apply([learn("c")])[0].number == whole + 1
        assert [text for text, _ in examples_of(load_learner(model))][10:] == [*["a", "b"][:whole], "c"]
        killed(service)


@pytest.mark.parametrize("change", ["flipped", "removed", "doubled", "swapped", "zeros"])
@pytest.mark.parametrize("line", [0, 1, 2, 3])
def test_damage_is_said_and_nothing_is_learnt_from_it(model, line, change):
    service = opened(model)
    service.apply([learn("a", 3.0), learn("b", 4.0), learn("c", 5.0)])
    killed(service)
    lines = journal_of(model).read_bytes().splitlines(keepends=True)
    if change == "flipped":
        lines[line] = lines[line].replace(b"1", b"2", 1) if b"1" in lines[line] else lines[line][:-2] + b"]\n"
    elif change == "removed":
        if line == 3:
            return  # a last line that is missing is one that was never written
        del lines[line]
    elif change == "doubled":
        lines.insert(line, lines[line])
    elif change == "swapped":
        lines[line], lines[line - 1] = lines[line - 1], lines[line]
    else:
        lines[line] = bytes(len(lines[line]) - 1) + b"\n"
    journal_of(model).write_bytes(b"".join(lines))
    for load in (load_learner, opened):
        with pytest.raises(ArtifactError, match=r"line \d of .*\.model\.zip\.journal is damaged|has format"):
            load(model)


# Kills


LEARNS = """
import os, random, signal, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from served_models import learn, opened
from semascope.learner.online.operations import Forget
model, told = Path(sys.argv[1]), Path(sys.argv[1] + ".told")

def serve(seed):
    draw = random.Random(seed)
    told_now = told.open("ab", buffering=0)
    number = len(told.read_bytes().splitlines())  # groups that were acknowledged
    service = opened(model)
    while True:
        group = [learn(f"{number} {place}", float(place), f"{number} {place}") for place in range(number % 3 + 1)]
        if number % 7 == 3:
            group.append(Forget(text=f"{number - 1} 0", request_id=f"{number} f"))
        for answer in service.apply(group):
            if isinstance(answer, Exception):
                os._exit(3)
        told_now.write(b"%d\\n" % number)
        number += 1
        if draw.random() < 0.3:
            service.fold()

opened(model).close()  # loads what loading needs, once for all
told.touch()
for seed in range(20):
    child = os.fork()
    if not child:
        try:
            serve(seed)
        finally:
            os._exit(4)
    before = told.read_bytes()
    while seed % 2 and told.read_bytes() == before:  # every other one is killed while it learns, however slow the machine is
        time.sleep(0.001)
    time.sleep(random.Random(seed).uniform(0.0, 0.2))
    os.kill(child, signal.SIGKILL)
    if os.waitpid(child, 0)[1] != signal.SIGKILL:
        sys.exit("the child ended otherwise")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_twenty_kills_lose_nothing_acknowledged_and_double_nothing(model):
    command = [sys.executable, "-c", LEARNS, str(model), str(Path(__file__).parent)]
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    told = [int(line) for line in Path(f"{model}.told").read_text().splitlines()]
    assert told == list(range(len(told)))
    assert len(told) >= 10
    found = examples_of(load_learner(model))
    last = len(told)  # the group that was under way: any of its first lines may be there
    expected = list(FIRST.items())
    for number in told:
        expected += [(f"{number} {place}", float(place)) for place in range(number % 3 + 1)]
        if number % 7 == 3:
            expected.remove((f"{number - 1} 0", 0.0))
    assert found[: len(expected)] == expected or last % 7 == 3
    rest = [f"{last} {place}" for place in range(last % 3 + 1)]
    beyond = [text for text, _ in found if int(text.split()[0].replace("text", "-1")) >= last]
    assert beyond == rest[: len(beyond)]
    assert len(found) in (len(expected) + len(beyond), len(expected) + len(beyond) - 1)
    np.testing.assert_allclose(fitted_line(load_learner(model)), full_fit(found), rtol=1e-8, atol=1e-12)
    partial = [path.name for path in model.parent.iterdir() if path.name.endswith(".partial")]
    assert (
        len(partial) <= 20
    )  # of kills while the file was written; the next writers remove them when they are old
