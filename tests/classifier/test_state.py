"""The content of pickles, joblib files and skops files, and what they restore."""

from __future__ import annotations

import copy
import pickle
import warnings
from typing import Any

import joblib
import numpy as np
import pytest
import torch
from samples import quick, table
from saved_samples import CASES, assert_same_answers, fitted
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch.callbacks import EpochTimer

from sklearn_abmtl import ABMTLClassifier, BackboneEncoder, MLPEncoder

X, CODES = table(60)
PLAIN = (dict, list, tuple, str, int, float, bool, type(None), np.ndarray, np.generic)
CLASSIFIER = "sklearn_abmtl._classifier.estimator.ABMTLClassifier"


def copied(classifier):
    return pickle.loads(pickle.dumps(classifier))


@pytest.mark.parametrize("name", CASES)
def test_pickles_give_the_same_and_leave_the_generator(name):
    classifier = fitted(name)
    generator = torch.get_rng_state()
    loaded = copied(classifier)
    assert torch.equal(torch.get_rng_state(), generator)
    assert_same_answers(loaded, classifier, CASES[name][1])


@pytest.mark.parametrize("name", CASES)
def test_states_are_plain(name):
    def check(value: Any) -> None:
        assert isinstance(value, PLAIN), type(value)
        if isinstance(value, dict | list | tuple):
            for item in value.values() if isinstance(value, dict) else value:
                check(item)

    check(fitted(name).__getstate__())


def weight_bytes(classifier):
    state = classifier.net_.module_.state_dict(keep_vars=True)
    distinct = {id(tensor): tensor for tensor in state.values()}.values()
    return sum(tensor.numel() * tensor.element_size() for tensor in distinct)


@pytest.mark.parametrize("n_members", [1, 3])
def test_files_are_as_large_as_the_weights(n_members):
    classifier = quick(encoder="mlp", n_members=n_members).fit(X, CODES)
    assert len(pickle.dumps(classifier)) < 1.05 * weight_bytes(classifier)


def test_moments_come_with_warm_start_alone():
    pieces = [(X[:30], CODES[:30]), (X[30:], CODES[30:])]
    classifier = quick(warm_start=True).fit(X, CODES)
    with_moments = copied(classifier)
    without = copied(clone(classifier).set_params(warm_start=False).fit(X, CODES))
    assert not without.net_.optimizer_.state_dict()["state"]
    for piece in pieces:
        for each in (classifier, with_moments, without):
            each.partial_fit(*piece)
    np.testing.assert_array_equal(with_moments.predict_proba(X)[0], classifier.predict_proba(X)[0])
    assert len(without.history_) == 5
    assert without.history_[-1]["train_loss"] < 1.5 * classifier.history_[-1]["train_loss"]


@pytest.mark.parametrize("name", ["moments", "moments of images", "weighting uncertainty"])
def test_moments_stay_with_their_parameters(name):
    parameters, case_X, y = CASES[name]
    classifier = quick(warm_start=True).set_params(**parameters).fit(case_X, y)
    loaded = copied(classifier)
    for each in (classifier, loaded):
        each.partial_fit(case_X, y)
    found, expected = (each.predict_proba(case_X)[0] for each in (loaded, classifier))
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", ["members", "categories and missing numbers", "one task"])
def test_what_is_loaded_is_fitted_again_as_the_original(name):
    _, case_X, y = CASES[name]
    loaded = copied(fitted(name))
    expected = clone(fitted(name)).fit(case_X, y)
    np.testing.assert_array_equal(loaded.fit(case_X, y).predict(case_X), expected.predict(case_X))
    loaded.set_params(warm_start=True).fit(case_X, y)
    assert len(loaded.history_) == 2 * len(expected.history_)


def test_parameters_that_were_set_after_fit_change_no_loaded_network():
    classifier = quick(loss_weights="dwa").fit(X, CODES)
    expected = classifier.predict_proba(X)[0]
    classifier.set_params(
        encoder__width=99, decoder="mlp", sharing="soft", n_members=4, loss_weights=None, lr="?"
    )
    loaded = copied(classifier)
    np.testing.assert_array_equal(loaded.predict_proba(X)[0], expected)
    assert loaded.encoder.width == 99
    assert loaded.lr == "?"


def test_copies_share_nothing():
    classifier = quick(warm_start=True).fit(X, CODES)
    for copying in (copy.copy, copy.deepcopy, copied):
        other = copying(classifier)
        pointers = {tensor.data_ptr() for tensor in classifier.net_.module_.parameters()}
        assert pointers.isdisjoint(t.data_ptr() for t in other.net_.module_.parameters())


def test_states_of_other_versions_say_which_differ():
    state = quick().fit(X, CODES).__getstate__()
    for version, text in [(99, "99"), (0, "0"), (None, "None"), ("1", "1")]:
        with pytest.raises(ValueError, match=rf"version 8\.8 .* version {text} of its state\. The"):
            ABMTLClassifier().__setstate__(
                state | {"_state_version": version, "_package_version": "8.8"}
            )
    ABMTLClassifier().__setstate__(state | {"_package_version": "8.8"})


def test_networks_of_other_versions_say_which_differ():
    state = quick().fit(X, CODES).__getstate__()
    network = state["net_"]["network"]
    for wrong in (
        {name: array for name, array in network.items() if "gamma" not in name},
        network | {"more": np.zeros(2)},
        {name: array[..., :1] for name, array in network.items()},
        {name: array.astype(np.float64) for name, array in network.items()},
    ):
        with pytest.raises(ValueError, match=r"saved by version .* does not fit the network"):
            ABMTLClassifier().__setstate__(state | {"net_": state["net_"] | {"network": wrong}})


def test_estimators_that_are_not_fitted_travel_as_well():
    classifier = quick(callbacks=[("timer", EpochTimer())], loss_weights="famo")
    loaded = copied(classifier)
    assert loaded.get_params().keys() == classifier.get_params().keys()
    assert loaded.encoder == classifier.encoder
    assert loaded.callbacks[0][0] == "timer"
    loaded.fit(X, CODES)


def test_a_clone_holds_no_network():
    classifier = quick(encoder="mlp").fit(X, CODES)
    assert len(pickle.dumps(clone(classifier))) < 0.01 * len(pickle.dumps(classifier))


def test_jobs_of_a_search_over_a_fitted_classifier_hold_no_network(monkeypatch):
    sizes = []
    classifier = quick(encoder="mlp", max_epochs=1).fit(X, CODES)
    search = GridSearchCV(make_pipeline(StandardScaler(), classifier), {}, cv=KFold(2))
    fit = ABMTLClassifier.fit

    def counted(estimator, *args, **kwargs):
        sizes.append(len(pickle.dumps(estimator)))
        return fit(estimator, *args, **kwargs)

    monkeypatch.setattr(ABMTLClassifier, "fit", counted)
    search.fit(X, CODES)
    assert max(sizes) < 0.01 * len(pickle.dumps(classifier))
    whole = len(pickle.dumps(search))
    assert len(pickle.dumps(clone(search))) < 0.02 * whole


class DoubledEncoder(MLPEncoder):
    """A part of the caller's own."""


def test_parts_of_ones_own_travel_by_pickle():
    for encoder in (DoubledEncoder(width=8), BackboneEncoder(torch.nn.Linear(5, 4))):
        classifier = quick(encoder=encoder).fit(X, CODES)
        loaded = copied(classifier)
        assert type(loaded.encoder) is type(encoder)
        np.testing.assert_array_equal(loaded.predict_proba(X)[0], classifier.predict_proba(X)[0])


def test_loading_needs_no_file_of_pretrained_weights(tmp_path):
    module = torch.nn.Linear(5, 4)
    torch.save(module.state_dict(), tmp_path / "weights.pt")
    encoder = BackboneEncoder(torch.nn.Linear(5, 4), weights=str(tmp_path / "weights.pt"))
    classifier = quick(encoder=encoder).fit(X, CODES)
    (tmp_path / "weights.pt").unlink()
    np.testing.assert_array_equal(copied(classifier).predict(X), classifier.predict(X))


def test_a_device_that_is_missing_is_the_cpu_with_a_warning(monkeypatch):
    classifier = quick().fit(X, CODES)
    data = pickle.dumps(classifier.set_params(device="cuda"))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.warns(UserWarning, match="onto the CPU: device='cuda' needs CUDA"):
        loaded = pickle.loads(data)
    np.testing.assert_array_equal(loaded.predict(X), classifier.predict(X))
    loaded.set_params(device="auto").fit(X, CODES)


@pytest.mark.gpu
def test_what_was_trained_on_the_gpu_is_fitted_again_on_the_cpu(monkeypatch):
    parameters = {"n_members": 2, "early_stopping": True, "warm_start": True}
    classifier = quick(**parameters).fit(X, CODES)
    assert classifier.net_.device == "cuda"
    data = pickle.dumps(classifier)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    loaded = pickle.loads(data)
    assert loaded.net_.device == "cpu"
    np.testing.assert_allclose(
        loaded.predict_proba(X)[0], classifier.predict_proba(X)[0], rtol=1e-4, atol=1e-5
    )
    loaded.fit(X, CODES).partial_fit(X, CODES)


def test_joblib_maps_arrays_of_files_that_are_read_only(tmp_path):
    classifier = fitted("defaults")
    joblib.dump(classifier, tmp_path / "classifier.joblib")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loaded = joblib.load(tmp_path / "classifier.joblib", mmap_mode="r")
    assert_same_answers(loaded, classifier, X)


@pytest.mark.parametrize("name", CASES)
def test_skops_needs_to_trust_one_type(name, tmp_path):
    io = pytest.importorskip("skops.io", reason="skops is not installed")
    classifier = fitted(name)
    io.dump(classifier, tmp_path / "classifier.skops")
    assert io.get_untrusted_types(file=tmp_path / "classifier.skops") == [CLASSIFIER]
    loaded = io.load(tmp_path / "classifier.skops", trusted=[CLASSIFIER])
    assert_same_answers(loaded, classifier, CASES[name][1])
