"""feature_importances_ shows the features of a table on which predictions depend."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from samples import frame, quick, table
from scipy.stats import spearmanr
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import RFE, SelectFromModel
from sklearn.inspection import permutation_importance
from sklearn.model_selection import train_test_split

from sklearn_abmtl import ABMTLClassifier, MLPEncoder
from sklearn_abmtl._training.afterwards import importances as _importances
from sklearn_abmtl.metrics import mean_task_scorer

INFORMATIVE = [0, 1, 2]


def with_noise(n_samples=300):
    """Return X, and labels (n_samples, 2) that depend only on the first 3 of 8 features."""
    generator = np.random.default_rng(0)
    X = generator.normal(size=(n_samples, 8)) * [1, 10, 0.1, 1, 10, 0.1, 1, 1] + 5
    scaled = (X - 5) / [1, 10, 0.1, 1, 10, 0.1, 1, 1]
    y = np.stack([scaled[:, 0] + scaled[:, 1] > 0, np.digitize(scaled[:, 2], [-0.5, 0.5])], axis=1)
    return X, y.astype(int)


def learner(**parameters):
    small = {"encoder": MLPEncoder(width=32), "max_epochs": 15, "random_state": 0}
    return ABMTLClassifier(**(small | parameters))


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"decoder": "mlp"},
        {"decoder": "bilstm"},
        {"sharing": "soft"},
        {"encoder": "feature_token"},
        {"losses": "binary_cross_entropy"},
        {"dtype": "float64"},
    ],
)
def test_informative_features_come_before_noise(parameters):
    X, y = with_noise()
    importances = learner(**parameters).fit(X, y).feature_importances_
    assert importances.shape == (8,)
    assert importances.dtype == np.float64
    assert (importances >= 0).all()
    np.testing.assert_allclose(importances.sum(), 1)
    assert set(np.argsort(importances)[-3:]) == set(INFORMATIVE)


def test_missing_labels_and_a_single_task_are_no_hindrance():
    X, y = with_noise()
    one = learner().fit(X, y[:, 1]).feature_importances_
    assert one.argmax() == 2
    y_missing = np.where(np.random.default_rng(1).random(y.shape) < 0.3, np.nan, y)
    importances = learner().fit(X, y_missing).feature_importances_
    assert set(np.argsort(importances)[-3:]) == set(INFORMATIVE)


def test_it_is_the_first_order_move_of_the_log_odds():
    X, codes = table()
    classifier = quick(dtype="float64", max_epochs=10).fit(X, codes)
    network = classifier.net_.module_
    scaled = (X - network.input_layer.mean.numpy()) / network.input_layer.scale.numpy()
    predicted = [p.argmax(axis=1) for p in classifier.predict_proba(X)]

    def log_odds(X):
        return np.stack(
            [
                np.log(p[range(len(X)), best] / (1 - p[range(len(X)), best]))
                for p, best in zip(classifier.predict_proba(X), predicted, strict=True)
            ]
        )  # (n_tasks, n_samples)

    moves = []
    for feature in range(X.shape[1]):
        step = np.zeros(X.shape[1])
        step[feature] = 1e-5 * network.input_layer.scale.numpy()[feature]
        slopes = (log_odds(X + step) - log_odds(X - step)) / 2e-5
        moves.append(np.abs(slopes * scaled[:, feature]).mean())
    expected = np.array(moves) / np.sum(moves)
    np.testing.assert_allclose(classifier.feature_importances_, expected, rtol=1e-6)


@pytest.mark.parametrize("load", [load_wine, load_breast_cancer])
def test_it_ranks_features_much_as_permutation_importance(load):
    X, target = load(return_X_y=True)
    y = np.stack([target, X[:, 0] > np.median(X[:, 0])], axis=1)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    classifier = learner().fit(X_train, y_train)
    permuted = permutation_importance(
        classifier,
        X_test,
        y_test,
        scoring=mean_task_scorer("neg_log_loss"),
        n_repeats=5,
        random_state=0,
    ).importances_mean
    assert spearmanr(classifier.feature_importances_, permuted).statistic > 0.5


@pytest.mark.parametrize(
    "select",
    [
        lambda estimator: SelectFromModel(estimator, threshold=-np.inf, max_features=3),
        lambda estimator: RFE(estimator, n_features_to_select=3, step=3),
    ],
)
def test_selectors_find_the_informative_features(select):
    X, y = with_noise()
    selector = select(learner(max_epochs=8)).fit(X, y)
    assert np.flatnonzero(selector.get_support()).tolist() == INFORMATIVE


def test_equal_seeds_give_equal_importances_of_many_pairs(monkeypatch):
    monkeypatch.setattr(_importances, "MAX_PAIRS", 50)
    X, codes = table()
    state = torch.random.get_rng_state()
    first, second = (quick().fit(X, frame(codes)).feature_importances_ for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert torch.equal(torch.random.get_rng_state(), state)
    other = quick(random_state=1).fit(X, frame(codes)).feature_importances_
    assert not np.array_equal(first, other)


def test_pieces_of_the_data_have_them_too():
    X, y = with_noise()
    classifier = learner()
    for start in range(0, 300, 100):
        rows = slice(start, start + 100)
        classifier.partial_fit(X[rows], y[rows], classes=[[0, 1], [0, 1, 2]] if not start else None)
    assert classifier.feature_importances_.shape == (8,)


def test_constant_tasks_count_for_nothing():
    X, y = with_noise()
    with_constant = np.column_stack([y, np.zeros(len(y), dtype=int)])
    importances = learner().fit(X, with_constant).feature_importances_
    assert set(np.argsort(importances)[-3:]) == set(INFORMATIVE)
    none = quick(max_epochs=1).fit(X, np.zeros(len(X))).feature_importances_
    assert none.tolist() == [0] * 8


@pytest.mark.parametrize(
    ("shape", "parameters"),
    [
        ((4, 3), {}),
        ((1, 6, 6), {}),
        ((36,), {"input_shape": (1, 6, 6)}),
    ],
)
def test_only_tables_have_them(shape, parameters):
    generator = np.random.default_rng(0)
    X, y = generator.normal(size=(20, *shape)), np.arange(20) % 2
    classifier = ABMTLClassifier(max_epochs=1, random_state=0, decoder=None, **parameters)
    with pytest.raises(NotFittedError):
        classifier.feature_importances_  # noqa: B018 (a property that raises)
    classifier.fit(X, y)
    assert not hasattr(classifier, "feature_importances_")
    with pytest.raises(AttributeError, match=r"feature_importances_ needs a table"):
        classifier.feature_importances_  # noqa: B018 (a property that raises)


def test_they_are_computed_when_they_are_read(monkeypatch):
    X, y = with_noise()
    classifier = learner(max_epochs=2)
    calls = []
    monkeypatch.setattr(
        "sklearn_abmtl._training.afterwards.importances._moves",
        lambda *arguments, moves=_importances._moves: calls.append(1) or moves(*arguments),
    )
    classifier.partial_fit(X, y, [np.unique(column) for column in y.T]).partial_fit(X, y)
    assert not calls
    first = classifier.feature_importances_
    n_calls = len(calls)
    assert n_calls
    assert classifier.feature_importances_ is first
    np.testing.assert_array_equal(copy.deepcopy(classifier).feature_importances_, first)
    assert len(calls) == n_calls


def test_later_trainings_do_not_change_the_importances_of_an_earlier_one():
    X, y = with_noise()
    classifier = learner(max_epochs=2).fit(X, y)
    before = copy.copy(classifier)
    kept = classifier._feature_importances
    expected = before.feature_importances_
    classifier.partial_fit(X, y)
    np.testing.assert_array_equal(kept.values, expected)
    assert (classifier.feature_importances_ != expected).any()
