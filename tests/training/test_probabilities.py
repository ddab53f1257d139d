"""Predictions are computed in batches, and each task has its own array."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch
from samples import quick, table

from sklearn_abmtl import ABMTLClassifier, calibrate
from sklearn_abmtl._training import inference as _inference
from sklearn_abmtl.nn import MLPEncoder

X, CODES = table(300)
MANY = np.c_[np.arange(300) % 100, CODES[:, :2]]  # of 100, 3 and 2 classes


@cache
def wide():
    """A task of 100 classes beside small ones, with task weights."""
    return _with_weights(quick().fit(X, MANY))


def _with_weights(classifier):
    matrix = classifier.net_.module_.aggregator.task_matrix
    generator = torch.Generator().manual_seed(0)
    matrix.reading = torch.randn(3, 100, 4, generator=generator).double()
    matrix.writing = torch.randn(3, 4, 100, generator=generator).double()
    return classifier


GIVEN = np.where(np.arange(3) == 1, MANY, np.nan)


@pytest.mark.parametrize("given", [None, GIVEN], ids=["alone", "given"])
def test_each_task_has_an_array_of_its_own(given):
    probabilities = wide().predict_proba(X, given=given)
    assert [p.shape for p in probabilities] == [(300, 100), (300, 3), (300, 2)]
    assert [p.base for p in probabilities] == [None] * 3
    assert [p.dtype for p in probabilities] == [np.float64] * 3


def test_a_view_computes_its_own_task_alone(monkeypatch):
    classifier = wide()
    calibrated = calibrate(classifier, X, MANY, "sigmoid")
    expected, expected_calibrated = (c.predict_proba(X)[2] for c in (classifier, calibrated))
    to_probabilities, n_tasks = classifier.net_.criterion_.probabilities, []
    monkeypatch.setattr(
        classifier.net_.criterion_,
        "probabilities",
        lambda logits, tasks=slice(None): (
            n_tasks.append(logits.shape[1]) or to_probabilities(logits, tasks)
        ),
    )
    found = classifier.task(2).predict_proba(X)
    assert found.base is None
    np.testing.assert_array_equal(found, expected)
    of_calibrated = type(classifier).task(calibrated, 2).predict_proba(X)
    np.testing.assert_allclose(of_calibrated, expected_calibrated)
    assert set(n_tasks) == {1}


@pytest.mark.parametrize("ask", ["predict", "predict_proba", "predict_joint", "given", "score"])
def test_batches_are_small_where_classes_are_many(ask, monkeypatch):
    classifier = wide()
    methods = {
        "given": lambda: classifier.predict_proba(X, given=GIVEN),
        "score": lambda: classifier.score(X, MANY),
    }
    answer = methods.get(ask, lambda: getattr(classifier, ask)(X))
    expected, sizes = answer(), []
    hook = classifier.net_.module_.register_forward_hook(
        lambda module, inputs, output: sizes.append(len(inputs[0]))
    )
    monkeypatch.setattr(_inference, "ANSWER_VALUES", 64 * 300)
    found = answer()
    hook.remove()
    assert max(sizes) == (12 if ask == "predict_joint" else 64)  # its 16 beams have 100 classes
    assert sum(sizes) == 300
    as_list = [value if isinstance(value, list) else [value] for value in (found, expected)]
    for ours, theirs in zip(*as_list, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-7)


def test_batches_that_do_not_fit_are_tried_again_from_the_row_that_failed(monkeypatch):
    classifier = quick().fit(X, CODES)
    expected, sizes = classifier.predict_proba(X), []
    scale = classifier.net_.module_.input_layer.forward

    def short_of_memory(features):
        sizes.append(len(features))
        if len(sizes) == 3 and len(features) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return scale(features)

    monkeypatch.setattr(classifier.net_.module_.input_layer, "forward", short_of_memory)
    monkeypatch.setattr(_inference, "MAX_BATCH", 100)
    for ours, theirs in zip(classifier.predict_proba(X), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)
    assert sizes == [100, 100, 100, 50, 50]


@pytest.mark.parametrize("ask", ["predict", "predict_proba", "predict_joint", "task"])
def test_an_answer_that_is_not_finite_is_an_error_that_names_the_row(ask):
    classifier = _with_weights(quick().fit(X, MANY))
    classifier.net_.module_.register_forward_hook(
        lambda module, inputs, output: output._replace(
            task_logits=output.task_logits.masked_fill(
                (inputs[0][:, 0] == torch.tensor(X[7, 0]).float()).reshape(-1, 1, 1), torch.nan
            )
        )
    )
    methods = {"task": lambda: classifier.task(1).predict_proba(X)}
    with pytest.raises(ValueError, match="output for row 7 of X is not finite"):
        methods.get(ask, lambda: getattr(classifier, ask)(X))()


def test_many_tasks_known_in_all_rows_come_back_from_the_joint_search():
    classifier = wide()
    np.testing.assert_array_equal(classifier.predict_joint(X, given=MANY), MANY)
    found = classifier.predict_joint(X, given=GIVEN)
    np.testing.assert_array_equal(found[:, 1], MANY[:, 1])
    alone = classifier.predict_joint(X[:5], given=GIVEN[:5])
    np.testing.assert_array_equal(alone, found[:5])


def test_labels_of_one_task_come_as_they_did():
    classifier = ABMTLClassifier(encoder=MLPEncoder(width=4), max_epochs=1).fit(X, CODES[:, 0])
    p = classifier.predict_proba(X)
    assert (p.shape, p.base) == ((300, 3), None)
    np.testing.assert_array_equal(classifier.predict(X), p.argmax(1))
