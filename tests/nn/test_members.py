"""``n_members`` networks in one estimator."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from samples import quick, table
from sklearn.base import clone
from sklearn.metrics import log_loss

from sklearn_abmtl import TaskRepresentation

X, CODES = table(120)
X_TEST, CODES_TEST = table(400, seed=1)


def mean_loss(classifier):
    return np.mean(
        [
            log_loss(CODES_TEST[:, task], probabilities)
            for task, probabilities in enumerate(classifier.predict_proba(X_TEST))
        ]
    )


def test_members_lower_the_loss():
    single, joined = (
        [
            mean_loss(quick(max_epochs=15, n_members=n_members, random_state=seed).fit(X, CODES))
            for seed in range(4)
        ]
        for n_members in (1, 4)
    )
    assert np.mean(joined) < np.mean(single)


def test_everything_that_one_network_answers_members_answer():
    classifier = quick(n_members=2, decoder="mlp", early_stopping=True).fit(X, CODES)
    assert classifier.predict(X_TEST).shape == CODES_TEST.shape
    assert classifier.reconstruct(X_TEST).shape == X_TEST.shape
    assert classifier.task_attention(X_TEST).shape == (400, 3, 5)
    assert classifier.branch_weights_.shape == (3, 2)
    assert classifier.task_weights_.shape == (3, 3)
    assert classifier.feature_importances_.shape == (5,)
    assert classifier.predict_joint(X_TEST).shape == CODES_TEST.shape
    np.testing.assert_allclose(classifier.branch_weights_.sum(axis=1), 1, rtol=1e-6)


def test_representations_of_members_stand_side_by_side():
    one, two = (TaskRepresentation(quick(n_members=n)).fit(X, CODES) for n in (1, 2))
    assert two.transform(X).shape == (120, 2 * one.transform(X).shape[1])
    assert len(two.get_feature_names_out()) == two.transform(X).shape[1]


def test_equal_seeds_give_equal_members():
    first, second = (quick(n_members=2).fit(X, CODES).predict_proba(X) for _ in range(2))
    for p, q in zip(first, second, strict=True):
        np.testing.assert_array_equal(p, q)


def test_members_are_pickled_cloned_and_trained_on():
    classifier = quick(n_members=2, warm_start=True).fit(X, CODES)
    loaded = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(loaded.predict(X_TEST), classifier.predict(X_TEST))
    assert clone(classifier).n_members == 2
    loaded.fit(X, CODES)
    assert len(loaded.history_) == 6
    loaded.partial_fit(X, CODES)
    assert len(loaded.history_) == 7


@pytest.mark.parametrize("n_members", [0, 1.5, "two"])
def test_a_number_of_members_that_is_none(n_members):
    with pytest.raises(ValueError, match="The 'n_members' parameter of ABMTLClassifier must be"):
        quick(n_members=n_members).fit(X, CODES)
