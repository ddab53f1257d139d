"""X in any container, and the statistics that scale it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from samples import quick, table

from sklearn_abmtl._data.statistics import bin_edges, input_statistics

X_CONTAINERS = {
    "list": lambda X: X.tolist(),
    "pandas": lambda X: pd.DataFrame(X, columns=list("abcde")),
    "polars": lambda X: pl.DataFrame(X, schema=list("abcde")),
    "torch": torch.from_numpy,
    "fortran order": np.asfortranarray,
    "float32": lambda X: X.astype(np.float32).astype(np.float64),
    "read only": lambda X: np.frombuffer(X.tobytes()).reshape(X.shape),
    "reversed view": lambda X: X[::-1, ::-1].copy()[::-1, ::-1],
}


@pytest.mark.parametrize("container", X_CONTAINERS)
def test_X_in_every_container(container):
    X, codes = table()
    X = X.astype(np.float32).astype(np.float64)
    contained = X_CONTAINERS[container](X)
    classifier = quick().fit(contained, codes)
    expected = quick().fit(X, codes).predict_proba(X)
    for p, q in zip(classifier.predict_proba(contained), expected, strict=True):
        np.testing.assert_allclose(p, q, rtol=1e-5)
    if container == "pandas":
        assert classifier.feature_names_in_.tolist() == list("abcde")


@pytest.mark.parametrize(
    ("shape", "axes", "expected_shape"),
    [
        ((50, 4), 0, (4,)),
        ((50, 6, 4), (0, 1), (4,)),
        ((50, 3, 5, 6), (0, 2, 3), (3, 1, 1)),
    ],
)
def test_statistics_are_per_feature_or_channel(shape, axes, expected_shape, monkeypatch):
    X = np.random.default_rng(0).normal(3, 2, size=shape).astype(np.float32)
    mean, scale = input_statistics(X, np.ones(50))
    assert mean.shape == scale.shape == expected_shape
    np.testing.assert_allclose(mean.ravel(), X.mean(axes), rtol=1e-5)
    np.testing.assert_allclose(scale.ravel(), X.std(axes), rtol=1e-5)
    monkeypatch.setattr("sklearn_abmtl._data.statistics.BLOCK_VALUES", 100)  # in several pieces
    np.testing.assert_allclose(input_statistics(X, np.ones(50)), (mean, scale), rtol=1e-6)


def test_samples_keep_the_shape_of_fit():
    X = np.random.default_rng(0).normal(size=(20, 6, 3))
    classifier = quick(encoder="recurrent", decoder=None, max_epochs=1).fit(X, np.arange(20) % 2)
    with pytest.raises(ValueError, match=r"X has samples of shape \(6, 4\), .* of shape \(6, 3\)"):
        classifier.predict(np.zeros((2, 6, 4)))


def test_bins_of_many_rows_are_made_from_some(monkeypatch):
    X = np.random.default_rng(0).normal(size=(1000, 2))
    edges = bin_edges(X, X.mean(0), 4, np.ones(len(X)))
    monkeypatch.setattr("sklearn_abmtl._data.statistics.BIN_VALUES", 600)
    drawn = bin_edges(X, X.mean(0), 4, np.ones(len(X)))
    assert np.isin(drawn, X).all()
    np.testing.assert_array_equal(drawn, bin_edges(X, X.mean(0), 4, np.ones(len(X))))
    np.testing.assert_allclose(drawn[:, 1:-1], edges[:, 1:-1], atol=0.25)
    assert (drawn != edges).any()


def test_statistics_weigh_rows():
    X = np.random.default_rng(0).normal(size=(20, 3, 2, 2))
    weights = np.arange(20) % 3
    copies = np.repeat(X, weights, axis=0)
    weighted = input_statistics(X[weights > 0], weights[weights > 0].astype(float))
    np.testing.assert_allclose(weighted, input_statistics(copies, np.ones(len(copies))))
