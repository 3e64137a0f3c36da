"""What a service learns: answered once, on the disk first, refused one by one, and seen by every other reader."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
from semascope_test_served_models import (
    ENCODER,
    FIRST,
    examples_of,
    fitted_line,
    full_fit,
    journal_of,
    learn,
    new_model,
    opened,
    vector,
)

from semascope.errors import ArtifactError, ConfigError, DataError
from semascope.learner.answers.at_vectors import predict_at
from semascope.learner.learner import ValueLearner
from semascope.learner.model_file import load_learner
from semascope.learner.online import answered, durable
from semascope.learner.online.operations import Applied, Forget, Learn, Suggested
from semascope.probes.scorer import Scorer

SOURCES = Path(__file__).parents[4] / "src"


def nested(levels: int) -> list:
    found: list = []
    for _ in range(levels):
        found = [found]
    return found


def test_operations_are_answered_in_order_and_equal_a_full_fit(model):
    with opened(model) as service:
        answers = service.apply(
            [learn("new", 9.0), Forget(text="text 3"), learn("new", 8.0), Forget(text="new")]
        )
        assert answers == [
            Applied(number=1, examples=11, changed=1),
            Applied(number=2, examples=10, changed=1),
            Applied(number=3, examples=11, changed=1),
            Applied(number=4, examples=9, changed=2),
        ]
        rest = [(text, score) for text, score in FIRST.items() if text != "text 3"]
        assert examples_of(service.model) == rest
        np.testing.assert_allclose(fitted_line(service.model), full_fit(rest), rtol=1e-8)
    assert not journal_of(model).exists()
    saved = load_learner(model)
    assert examples_of(saved) == rest
    np.testing.assert_allclose(fitted_line(saved), full_fit(rest), rtol=1e-8)


@pytest.mark.parametrize(
    ("operation", "kind", "said"),
    [
        (Learn(text="x", score=float("nan"), vector=vector("x")), DataError, "the score is nan"),
        (Learn(text="x", score="3", vector=vector("x")), DataError, "the score is '3'"),
        (Learn(text=7, score=3, vector=vector("x")), DataError, "a text must be a string"),
        (Learn(text="x", score=3, vector=vector("x")[:4]), DataError, r"shape \(4,\)"),
        (Learn(text="x", score=3, vector=vector("x") * np.nan), DataError, "not finite"),
        (Learn(text="x", score=3, vector=np.full(8, 1e300)), DataError, "not finite"),
        (Learn(text="x", score=3, vector=vector("x") * 1e6), DataError, "alpha is 0.5 and a row lies"),
        (Learn(text="x", score=3, vector=["a"] * 8), DataError, "a vector holds no numbers"),
        (Learn(text="x", score=3, vector=[[1.0], [1.0, 2.0]]), DataError, "a vector holds no numbers"),
        (learn("x", metadata={"a": object()}), DataError, "metadata cannot be saved"),
        (learn("x", metadata={"a": nested(400)}), DataError, "nested more than 100 levels deep"),
        (learn("x", metadata={"a": nested(100_000)}), DataError, "metadata cannot be saved"),
        (learn("x", request_id="i" * 201), ConfigError, "200 characters at most"),
        (Forget(text="unknown"), DataError, "no example has the text 'unknown'"),
        (Suggested(texts="one"), DataError, "must be a list of strings"),
    ],
)
def test_what_cannot_be_done_is_refused_alone(model, operation, kind, said):
    with opened(model) as service:
        first, refused, last = service.apply([learn("a"), operation, learn("b")])
        assert (first.number, last.number, last.examples) == (1, 2, 12)
        assert isinstance(refused, kind)
        with pytest.raises(kind, match=said):
            raise refused


def test_the_last_text_stays(tmp_path):
    with opened(new_model(tmp_path / "model.zip")) as service:
        answers = service.apply([Forget(text=text) for text in FIRST])
        assert [type(each) for each in answers] == [Applied] * 9 + [DataError]
        assert "a model needs one example" in str(answers[-1])


def test_a_repeated_request_is_answered_as_before_and_changes_nothing(model):
    with opened(model) as service:
        first, again = service.apply([learn("a", 3.0, "r1"), learn("a", 3.0, "r1")])
        assert not first.repeated
        assert again == Applied(number=1, examples=11, changed=1, repeated=True)
        service.apply([learn("b")])
        service.fold()
        [folded] = service.apply([learn("a", 3.0, "r1")])
        assert folded == again
        assert len(service.model.examples) == 12
    with opened(model) as service:
        assert service.apply([learn("a", 3.0, "r1")]) == [again]
        other, kind = service.apply([learn("a", 4.0, "r1"), Forget(text="a", request_id="r1")])
        assert isinstance(other, ConfigError)
        assert isinstance(kind, ConfigError)
        assert "used for another request" in str(kind)


def test_metadata_is_kept_as_json_has_it(model):
    with opened(model) as service:
        about = {1: (2, 3), "a": None}
        service.apply([learn("a", 3.0, "r1", metadata=about)])
        assert service.apply([learn("a", 3.0, "r1", metadata=about)])[0].repeated
        assert service.model.examples.metadata[-1] == {"1": [2, 3], "a": None}
        assert load_learner(model).examples[-1].metadata == {"1": [2, 3], "a": None}
    assert load_learner(model).examples[-1].metadata == {"1": [2, 3], "a": None}


def test_a_refused_request_may_be_sent_again(model):
    with opened(model) as service:
        bad = Learn(text="a", score=3.0, vector=vector("a") * np.nan, request_id="r1")
        refused, learnt = service.apply([bad, learn("a", 3.0, "r1")])
        assert isinstance(refused, DataError)
        assert learnt == Applied(number=1, examples=11, changed=1)


def test_only_the_latest_requests_are_known(model, monkeypatch):
    monkeypatch.setattr(answered, "KEPT", 3)
    with opened(model) as service:
        service.apply([learn("a", request_id=f"r{number}") for number in range(4)])
        old, new = service.apply([learn("a", request_id="r0"), learn("a", request_id="r3")])
        assert (old.repeated, new.repeated) == (False, True)


def test_texts_of_every_sort_come_back(model):
    texts = [
        "",
        "line\nbreak\r\u2028",
        "\ud800 alone",
        "ß \U0001f600",
        'a "quoted", "mark": "0123456789abcdef"}',
    ]
    with opened(model) as service:
        service.apply([learn(text, 2.0, f"r{text}", metadata={"by": text}) for text in texts])
        saved = load_learner(model)
        assert [(each.text, each.metadata) for each in saved.examples[10:]] == [(t, {"by": t}) for t in texts]
        assert saved.vectors.tobytes() == service.model.fitted().vectors.tobytes()


# Folding


def test_folding_is_due_when_it_is_quiet_or_long(model, monkeypatch):
    now = 0.0
    monkeypatch.setattr(durable, "MOST_LINES", 5)
    with opened(model, clock=lambda: now) as service:
        now = 100.0
        assert not service.due()  # nothing to fold
        service.apply([learn("a")])
        assert not service.due()
        now += durable.QUIET
        assert service.due()
        service.fold()
        assert not service.due()
        service.apply([learn("a")] * 5)
        assert not service.due()
        service.apply([learn("a")])
        assert service.due()
        service.fold()
        monkeypatch.setattr(durable, "LEAST_BYTES", 100)
        service.apply([learn("long " * 2_000)])
        assert journal_of(model).stat().st_size > 10_000
        assert service.due()


def test_a_fold_that_fails_leaves_file_and_journal_and_is_not_tried_at_once(model, monkeypatch):
    now, before = 0.0, model.read_bytes()
    service = opened(model, clock=lambda: now)
    service.apply([learn("a", 3.0)])
    with monkeypatch.context() as patch:
        patch.setattr("semascope.files.settle", no_room)
        with pytest.raises(ArtifactError, match="No space left on device"):
            service.fold()
        assert model.read_bytes() == before
        now = durable.QUIET
        assert not service.due()
        service.apply([learn("b", 3.0)])
        with pytest.raises(ArtifactError, match="No space left on device"):
            service.close()
    assert [text for text, _ in examples_of(load_learner(model))][10:] == ["a", "b"]
    with opened(model, clock=lambda: now) as service:  # the lock was given up
        assert service.unfolded == 2


def no_room(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


# A full disk


@pytest.mark.parametrize("moment", ["pwrite", "half", "fsync", "folder", "open"])
def test_a_write_that_fails_does_nothing_and_the_next_one_works(model, monkeypatch, moment):
    write = os.pwrite

    def half(handle, data, place):
        if len(data) < 40:
            no_room()
        return write(handle, data[: len(data) // 2], place)

    with opened(model) as service:
        if moment != "folder":  # which is asked for the first line alone
            service.apply([learn("before", request_id="r0")])
        lines = journal_of(model).read_bytes() if journal_of(model).exists() else b""
        names = {
            "pwrite": ("os.pwrite", no_room),
            "half": ("os.pwrite", half),
            "fsync": ("os.fsync", no_room),
            "folder": ("semascope.learner.online.journal.sync_folder", no_room),
            "open": ("os.open", no_room),
        }
        before = examples_of(service.model)
        with monkeypatch.context() as patch:
            patch.setattr(*names[moment])
            with pytest.raises(
                ArtifactError, match=r"nothing was learnt: .* \(No space left on device\); free some space"
            ):
                service.apply([learn("a", request_id="r1"), learn("b")])
        assert examples_of(service.model) == before
        assert journal_of(model).read_bytes() == lines
        assert [each.repeated for each in service.apply([learn("a", request_id="r1"), learn("b")])] == [
            False
        ] * 2
        assert examples_of(load_learner(model)) == [*before, ("a", 1.0), ("b", 1.0)]


def test_a_full_disk(tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(small)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        model = small / "model.zip"
        shutil.copy(new_model(tmp_path / "model.zip"), model)
        service = opened(model)
        with pytest.raises(ArtifactError, match=r"\(No space left on device\); free some space"):
            service.apply([learn("long " * 50_000), learn("b")])
        assert service.apply([learn("short", 3.0)])[0].number == 1
        assert examples_of(load_learner(model))[10:] == [("short", 3.0)]
        service.close()
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


def test_what_fails_between_disk_and_memory_is_read_from_the_disk(model, monkeypatch):
    with opened(model) as service:
        with monkeypatch.context() as patch:
            patch.setattr("semascope.learner.model.Model.forget", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                service.apply([learn("a", 3.0, "r1"), Forget(text="text 1", request_id="r2")])
        again = service.apply([Forget(text="text 1", request_id="r2"), learn("b", 4.0)])
        assert again == [
            Applied(number=2, examples=10, changed=1, repeated=True),
            Applied(number=3, examples=11, changed=1),
        ]
        rest = [*((text, score) for text, score in FIRST.items() if text != "text 1"), ("a", 3.0), ("b", 4.0)]
        np.testing.assert_allclose(fitted_line(service.model), full_fit(rest), rtol=1e-8)


# Others


HOLD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from served_models import opened, learn
service = opened(Path(sys.argv[1]))
service.apply([learn("theirs", 3.0)])
print("in", flush=True)
sys.stdin.read()
"""


def test_a_second_process_is_refused_and_readers_see_what_was_acknowledged(model):
    pytest.importorskip("fcntl")
    command = [sys.executable, "-c", HOLD, str(model), str(Path(__file__).parent)]
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    other = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert other.stdout.readline() == b"in\n"
        with pytest.raises(ConfigError, match=r"another semascope learn or serve is at work on .*model\.zip"):
            opened(model)
        assert examples_of(load_learner(model))[-1] == ("theirs", 3.0)
        learner = ValueLearner(encoder=ENCODER, cache_dir=model.parent / "cache")
        learner.load_model(model)
        assert learner.training_texts[-1] == "theirs"
        with pytest.warns(UserWarning, match="does not have 1 example yet that semascope serve has learnt"):
            Scorer.load(model, encoder=ENCODER)
    finally:
        other.kill()
        other.communicate()
    with opened(model) as service:
        assert examples_of(service.model)[-1] == ("theirs", 3.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Scorer.load(model, encoder=ENCODER)  # folded: nothing to say


def test_predictions_go_on_while_it_learns(model):
    rows, done, found = np.stack([vector("x"), vector("y")]), threading.Event(), []
    with opened(model) as service:

        def read():
            while not done.is_set():
                found.append(predict_at(service.model, rows))

        reader = threading.Thread(target=read)
        reader.start()
        try:
            for number in range(100):
                service.apply([learn(f"n{number}", float(number))])
                if number % 20 == 0:
                    service.fold()
        finally:
            done.set()
            reader.join()
    assert found
    assert np.isfinite(found).all()


def test_a_model_that_is_replaced_meanwhile_is_not_written_over(model, tmp_path):
    service = opened(model)
    service.apply([learn("a", 3.0)])
    new_model(tmp_path / "other.zip").replace(model)
    with pytest.raises(
        ArtifactError, match="was replaced or removed while semascope serve learnt into it; 1 operation"
    ):
        service.apply([learn("b")])
    with pytest.raises(ArtifactError, match="was replaced or removed"):
        service.close()
    opened(model).close()  # it is the same model by what it holds: the journal fits
    assert examples_of(load_learner(model))[10:] == [("a", 3.0)]


def test_a_journal_of_another_model_is_refused(model, tmp_path):
    with opened(model) as service:
        service.apply([learn("a", 3.0)])
        lines = journal_of(model).read_bytes()
    service = opened(model)  # holds "a" by now, so the journal that is put back goes on from the past
    journal_of(model).write_bytes(lines)
    assert examples_of(load_learner(model))[10:] == [("a", 3.0)]
    other = tmp_path / "other" / "model.zip"
    other.parent.mkdir()
    with opened(new_model(other)) as second:
        second.apply([Forget(text="text 1")])
    journal_of(other).write_bytes(lines)
    for load in (load_learner, opened):
        with pytest.raises(
            ArtifactError, match="holds 1 operation that semascope serve has learnt into another model"
        ):
            load(other)
    journal_of(model).unlink()
    service.close()


def test_examples_that_were_never_trained_on_are_learnt_at_the_start(model):
    learner = ValueLearner(encoder=ENCODER, cache_dir=model.parent / "cache")
    learner.load_model(model)
    learner.add_training_example("waiting", 7.0)
    learner.save_model(model)
    with opened(model) as service:
        service.apply([learn("a", 3.0)])
        expected = [*FIRST.items(), ("waiting", 7.0), ("a", 3.0)]
        assert examples_of(load_learner(model)) == expected
        np.testing.assert_allclose(fitted_line(service.model), full_fit(expected), rtol=1e-8)


def test_a_learner_that_saves_over_a_crashed_model_keeps_what_was_acknowledged(model):
    crashed = opened(model)
    crashed.apply([learn("a", 3.0, "r1")])
    crashed._held.close()  # as a process that dies
    learner = ValueLearner(encoder=ENCODER, cache_dir=model.parent / "cache")
    learner.load_model(model)
    learner.update("mine", 5.0)
    learner.save_model(model)  # the journal still lies there
    expected = [*FIRST.items(), ("a", 3.0), ("mine", 5.0)]
    assert examples_of(load_learner(model)) == expected
    with opened(model) as service:
        assert service.unfolded == 0
        assert not journal_of(model).exists()
        assert service.apply([learn("a", 3.0, "r1")])[0].repeated
        assert examples_of(service.model) == expected


def test_what_was_suggested_is_known_after_a_crash(model):
    crashed = opened(model)
    crashed.apply([Suggested(texts=("x", "y"))])
    crashed._held.close()
    assert load_learner(model).suggested == ("x", "y")
    with opened(model) as service:
        service.apply([learn("x")])
        assert service.model.was_guided()


def test_a_model_that_no_service_learnt_into_stays_as_it_is(model):
    before = model.read_bytes()
    opened(model).close()
    assert model.read_bytes() == before


def test_nothing_is_learnt_after_the_end(model):
    service = opened(model)
    service.close()
    service.close()
    with pytest.raises(ConfigError, match="is closed and learns nothing more"):
        service.apply([learn("a")])
    assert not service.due()


def test_a_link_is_the_model_itself(model):
    link = model.with_name("link.zip")
    link.symlink_to(model)
    with opened(link) as service:
        service.apply([learn("a", 3.0)])
        assert journal_of(model).exists()
        with pytest.raises(ConfigError, match="is at work on"):
            opened(model)
    assert link.is_symlink()
    assert examples_of(load_learner(model))[10:] == [("a", 3.0)]
