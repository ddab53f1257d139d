"""Rows without labels teach the decoder alone."""

from __future__ import annotations

import numpy as np
import pytest
from samples import quick, table


def same_probabilities(a, b, X):
    pairs = zip(a.predict_proba(X), b.predict_proba(X), strict=True)
    return all(np.array_equal(p, q) for p, q in pairs)


def test_rows_without_labels_change_nothing_without_a_decoder():
    X, codes = table()
    y = codes.astype(float)
    more_X = np.concatenate([X, X + 5])
    more_y = np.concatenate([y, np.full_like(y, np.nan)])
    assert same_probabilities(quick().fit(X, y), quick().fit(more_X, more_y), X)


def test_rows_without_labels_teach_the_decoder():
    generator = np.random.default_rng(0)
    X = generator.normal(size=(300, 2)) @ generator.normal(size=(2, 6))
    y = np.where(np.arange(300) < 10, X[:, 0] > 0, np.nan)
    parameters = {"decoder": "mlp", "reconstruction_weight": 1.0, "max_epochs": 20}
    errors = [
        np.square(classifier.reconstruct(X[10:]) - X[10:]).mean()
        for classifier in (quick(**parameters).fit(X, y), quick(**parameters).fit(X[:10], y[:10]))
    ]
    assert errors[0] < 0.5 * errors[1]


@pytest.mark.parametrize("shape", [(60,), (60, 3)])
def test_labels_of_weight_zero_are_as_if_they_were_not_there(shape):
    X, codes = table()
    weight = np.ones(shape)
    weight[40:] = 0
    poisoned = codes.copy()
    poisoned[40:] = 7
    weighted = quick().fit(X, poisoned, sample_weight=weight)
    assert same_probabilities(weighted, quick().fit(X[:40], codes[:40]), X)


def test_a_decoder_goes_on_from_rows_without_any_label():
    X, codes = table(40)
    classifier = quick(decoder="mlp", warm_start=True, early_stopping=False).fit(X, codes)
    classifier.fit(X, np.full(codes.shape, np.nan))
    assert len(classifier.history_) == 6
