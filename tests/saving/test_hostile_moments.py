"""Moments of an optimizer that are not those of its parameters: refused before a step uses them."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hostile_files import with_tensors
from saved_samples import CASES, fitted

from sklearn_abmtl import load_model, save_model
from sklearn_abmtl._training.arrays import load_moments

CHANGES = {
    "a number": lambda a: np.zeros((), a.dtype),
    "one axis more": lambda a: a[None],
    "shorter": lambda a: a.reshape(-1)[:-1],
    "transposed": lambda a: np.ascontiguousarray(a.T) if a.shape != a.T.shape else a[None],
    "longer": lambda a: np.zeros((*a.shape[:-1], 2**10), a.dtype),
    "empty": lambda a: np.zeros(0, a.dtype),
    "of another dtype": lambda a: a.astype(np.float16),
    "integers": lambda a: a.astype(np.int32),
    "NaN": lambda a: np.full_like(a, np.nan),
    "infinite": lambda a: np.full_like(a, np.inf),
}
SQUARES = {"negative": lambda a: np.full_like(a, -1.0)}
CASES_OF_MOMENTS = [
    *((name, change) for name in ("exp_avg", "exp_avg_sq") for change in CHANGES),
    *(("step", change) for change in CHANGES if change != "a number"),
    *((name, change) for name in ("step", "exp_avg_sq") for change in SQUARES),
]


@pytest.mark.parametrize("kind", ["moments", "moments of images"])
@pytest.mark.parametrize(("name", "change"), CASES_OF_MOMENTS)
def test_moments_of_another_shape_dtype_or_value_are_refused(name, change, kind, tmp_path):
    path = tmp_path / "hostile.safetensors"
    save_model(fitted(kind), path)
    changes = CHANGES | SQUARES

    def changed(tensors):
        array = np.asarray(changes[change](tensors[f"moments.0.{name}"]))
        return tensors | {f"moments.0.{name}": array}

    path.write_bytes(with_tensors(path.read_bytes(), changed))
    with pytest.raises(ValueError, match=rf"the moments 0 must have {name} of shape \("):
        load_model(path)


def test_pickles_are_checked_by_the_same_function(tmp_path):
    classifier = pickle.loads(pickle.dumps(fitted("moments")))
    state = classifier.__getstate__()
    state["net_"]["moments"]["0"]["exp_avg"] = np.zeros((), np.float32)
    with pytest.raises(ValueError, match="the moments 0 must have exp_avg of shape"):
        classifier.__setstate__(state)


def test_moments_that_are_loaded_are_copies():
    classifier = pickle.loads(pickle.dumps(fitted("moments")))
    state = classifier.__getstate__()
    moments = state["net_"]["moments"]
    load_moments(classifier.net_.optimizer_, moments)
    before = {name: array.copy() for name, array in moments["0"].items()}
    classifier.partial_fit(*CASES["moments"][1:])
    for name, array in moments["0"].items():
        np.testing.assert_array_equal(array, before[name])
