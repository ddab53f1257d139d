"""Parts and their options, for tables, sequences and images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from samples import quick, table
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold

from sklearn_abmtl import ABMTLClassifier, Spec, VGGEncoder


@pytest.mark.parametrize(
    ("parameters", "shape"),
    [
        ({"encoder": "auto", "decoder": "mlp"}, (5,)),
        ({"encoder": "feature_token", "decoder": "bilstm"}, (5,)),
        ({"encoder": "recurrent", "decoder": "auto"}, (10, 2)),
        ({"encoder": VGGEncoder(width=4), "decoder": "auto"}, (2, 8, 12)),
        ({"encoder": VGGEncoder(width=4), "decoder": "conv", "sharing": "soft"}, (1, 9, 11)),
    ],
)
def test_reconstruction_and_attention_lie_on_the_input(parameters, shape):
    generator = np.random.default_rng(0)
    X = generator.normal(3, 2, size=(24, *shape))
    y = np.stack([np.arange(24) % 3, np.arange(24) % 2], axis=1)
    classifier = quick(**parameters).fit(X, y)
    cells = {1: shape, 2: shape[:1], 3: shape[1:]}[len(shape)]
    assert classifier.reconstruct(X).shape == X.shape
    for branch in (None, "encoder", "decoder"):
        weights = classifier.task_attention(X, branch=branch)
        assert weights.shape == (24, 2, *cells)
        np.testing.assert_allclose(weights.reshape(24, 2, -1).sum(2), 1, rtol=1e-5)
    assert classifier.branch_weights_.shape == (2, 2)


def test_flat_rows_become_images():
    generator = np.random.default_rng(0)
    X = generator.normal(size=(24, 1, 8, 12))
    y = np.stack([np.arange(24) % 3, np.arange(24) % 2], axis=1)
    images = quick(encoder="vgg").fit(X, y)
    flat = quick(encoder="vgg", input_shape=(1, 8, 12)).fit(X.reshape(24, -1), y)
    pairs = zip(images.predict_proba(X), flat.predict_proba(X.reshape(24, -1)), strict=True)
    assert all(np.array_equal(p, q) for p, q in pairs)
    assert flat.reconstruct(X.reshape(24, -1)).shape == (24, 96)


def test_reconstruction_gets_close_to_the_input():
    generator = np.random.default_rng(0)
    X = generator.normal(5, 3, size=(200, 2)) @ generator.normal(size=(2, 6))
    y = (X[:, 0] > X[:, 0].mean()).astype(int)
    classifier = quick(decoder="mlp", reconstruction_weight=1.0, max_epochs=60)
    classifier.set_params(encoder__dropout=0.1).fit(X, y)
    error = np.square(classifier.reconstruct(X) - X).mean() / X.var(axis=0).mean()
    assert error < 0.15


def test_uint8_images_give_what_floats_give():
    generator = np.random.default_rng(0)
    X = generator.integers(0, 256, size=(24, 1, 8, 8), dtype=np.uint8)
    y = np.arange(24) % 2
    small = {"encoder": VGGEncoder(width=4)}
    integers, floats = quick(**small).fit(X, y), quick(**small).fit(X.astype(np.float32), y)
    np.testing.assert_array_equal(integers.predict_proba(X), floats.predict_proba(X))


def test_soft_sharing_has_an_encoder_a_task():
    X, codes = table(300)
    hard, soft = quick().fit(X, codes), quick(sharing="soft", max_epochs=20).fit(X, codes)
    sizes = [sum(p.numel() for p in c.net_.module_.trunk.parameters()) for c in (hard, soft)]
    assert sizes[1] > 2 * sizes[0]
    assert soft.score(X, codes) > 0.85


def test_options_of_a_named_part_are_grid_keys():
    classifier = ABMTLClassifier(encoder="vgg")
    assert classifier.get_params()["encoder__n_stages"] == "auto"
    copy = clone(classifier).set_params(encoder__width=4)
    assert copy.encoder == VGGEncoder(width=4)
    assert classifier.encoder == "vgg"
    with pytest.raises(ValueError, match="Invalid parameter 'depth' for VGGEncoder"):
        classifier.set_params(encoder__depth=3)
    assert classifier.encoder == "vgg"
    with pytest.raises(ValueError, match="decoder__width cannot be set: decoder=None"):
        ABMTLClassifier(decoder=None).set_params(decoder__width=3)


def test_options_of_no_part_are_refused():
    with pytest.raises(ValueError, match="Invalid parameter 'enkoder' for estimator"):
        ABMTLClassifier().set_params(enkoder__width=4)


@pytest.mark.parametrize("shape", [(5,), (6, 3), (1, 8, 12)])
def test_options_of_an_auto_part_wait_for_the_data(shape):
    X = np.random.default_rng(0).normal(size=(20, *shape))
    y = np.arange(20) % 2
    classifier = quick(encoder="auto", max_epochs=1).set_params(encoder__width=6)
    copy = clone(classifier).set_params(**classifier.get_params())
    assert copy.get_params()["encoder__width"] == 6
    encoder = copy.fit(X, y).net_.module_.trunk.encoder
    assert 6 in {size for p in encoder.parameters() for size in p.shape}
    assert repr(copy.encoder) == "'auto' with width=6"
    with pytest.raises(ValueError, match="Invalid parameter 'depth' for encoder='auto'"):
        copy.set_params(encoder__depth=3)


def test_options_of_an_auto_part_must_fit_the_chosen_part():
    X, codes = table()
    with pytest.raises(ValueError, match="Invalid parameter 'n_stages' for MLPEncoder"):
        quick(encoder="auto").set_params(encoder__n_stages=2).fit(X, codes)
    with pytest.raises(ValueError, match=r"decoder='auto' is None .* options \['width'\]"):
        quick().set_params(decoder__width=2).fit(X, codes)


@dataclass(kw_only=True)
class Doubling(Spec):
    """An encoder of a user's own, in one line of torch."""

    factor: float = 2.0

    def build(self, sample_shape):
        return DoublingModule(sample_shape[0], self.factor)


class DoublingModule(torch.nn.Module):
    def __init__(self, n_features, factor):
        super().__init__()
        self.factor = torch.nn.Parameter(torch.tensor(factor))
        self.grid, self.d_tokens, self.d_shared = (n_features,), 1, n_features

    def forward(self, features):
        return self.factor * features.unsqueeze(2), self.factor * features


def test_an_encoder_of_the_users_own():
    X, codes = table()
    grid = {"encoder__factor": [1.0, 2.0]}
    search = GridSearchCV(quick(encoder=Doubling()), grid, cv=KFold(2)).fit(X, codes)
    assert search.best_estimator_.task_attention(X).shape == (60, 3, 5)
