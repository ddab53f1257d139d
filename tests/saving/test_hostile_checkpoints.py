"""Checkpoints that fit did not write as they are: all refused, and they stay as they were."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from checkpoint_samples import X, Y, cut_off, leave_checkpoint
from hostile_checkpoints import (
    CHECKPOINT_EPOCHS,
    CHECKPOINT_HEADERS,
    CHECKPOINT_TENSORS,
    STOPS,
    hostile_checkpoints,
)
from hostile_files import CORRUPTIONS, with_tensors


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("left") / "fit.checkpoint"
    leave_checkpoint(path, **STOPS)
    return path.read_bytes()


def assert_refused(data, text, folder):
    path = folder / "hostile.checkpoint"
    path.write_bytes(data)
    classifier = cut_off(checkpoint=path, **STOPS)
    state = dict(vars(classifier))
    with pytest.raises(ValueError, match="is not a checkpoint that fit wrote: ") as caught:
        classifier.fit(X, Y)
    assert text in str(caught.value)
    assert vars(classifier) == state
    assert path.read_bytes() == data


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("corrupt", CORRUPTIONS)
def test_corrupted_checkpoints_are_refused(corrupt, seed, left, tmp_path):
    assert_refused(corrupt(left, np.random.default_rng(seed)), "", tmp_path)


TEXTS = {
    **{name: text for name, (_, _, text) in CHECKPOINT_HEADERS.items()},
    **{name: text for name, (_, text) in CHECKPOINT_TENSORS.items()},
    **{name: text for name, (_, text) in CHECKPOINT_EPOCHS.items()},
}


def test_hostile_checkpoints_are_refused_and_not_run(left, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, data in hostile_checkpoints(left).items():
        tracemalloc.start()
        assert_refused(data, TEXTS.get(name, ""), tmp_path)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 10 * len(data) + 2**26
    assert [file.name for file in tmp_path.iterdir()] == ["hostile.checkpoint"]


def test_a_checkpoint_that_is_sealed_again_as_it_was_is_gone_on_with(left, tmp_path):
    path = tmp_path / "fit.checkpoint"
    path.write_bytes(with_tensors(left, dict))
    resumed = cut_off(checkpoint=path, **STOPS).fit(X, Y)
    expected = cut_off(**STOPS).fit(X, Y)
    np.testing.assert_array_equal(resumed.predict_proba(X)[0], expected.predict_proba(X)[0])
