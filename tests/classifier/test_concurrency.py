"""Threads and processes get the same predictions, and no call changes global state."""

from __future__ import annotations

import copy
import multiprocessing
import random
import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial

import numpy as np
import pytest
import sklearn
import torch
from samples import frame, quick, table

from sklearn_abmtl import ABMTLClassifier

X, CODES = table()
CODES[:, 1] = CODES[:, 0] > 0  # so that a known label changes the answer for another task
LABELS = frame(CODES)
GIVEN = LABELS.mask(np.arange(3) == np.arange(60)[:, None] % 3).to_numpy()

ANSWERS = {
    "predict": lambda classifier, rows: classifier.predict(X[rows]),
    "predict with given": lambda classifier, rows: classifier.predict(X[rows], GIVEN[rows]),
    "predict_proba": lambda classifier, rows: np.hstack(classifier.predict_proba(X[rows])),
    "predict_joint": lambda classifier, rows: classifier.predict_joint(X[rows]),
    "reconstruct": lambda classifier, rows: classifier.reconstruct(X[rows]),
    "task_attention": lambda classifier, rows: classifier.task_attention(X[rows]),
    "task_representations": lambda classifier, rows: classifier.task_representations(X[rows]),
}
CALLS = {  # of every public method, on a copy that it may change
    "fit": lambda c: c.fit(X, LABELS),
    "partial_fit": lambda c: c.partial_fit(X, LABELS),
    "predict": lambda c: c.predict(X, GIVEN),
    "predict_joint": lambda c: c.predict_joint(X),
    "predict_proba": lambda c: c.predict_proba(X, GIVEN),
    "score": lambda c: c.score(X, LABELS),
    "reconstruct": lambda c: c.reconstruct(X),
    "task_attention": lambda c: c.task_attention(X),
    "task_representations": lambda c: c.task_representations(X),
    "task": lambda c: c.task("color"),
    "get_params": lambda c: c.get_params(),
    "set_params": lambda c: c.set_params(lr=0.1),
    "get_metadata_routing": lambda c: c.get_metadata_routing(),
    **{
        f"set_{method}_request": lambda c, method=method: getattr(c, f"set_{method}_request")()
        for method in ("fit", "partial_fit", "predict", "predict_proba", "score")
    },
    "set_callbacks": lambda c: c.set_callbacks(),
}


@cache
def fitted():
    return quick(early_stopping=True, decoder="mlp", n_members=2).fit(X, LABELS)


def global_state():
    """Return what a call could change for others in the process."""
    cudnn = torch.backends.cudnn
    _, keys, *place = np.random.get_state()  # noqa: NPY002 (the state that nobody may change)
    return {
        "torch generator": torch.get_rng_state().tolist(),
        "threads": (torch.get_num_threads(), torch.get_num_interop_threads()),
        "dtype": torch.get_default_dtype(),
        "autocast": torch.is_autocast_enabled("cpu"),
        "gradients": (torch.is_grad_enabled(), torch.is_inference_mode_enabled()),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "cudnn": (cudnn.enabled, cudnn.benchmark, cudnn.deterministic, cudnn.allow_tf32),
        "matmul": torch.get_float32_matmul_precision(),
        "NumPy generator": (keys.tolist(), place),
        "NumPy errors": np.geterr(),
        "NumPy printing": np.get_printoptions(),
        "random": random.getstate(),
        "warnings": list(warnings.filters),
        "scikit-learn": sklearn.get_config(),
    }


def assert_no_global_change(call):
    before = global_state()
    call()
    after = global_state()
    assert [name for name in before if before[name] != after[name]] == []


@pytest.mark.parametrize("name", CALLS)
def test_no_call_changes_what_is_global(name):
    if not hasattr(ABMTLClassifier, name):
        pytest.skip("scikit-learn has it since 1.9")
    with sklearn.config_context(enable_metadata_routing=name.endswith("_request")):
        assert_no_global_change(partial(CALLS[name], copy.deepcopy(fitted())))


def test_every_public_method_is_called():
    public = {name for name in dir(ABMTLClassifier) if not name.startswith("_")}
    assert {name for name in public if callable(getattr(ABMTLClassifier, name))} <= CALLS.keys()


@pytest.mark.parametrize("copied", [copy.deepcopy, sklearn.base.clone])
def test_copies_change_nothing_global(copied):
    assert_no_global_change(lambda: copied(fitted()))


def test_many_classes_change_nothing_global_either():
    """The weights of over 128 classes come from a decomposition that draws numbers."""
    codes = np.stack([np.arange(60) * step % 30 for step in (1, 7, 11, 13, 17)], axis=1)
    classifier = quick(max_epochs=1)
    assert_no_global_change(lambda: classifier.fit(X, codes, X_val=X, y_val=codes))
    torch.rand(1)
    again = quick(max_epochs=1).fit(X, codes, X_val=X, y_val=codes)
    np.testing.assert_array_equal(
        again.predict_proba(X, codes)[0], classifier.predict_proba(X, codes)[0]
    )


@pytest.mark.parametrize("name", ANSWERS)
def test_threads_get_the_same_answers(name):
    rows = [np.arange(60)[start::7] for start in range(7)] * 8
    ask = partial(ANSWERS[name], fitted())
    expected = list(map(ask, rows))
    with ThreadPoolExecutor(8) as pool:
        for found, alone in zip(pool.map(ask, rows), expected, strict=True):
            np.testing.assert_array_equal(found, alone)


def test_fits_in_threads_are_those_of_one_after_the_other():
    def probabilities(seed):
        return np.hstack(quick(random_state=seed).fit(X, CODES).predict_proba(X))

    expected = list(map(probabilities, range(4)))
    state = torch.get_rng_state()
    with ThreadPoolExecutor(4) as pool:
        for found, alone in zip(pool.map(probabilities, range(4)), expected, strict=True):
            np.testing.assert_array_equal(found, alone)
    assert torch.equal(torch.get_rng_state(), state)


# Python warns of fork beside the threads of the tests above
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_processes_get_the_same_answers(method):
    expected = fitted().predict_proba(X)
    with multiprocessing.get_context(method).Pool(1) as pool:
        found = pool.apply_async(fitted().predict_proba, (X,)).get(timeout=120)
    np.testing.assert_array_equal(np.hstack(found), np.hstack(expected))
