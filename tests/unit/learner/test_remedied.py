"""A learner whose encoder is remedied: the remedy lies in its file."""

from __future__ import annotations

import shutil
import warnings
import zipfile

import numpy as np
import pytest

from semascope.encoders.loading import load_encoder
from semascope.errors import ArtifactError
from semascope.learner.advice import LearnerWarning
from semascope.learner.model_file import load_learner

TEXTS = ["text 3", "new", "another"]


@pytest.fixture
def kept(hash_kept, tmp_path):
    return shutil.copytree(hash_kept, tmp_path / "kept")


def answers(learner):
    return learner.predict_many(TEXTS).tolist()


def test_it_goes_on_to_the_last_bit_once_the_kept_folder_is_gone(trained, make, kept, tmp_path):
    learner = trained(encoder=str(kept))
    expected, saved = answers(learner), learner.save_model(tmp_path / "model.zip")
    shutil.rmtree(kept)
    again = make(encoder=None)
    again.load_model(saved)
    assert answers(again) == expected
    card = load_learner(saved).card
    assert card.space["remedy"].startswith("turn ")
    assert card.called == "kept"
    with zipfile.ZipFile(saved) as archive:
        assert "encoder/remedied.json" in archive.namelist()
    # and once more, out of what was loaded
    again.add_training_example("since", 4.0)
    again.train()
    expected, after = answers(again), again.save_model(tmp_path / "after.zip")
    saved.unlink()
    last = make(encoder=None)
    last.load_model(after)
    np.testing.assert_allclose(answers(last), expected, atol=1e-9)


def test_one_that_was_given_by_name_needs_no_advice(trained, make, kept, tmp_path):
    saved = trained(encoder=str(kept)).save_model(tmp_path / "model.zip")
    with warnings.catch_warnings():
        warnings.simplefilter("error", LearnerWarning)
        make(encoder=str(kept)).load_model(saved)
        make(encoder=load_encoder(str(kept))).load_model(saved)


def test_base_and_remedied_refuse_each_other_and_name_the_field(trained, make, kept, tmp_path):
    mended = trained(encoder=str(kept)).save_model(tmp_path / "mended.zip")
    plain = trained(encoder="hash:16").save_model(tmp_path / "plain.zip")
    with pytest.raises(
        ArtifactError, match=r"'hash:16' is of another space: remedy is none instead of 'turn "
    ):
        make(encoder="hash:16").load_model(mended)
    with pytest.raises(
        ArtifactError, match=r"'kept' is of another space: remedy is 'turn .* instead of none"
    ):
        make(encoder=str(kept)).load_model(plain)
