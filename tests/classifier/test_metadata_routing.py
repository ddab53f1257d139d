"""Weights and validation rows reach the classifier through scikit-learn's metadata routing."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn
from samples import frame, quick, table
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold, cross_validate
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils.fixes import parse_version

from sklearn_abmtl.metrics import mean_task_scorer

FOLDS = KFold(2)


@pytest.fixture(autouse=True)
def _routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def labels():
    X, codes = table()
    return X, frame(codes)


def row_weights(n_samples):
    return np.random.default_rng(1).uniform(0.2, 3, n_samples)


def label_weights(n_samples):
    return np.random.default_rng(1).uniform(0.2, 3, (n_samples, 3))


def weighted():
    return quick().set_fit_request(sample_weight=True).set_score_request(sample_weight=True)


def scores_by_hand(estimator, X, y, weights):
    """Return the weighted score of each fold, after training with the fold's weights."""
    scores = []
    for train, test in FOLDS.split(X):
        fitted = clone(estimator).fit(X[train], y.iloc[train], weights[train])
        scores.append(fitted.score(X[test], y.iloc[test], weights[test]))
    return scores


@pytest.mark.parametrize("weigh", [row_weights, label_weights])
def test_cross_validation_splits_weights_for_fit_and_score(weigh):
    X, y = labels()
    weights = weigh(len(X))
    found = cross_validate(weighted(), X, y, cv=FOLDS, params={"sample_weight": weights})
    assert found["test_score"].tolist() == scores_by_hand(quick(), X, y, weights)
    assert found["test_score"].tolist() != scores_by_hand(quick(), X, y, np.ones(len(X)))


@pytest.mark.parametrize(
    "scoring",
    [
        mean_task_scorer("accuracy").set_score_request(sample_weight=True),
        pytest.param(
            None,
            marks=pytest.mark.skipif(
                parse_version(sklearn.__version__) < parse_version("1.8"),
                reason="before 1.8, the score of a Pipeline gets no weights from a search",
            ),
        ),
    ],
    ids=["scorer", "score"],
)
def test_a_search_over_a_pipeline_splits_weights_for_fit_and_score(scoring):
    X, y = labels()
    weights = row_weights(len(X))
    pipe = make_pipeline(FunctionTransformer(), weighted())  # X stays, to compare to the last bit
    search = GridSearchCV(pipe, {"abmtlclassifier__lr": [1e-3, 1e-2]}, scoring=scoring, cv=FOLDS)
    search.fit(X, y, sample_weight=weights)
    for candidate, lr in enumerate([1e-3, 1e-2]):
        found = [search.cv_results_[f"split{fold}_test_score"][candidate] for fold in range(2)]
        assert found == pytest.approx(scores_by_hand(quick(lr=lr), X, y, weights), rel=1e-12)
    expected = quick(lr=search.best_params_["abmtlclassifier__lr"]).fit(X, y, weights)
    for found, by_hand in zip(search.predict_proba(X), expected.predict_proba(X), strict=True):
        np.testing.assert_array_equal(found, by_hand)


def test_scorers_take_weights_that_they_request():
    X, y = labels()
    weights = row_weights(len(X))
    scorer = mean_task_scorer("accuracy")
    found = cross_validate(
        quick().set_fit_request(sample_weight=True),
        X,
        y,
        cv=FOLDS,
        scoring=scorer.set_score_request(sample_weight=True),
        params={"sample_weight": weights},
    )
    np.testing.assert_allclose(
        found["test_score"], scores_by_hand(quick(), X, y, weights), rtol=1e-12
    )


@pytest.mark.filterwarnings("ignore:X has another scale")  # as X_val that no step scales is
def test_validation_rows_pass_the_steps_before():
    X, y = labels()
    X = X * [1, 10, 100, 1, 1] + 7
    rows, weights = slice(0, 40), row_weights(20)
    requesting = quick(max_epochs=6, n_iter_no_change=3).set_fit_request(
        X_val=True, y_val=True, sample_weight_val=True
    )
    pipe = Pipeline(
        [("scale", StandardScaler()), ("learn", requesting)], transform_input=["X_val"]
    ).fit(X[rows], y[rows], X_val=X[40:], y_val=y[40:], sample_weight_val=weights)

    scaler = StandardScaler().fit(X[rows])
    by_hand = clone(requesting).fit(
        scaler.transform(X[rows]),
        y[rows],
        X_val=scaler.transform(X[40:]),
        y_val=y[40:],
        sample_weight_val=weights,
    )
    unscaled = clone(requesting).fit(
        scaler.transform(X[rows]), y[rows], X_val=X[40:], y_val=y[40:], sample_weight_val=weights
    )
    losses = [
        [row["valid_loss"] for row in fitted.history_] for fitted in (pipe[-1], by_hand, unscaled)
    ]
    assert losses[0] == losses[1] != losses[2]
    pairs = zip(pipe.predict_proba(X), by_hand.predict_proba(scaler.transform(X)), strict=True)
    for found, expected in pairs:
        np.testing.assert_array_equal(found, expected)


def test_what_is_not_requested_is_refused():
    X, y = labels()
    pipe = make_pipeline(StandardScaler(), quick())
    with pytest.raises(ValueError, match="sample_weight"):
        pipe.fit(X, y, sample_weight=row_weights(len(X)))
