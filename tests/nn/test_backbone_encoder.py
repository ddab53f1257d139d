"""Classifiers whose encoder is a backbone: what fit, clone and pickle do with its parameters."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from sklearn.base import clone
from torch import nn

from sklearn_abmtl import ABMTLClassifier, BackboneEncoder


def images(n_samples=24):
    generator = np.random.default_rng(0)
    codes = generator.integers(0, 2, size=(n_samples, 2))
    X = generator.normal(size=(n_samples, 1, 8, 8))
    return X + codes.sum(1).reshape(-1, 1, 1, 1), codes


def color_module():
    return nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.BatchNorm2d(4), nn.Dropout(0.5))


def classifier(module, *, max_epochs=2, decoder=None, **options):
    encoder = BackboneEncoder(module, d_shared=8, **options)
    return ABMTLClassifier(
        encoder=encoder, decoder=decoder, max_epochs=max_epochs, batch_size=8, random_state=0
    )


def backbone_state(fitted):
    """Return the parameters and statistics of the fitted backbone, in the order of the module."""
    return list(fitted.net_.module_.trunk.encoder.backbone.state_dict().values())


def all_equal(first, second):
    return all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def states(module):
    return [value.clone() for value in module.state_dict().values()]


def test_fit_changes_its_own_copy_alone():
    module = color_module()
    before = states(module)
    fitted = classifier(module).fit(*images())
    assert all_equal(states(module), before)
    assert module.training
    assert not any(torch.equal(a, b) for a, b in zip(backbone_state(fitted), before, strict=True))


def test_clones_share_no_parameters():
    X, y = images()
    original = classifier(color_module())
    copied = clone(original)
    module, other = original.encoder.module, copied.encoder.module
    assert module is not other
    assert all_equal(states(module), states(other))
    fitted = [original.fit(X, y), copied.fit(X, y)]
    pointers = [p.data_ptr() for f in fitted for p in f.net_.module_.parameters()]
    pointers += [p.data_ptr() for m in (module, other) for p in m.parameters()]
    assert len(set(pointers)) == len(pointers)
    np.testing.assert_array_equal(fitted[0].predict(X), fitted[1].predict(X))


def test_a_pickle_predicts_the_same():
    X, y = images()
    fitted = classifier(color_module()).fit(X, y)
    loaded = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(loaded.predict_proba(X), fitted.predict_proba(X))


@pytest.mark.parametrize("decoder", [None, "bilstm"])
def test_a_frozen_backbone_is_the_same_after_fit(decoder):
    X, y = images()
    module = color_module()
    fitted = classifier(module, freeze=True, decoder=decoder, max_epochs=10).fit(X, y)
    assert all_equal(backbone_state(fitted), states(module))
    assert fitted.history_[-1]["train_loss"] < fitted.history_[0]["train_loss"]


def test_a_frozen_backbone_is_the_same_after_partial_fits():
    X, y = images()
    module = color_module()
    fitted = classifier(module, freeze=True)
    for _ in range(2):
        fitted.partial_fit(X, y, classes=[[0, 1], [0, 1]])
    assert all_equal(backbone_state(fitted), states(module))


def moved(module, lr_scale, train):
    fitted = train(classifier(module, lr_scale=lr_scale))
    weight = fitted.net_.module_.trunk.encoder.backbone[1][0].weight
    return float((weight - module[0].weight).detach().abs().max())


@pytest.mark.parametrize(
    "train",
    [
        lambda model: model.fit(*images()),
        lambda model: model.set_params(lr_schedule=None).fit(*images()),
        lambda model: model.partial_fit(*images(), classes=[[0, 1], [0, 1]]),
    ],
)
def test_a_lower_scale_moves_the_backbone_less(train):
    module = color_module()
    far, near = moved(module, 1.0, train), moved(module, 0.01, train)
    assert near == pytest.approx(far / 100, rel=0.5)


def test_soft_sharing_copies_the_backbone_for_every_task():
    fitted = classifier(color_module()).set_params(sharing="soft").fit(*images())
    first, second = (trunk.encoder.backbone[1][0] for trunk in fitted.net_.module_.trunk.trunks)
    assert not torch.equal(first.weight, second.weight)
    scaled = [group.get("lr_scale") for group in fitted.net_.optimizer_.param_groups]
    assert scaled == [0.1, 0.1, None]


def test_options_of_a_backbone_are_grid_keys():
    model = classifier(color_module())
    model.set_params(encoder__lr_scale=0.5, encoder__freeze=True)
    assert model.get_params()["encoder__lr_scale"] == 0.5
    assert model.encoder.freeze
