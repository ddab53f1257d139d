"""What 'auto' chooses by the kind and the number of rows."""

from __future__ import annotations

import numpy as np
import pytest
from samples import quick, table
from sklearn.base import clone
from torch import nn


@pytest.mark.parametrize(
    ("n_samples", "sample_shape", "decay"),
    [
        (500, (5,), 2.0),
        (50, (5,), 3.0),
        (12000, (5,), 0.1),
        (30, (4, 2), 0.3),
        (30, (1, 8, 8), 1.0),
    ],
)
def test_weight_decay_is_chosen_by_the_kind_and_the_number_of_rows(n_samples, sample_shape, decay):
    X = np.random.default_rng(0).normal(size=(n_samples, *sample_shape))
    y = np.arange(n_samples) % 2
    classifier = quick(encoder="auto", max_epochs=1, batch_size=3000, early_stopping=False)
    groups = classifier.fit(X, y).net_.optimizer_.param_groups
    assert {group["weight_decay"] for group in groups} - {0.0} == {decay}
    faster = classifier.set_params(lr=0.008).fit(X, y).net_.optimizer_.param_groups
    assert {group["weight_decay"] for group in faster} - {0.0} == {decay / 4}


@pytest.mark.parametrize(("n_samples", "dropout"), [(40, 0.5), (400, 0.25), (2000, 0.1)])
def test_dropout_of_a_table_is_chosen_by_its_features_per_row(n_samples, dropout):
    X, codes = table(n_samples)
    classifier = quick(max_epochs=1, early_stopping=False).fit(X, codes)
    assert classifier.net_.plan.specs.encoder.dropout == dropout
    named = clone(classifier).set_params(encoder__dropout=0.0).fit(X, codes)
    assert named.net_.plan.specs.encoder.dropout == 0.0
    assert named.get_params()["encoder__dropout"] == 0.0


def test_dropout_is_least_where_rows_come_in_pieces():
    X, codes = table(40)
    classifier = quick().partial_fit(X, codes, classes=[[0, 1, 2], [0, 1], [0, 1, 2, 3]])
    rates = {
        m.p for m in classifier.net_.module_.trunk.encoder.modules() if isinstance(m, nn.Dropout)
    }
    assert rates == {0.1}
