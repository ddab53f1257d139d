"""Settings of torch by the caller change no training and no prediction, and are restored."""

from __future__ import annotations

import multiprocessing
import pickle
import threading
from contextlib import contextmanager
from functools import cache, partial

import joblib
import numpy as np
import pytest
import torch
from samples import quick, table

from sklearn_abmtl import BackboneEncoder, MLPEncoder, load_model, save_model
from sklearn_abmtl._training.execution.random import PrivateDraws, reproducible_torch

X, CODES = table()
IMAGES = np.random.default_rng(0).normal(size=(60, 1, 16, 16)).astype(np.float32)


@contextmanager
def default_dtype():
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


@contextmanager
def default_device():
    torch.set_default_device("meta")
    try:
        yield
    finally:
        torch.set_default_device(None)


SETTINGS = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "set_grad_enabled": partial(torch.set_grad_enabled, False),
    "autocast": partial(torch.autocast, "cpu", torch.bfloat16),
    "default dtype": default_dtype,
    "default device": default_device,
    "a device as context": partial(torch.device, "meta"),
}
CASES = {
    "table": (X, {"n_bins": 4}),
    "decoder and validation rows": (X, {"decoder": "bilstm", "early_stopping": True}),
    "folds": (X, {"aggregator__cv": 2, "loss_weights": "famo"}),
    "images": (IMAGES, {"encoder": "vgg", "decoder": None}),
}


@cache
def answers_without_a_setting(case):
    """Return the probabilities, and the importances of a table."""
    rows, parameters = CASES[case]
    classifier = quick(encoder="auto", max_epochs=1).set_params(**parameters).fit(rows, CODES)
    return classifier.predict_proba(rows), getattr(classifier, "feature_importances_", None)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_of_the_caller_changes_nothing(name, case, tmp_path):
    rows, parameters = CASES[case]
    classifier = quick(encoder="auto", max_epochs=1).set_params(**parameters)
    expected, importances = answers_without_a_setting(case)
    with SETTINGS[name]():
        before = torch.is_grad_enabled(), torch.get_default_dtype(), torch.get_default_device()
        found = classifier.fit(rows, CODES)
        save_model(found, tmp_path / "model.safetensors")
        for each in (
            found,
            pickle.loads(pickle.dumps(found)),
            load_model(tmp_path / "model.safetensors"),
        ):
            for p, of_expected in zip(each.predict_proba(rows), expected, strict=True):
                np.testing.assert_array_equal(p, of_expected)
        if importances is not None:
            np.testing.assert_array_equal(found.feature_importances_, importances)
        found.partial_fit(rows, CODES)
        after = torch.is_grad_enabled(), torch.get_default_dtype(), torch.get_default_device()
    assert after == before


def fit_again(classifier):
    return np.hstack(classifier.fit(X, CODES).predict_proba(X))


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    torch.randn(600, 600) @ torch.randn(600, 600)  # starts them
    torch.randn(10**6).exp()
    yield
    torch.set_num_threads(before)


# Python warns of fork beside threads
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="needs fork")
@pytest.mark.parametrize("call", [lambda c: np.hstack(c.predict_proba(X)), fit_again])
def test_a_forked_process_answers_after_torch_had_threads(call, two_threads):
    classifier = quick(encoder=MLPEncoder(width=512)).fit(X, CODES)
    expected = call(classifier)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        found = pool.apply_async(call_in_child, (classifier, call is fit_again)).get(timeout=120)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert torch.get_num_threads() == 2


def call_in_child(classifier, fits):
    torch.set_num_threads(2)
    return fit_again(classifier) if fits else np.hstack(classifier.predict_proba(X))


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_workers_of_joblib_s_multiprocessing_answer(two_threads):
    classifier = quick().fit(X, CODES)
    with joblib.parallel_config("multiprocessing", n_jobs=2):
        found = joblib.Parallel()(joblib.delayed(classifier.predict)(X) for _ in range(2))
    np.testing.assert_array_equal(found[0], classifier.predict(X))


@pytest.mark.parametrize("encoder", ["auto", BackboneEncoder(module=torch.nn.Conv2d(1, 4, 8, 8))])
def test_loading_copying_and_predicting_wait_for_no_training(encoder):
    rows = X if encoder == "auto" else IMAGES
    classifier = quick(encoder=encoder, max_epochs=1).fit(rows, CODES)
    saved = pickle.dumps(classifier)
    begun, done = threading.Event(), threading.Event()
    training = threading.Thread(target=hold_lock, args=(begun, done))
    training.start()
    assert begun.wait(60)
    loaded = pickle.loads(saved)
    np.testing.assert_array_equal(loaded.predict(rows), classifier.predict(rows))
    assert training.is_alive()
    done.set()
    training.join(60)


def hold_lock(begun, done):
    with reproducible_torch(0, torch.device("cpu")):
        begun.set()
        assert done.wait(60)


def test_private_draws_leave_the_global_generator_as_it_was():
    before = torch.get_rng_state()
    with PrivateDraws():
        torch.nn.Linear(3, 3), torch.nn.LSTM(3, 3), torch.nn.Conv2d(1, 2, 3)
        (
            torch.nn.init.trunc_normal_(torch.empty(3)),
            torch.nn.init.xavier_uniform_(torch.empty(3, 3)),
        )
        torch.nn.init.orthogonal_(torch.empty(3, 3)), torch.empty(2).uniform_(-1, 1)
        drawn = torch.randn(3)
        torch.rand(2), torch.randint(5, (2,)), torch.randperm(4)
    assert torch.equal(torch.get_rng_state(), before)
    assert drawn.std() > 0
