"""A classifier that is trained further keeps its network; options of another one are refused."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from samples import quick, table

from sklearn_abmtl import MLPEncoder
from sklearn_abmtl.losses import FixedWeights

X, CODES = table()

CHANGED = {  # option, and what the error says of it
    "encoder": ({"encoder": "feature_token"}, "encoder='feature_token' is not that of fit, MLPEnc"),
    "an option of the encoder": ({"encoder__width": 17}, "encoder__width=17 .* of fit, 16"),
    "a default of the encoder": ({"encoder": "mlp"}, "encoder__width=256 .* of fit, 16"),
    "decoder": ({"decoder": "mlp"}, "decoder='mlp' is not that of fit, None"),
    "attention": ({"attention": "mtan"}, "attention='mtan' is not that of fit, TaskAttention"),
    "an option of 'auto'": ({"attention__d_model": 32}, "attention__d_model=32 .* of fit, 64"),
    "task_classifier": ({"task_classifier__d_hidden": 7}, "task_classifier__d_hidden=7"),
    "aggregator": ({"aggregator__cv": 3}, "aggregator__cv=3 is not that of fit, None"),
    "sharing": ({"sharing": "soft"}, "sharing='soft' is not that of fit, 'hard'"),
    "n_members": ({"n_members": 2}, "n_members=2 is not that of fit, 1"),
    "n_bins": ({"n_bins": 5}, "n_bins=5 is not that of fit, 1"),
    "dtype": ({"dtype": "float64"}, "dtype='float64' is not that of fit, 'float32'"),
}
FREE = {
    "lr": 0.1,
    "max_epochs": 2,
    "weight_decay": 0.5,
    "batch_size": 7,
    "callbacks": [],
    "losses": "binary_cross_entropy",
    "loss_weights": FixedWeights(weights=[1, 2, 3]),
    "label_smoothing": 0.1,
    "early_stopping": True,
    "random_state": 5,
    "encoder": "auto",
    "attention": "task_query",
}


def train_further(classifier, method):
    return getattr(classifier, method)(X, CODES)


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize("is_loaded", [False, True])
@pytest.mark.parametrize("name", CHANGED)
def test_options_of_another_network_are_refused_by_name(name, is_loaded, method):
    changed, text = CHANGED[name]
    classifier = quick(warm_start=True, max_epochs=1).fit(X, CODES)
    if is_loaded:
        classifier = pickle.loads(pickle.dumps(classifier))
    net, expected = classifier.net_, classifier.predict_proba(X)[0]
    classifier.set_params(**changed)
    with pytest.raises(ValueError, match=text):
        train_further(classifier, method)
    assert classifier.net_ is net
    np.testing.assert_array_equal(classifier.predict_proba(X)[0], expected)


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_other_options_may_change(method):
    classifier = quick(warm_start=True, max_epochs=1).fit(X, CODES)
    n_before = len(classifier.history_)
    classifier.set_params(**FREE)
    assert len(train_further(classifier, method).history_) > n_before


def test_without_a_warm_start_any_option_may_change():
    classifier = quick(max_epochs=1).fit(X, CODES).set_params(encoder="feature_token")
    assert type(classifier.fit(X, CODES).net_.plan.specs.encoder).__name__ == "FeatureTokenEncoder"


def test_an_option_that_is_set_in_place_is_noticed():
    encoder = MLPEncoder(width=16)
    classifier = quick(warm_start=True, max_epochs=1, encoder=encoder).fit(X, CODES)
    encoder.width = 32
    with pytest.raises(ValueError, match="encoder__width=32 is not that of fit, 16"):
        classifier.fit(X, CODES)
