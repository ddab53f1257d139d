"""The classifier with every loss weighting."""

from __future__ import annotations

import pickle
import sys

import numpy as np
import pytest
import torch
import torchjd.aggregation
from numpy.testing import assert_allclose, assert_array_equal
from samples import quick, table
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, KFold

from sklearn_abmtl import BiLSTMDecoder, RecurrentEncoder
from sklearn_abmtl.losses import DWA, LOSS_WEIGHTINGS, FixedWeights, Uncertainty

X, CODES = table(200)
MISSING = np.random.default_rng(0).random(CODES.shape) < [0.0, 0.3, 0.1]
Y = np.where(MISSING, np.nan, CODES)
CLASSES = [np.arange(3.0), np.arange(2.0), np.arange(4.0)]
FIXED = ["equal", "upgrad", "pcgrad", "mgda"]

every_weighting = pytest.mark.parametrize("name", LOSS_WEIGHTINGS)
every_moving_one = pytest.mark.parametrize("name", [n for n in LOSS_WEIGHTINGS if n not in FIXED])
every_gradient_method = pytest.mark.parametrize("name", ["upgrad", "pcgrad", "mgda"])


def probabilities(classifier):
    return np.concatenate(classifier.predict_proba(X), axis=1)


@every_weighting
def test_every_task_learns_more_than_its_prior(name):
    test_X, test_codes = table(100, seed=1)
    classifier = quick(loss_weights=name, max_epochs=15, weight_decay=0.3).fit(X, Y)
    for task, proba in enumerate(classifier.predict_proba(test_X)):
        prior = DummyClassifier().fit(X, CODES[:, task]).predict_proba(test_X)
        losses = [log_loss(test_codes[:, task], p) for p in (proba, prior)]
        assert losses[0] < 0.9 * losses[1]


@every_weighting
def test_a_clone_and_a_second_fit_learn_the_same(name):
    state = torch.get_rng_state()
    classifier = quick(loss_weights=name).fit(X, Y)
    assert torch.equal(torch.get_rng_state(), state)
    expected = probabilities(classifier)
    assert_array_equal(probabilities(clone(classifier).fit(X, Y)), expected)
    assert_array_equal(probabilities(classifier.fit(X, Y)), expected)


@every_weighting
def test_a_pickle_predicts_and_trains_further_like_the_original(name):
    original = quick(loss_weights=name).fit(X, Y)
    loaded = pickle.loads(pickle.dumps(original))
    assert_array_equal(probabilities(loaded), probabilities(original))
    assert_array_equal(loaded.loss_weights_, original.loss_weights_)
    for classifier in (loaded, original):
        classifier.set_params(warm_start=True).fit(X, Y).partial_fit(X, Y)
    assert_array_equal(probabilities(loaded), probabilities(original))


@every_weighting
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_last_weights_are_positive(name, dtype):
    classifier = quick(loss_weights=name, dtype=dtype).fit(X, Y)
    assert classifier.loss_weights_.shape == (3,)
    assert classifier.loss_weights_.dtype == dtype
    assert (classifier.loss_weights_ > 0).all()


@every_weighting
def test_one_task_has_all_the_weight(name):
    classifier = quick(loss_weights=name, max_epochs=15).fit(X, CODES[:, 0])
    assert classifier.score(X, CODES[:, 0]) > 0.6
    if name != "uncertainty":  # which weighs a task by its own loss
        assert_allclose(classifier.loss_weights_, [1.0], rtol=1e-6)


@every_weighting
def test_weights_that_move_are_in_the_history(name):
    history = quick(loss_weights=name).fit(X, Y).history_
    keys = [key for key in history[-1] if key.startswith("loss_weight_")]
    moves = LOSS_WEIGHTINGS[name]().build(["a"]).moves
    assert keys == ([f"loss_weight_task_{task}" for task in range(3)] if moves else [])


@every_weighting
def test_the_reported_losses_are_plain_means(name):
    classifier = quick(loss_weights=name).fit(X, Y, X_val=X[:50], y_val=CODES[:50])
    for row in classifier.history_:
        for prefix in ("train", "valid"):
            losses = [row[f"{prefix}_loss_task_{task}"] for task in range(3)]
            assert row[f"{prefix}_loss"] == pytest.approx(np.mean(losses))


@pytest.mark.parametrize("loss_weights", [None, [2, 2, 2], {}, FixedWeights(), np.ones(3)])
def test_equal_weights_have_many_names(loss_weights):
    expected = quick(loss_weights="equal").fit(X, Y)
    found = quick(loss_weights=loss_weights).fit(X, Y)
    assert_array_equal(probabilities(found), probabilities(expected))
    assert_allclose(found.loss_weights_, 1 / 3)


def test_fixed_weights_sum_to_1():
    assert_allclose(quick(loss_weights=[1, 2, 5]).fit(X, Y).loss_weights_, [0.125, 0.25, 0.625])


def test_a_search_goes_over_names_and_options():
    grid = [
        {"loss_weights": [*LOSS_WEIGHTINGS, None, [1, 2, 3]]},
        {"loss_weights": ["dwa"], "loss_weights__temperature": [0.1, 1.0]},
    ]
    search = GridSearchCV(quick(max_epochs=1), grid, cv=KFold(2), error_score="raise")
    search.fit(X, CODES)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_options_are_set_on_names_and_specs():
    by_name = quick(loss_weights="dwa").set_params(loss_weights__temperature=0.5)
    assert by_name.loss_weights == DWA(temperature=0.5)
    assert quick(loss_weights="dwa").get_params()["loss_weights__temperature"] == 2.0
    spec = quick(loss_weights=DWA(temperature=3.0))
    assert clone(spec).get_params()["loss_weights__temperature"] == 3.0
    with pytest.raises(ValueError, match="Invalid parameter 'temperature' for Uncertainty"):
        quick(loss_weights=Uncertainty()).set_params(loss_weights__temperature=1.0)


def test_a_temperature_counts():
    mild, sharp = (
        quick(loss_weights=DWA(temperature=t), max_epochs=6).fit(X, Y) for t in (100.0, 0.05)
    )
    assert np.ptp(sharp.loss_weights_) > 5 * np.ptp(mild.loss_weights_)


@every_moving_one
def test_partial_fit_continues_with_the_learned_weights(name):
    classifier = quick(loss_weights=name)
    states = []
    for _ in range(3):
        classifier.partial_fit(X, Y, classes=CLASSES)
        states.append(classifier.net_.criterion_.weighting.state_dict())
    assert len(classifier.history_) == 3
    for key, value in states[1].items():
        assert not torch.equal(value, states[2][key])
    if name == "dwa":
        assert torch.equal(states[2]["earlier"], states[1]["latest"])


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_another_loss_weighting_starts_again(method):
    classifier = quick(loss_weights="equal", warm_start=True).fit(X, Y)
    for name in ("uncertainty", "dwa", "upgrad", "famo", "equal"):
        getattr(classifier.set_params(loss_weights=name), method)(X, Y)
    assert_allclose(classifier.loss_weights_, 1 / 3)


def test_changed_fixed_weights_take_effect_in_a_warm_start():
    classifier = quick(loss_weights=[1, 1, 2], warm_start=True).fit(X, Y)
    classifier.set_params(loss_weights=[2, 1, 1]).fit(X, Y)
    assert_allclose(classifier.loss_weights_, [0.5, 0.25, 0.25])


def test_uncertainties_are_trained_without_weight_decay():
    optimizer = quick(loss_weights="uncertainty", weight_decay=0.2).fit(X, Y).net_.optimizer_
    own, of_the_network = optimizer.param_groups
    assert [parameter.shape for parameter in own["params"]] == [(3,)]
    assert (own["weight_decay"], of_the_network["weight_decay"]) == (0.0, 0.2)


@pytest.mark.parametrize(
    "aggregator", [torchjd.aggregation.Mean(), torchjd.aggregation.AlignedMTL()], ids=repr
)
def test_any_aggregator_of_torchjd_will_do(aggregator):
    classifier = quick(loss_weights=aggregator, max_epochs=15)
    assert clone(classifier).fit(X, Y).score(X, CODES) > 0.6
    assert classifier.loss_weights is aggregator


def test_the_mean_of_gradients_learns_what_equal_weights_learn():
    exact = {"dtype": "float64", "max_epochs": 2}
    expected = quick(**exact).fit(X, CODES)
    found = quick(loss_weights=torchjd.aggregation.Mean(), **exact).fit(X, CODES)
    assert_allclose(probabilities(found), probabilities(expected), rtol=1e-6)


@every_gradient_method
def test_gradients_go_through_recurrent_decoders(name):
    sequences = X[:, :4].reshape(200, 4, 1)
    parts = {"encoder": RecurrentEncoder(width=4), "decoder": BiLSTMDecoder(width=4)}
    classifier = quick(loss_weights=name, max_epochs=1, **parts).fit(sequences, Y)
    assert np.isfinite(classifier.history_[-1]["train_loss"])


@every_gradient_method
def test_without_torchjd_the_extra_is_named(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "torchjd.aggregation", None)
    with pytest.raises(ImportError, match=r"torchjd; .* pip install 'sklearn-abmtl\[gradients\]'"):
        quick(loss_weights=name).fit(X, Y)


@pytest.mark.parametrize("name", [n for n in LOSS_WEIGHTINGS if n not in FIXED[1:]])
def test_other_loss_weightings_do_without_torchjd(name, monkeypatch):
    for module in ("torchjd", "torchjd.aggregation", "torchjd.autojac"):
        monkeypatch.setitem(sys.modules, module, None)
    assert len(quick(loss_weights=name, max_epochs=1).fit(X, Y).history_) == 1


@pytest.mark.parametrize("name", [n for n in LOSS_WEIGHTINGS if n not in FIXED[1:]])
def test_soft_sharing_takes_weights(name):
    classifier = quick(loss_weights=name, sharing="soft", max_epochs=15).fit(X, Y)
    assert classifier.score(X, CODES) > 0.6
