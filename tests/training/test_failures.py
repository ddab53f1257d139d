"""Trainings that diverge or need too much memory raise errors with advice and leave no trace."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from samples import quick, table
from skorch.callbacks import Callback
from small_nets import small_net, task_data

from sklearn_abmtl._training.data.batches import DataSplit
from sklearn_abmtl.nn import InputScaler

X, CODES = table(60)
SPLIT = DataSplit(task_data(), None)


class Spoil(Callback):
    """Makes a parameter infinite at the end of the epoch after ``n_epochs``."""

    def __init__(self, n_epochs=0):
        self.n_epochs = n_epochs

    def on_batch_end(self, net, training=False, **kwargs):
        if training and len(net.history) > self.n_epochs:
            next(net.module_.task_classifiers.parameters()).data[:] = torch.inf


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_the_tasks_whose_loss_is_not_finite_are_named(value):
    net = small_net(batch_size=100)
    for task_classifier in net.module_.task_classifiers:
        task_classifier.logits.bias.data[1] = value
    text = r"Training diverged in epoch 1: the loss of the tasks \['b'\] is not finite\. lr is 0.01"
    with pytest.raises(ValueError, match=text):
        net.partial_fit(SPLIT)


def test_too_high_a_learning_rate_diverges():
    net = small_net(optimizer=torch.optim.SGD, lr=1e30, max_epochs=10)
    text = r"diverged in epoch .*lr is 1e\+30, dtype 'float32'; .*a lower lr may help"
    with pytest.raises(ValueError, match=text):
        net.partial_fit(SPLIT)


def test_so_much_weight_decay_that_parameters_grow_is_named_as_a_cause():
    text = r"lower weight_decay, which times lr is 2\.5; a lower lr may help"
    with pytest.raises(ValueError, match=text):
        small_net(optimizer__weight_decay=250.0, callbacks=[Spoil()]).partial_fit(SPLIT)
    with pytest.raises(ValueError, match="diverged") as caught:
        small_net(optimizer__weight_decay=200.0, callbacks=[Spoil()]).partial_fit(SPLIT)
    assert "weight_decay" not in str(caught.value)


def test_parameters_grow_where_weight_decay_times_lr_is_above_2():
    for decay, grows in ((199.0, False), (201.0, True)):
        parameter = torch.ones(1, requires_grad=True)
        parameter.grad = torch.zeros(1)
        torch.optim.AdamW([parameter], lr=0.01, weight_decay=decay).step()
        assert (abs(parameter.item()) > 1) == grows


def test_too_much_weight_decay_diverges():
    text = r"diverged in epoch 1: .*lower weight_decay, which times lr is 2e\+06; a lower lr"
    with pytest.raises(ValueError, match=text):
        quick(weight_decay=1e9, batch_size=6).fit(X, CODES)


def test_parameters_that_the_last_batch_spoils_are_found():
    net = small_net(batch_size=100, callbacks=[Spoil(1)])
    text = "diverged in epoch 2: the network's parameters are not finite"
    with pytest.raises(ValueError, match=text):
        net.partial_fit(SPLIT)


def far(data):
    return data._replace(features=data.features * 1e38)


def heavy(data):
    return data._replace(label_weights=data.label_weights * 1e38)


@pytest.mark.parametrize(
    ("spoil", "cause"), [(far, "scale or clip X"), (heavy, "lower sample_weight or class_weight")]
)
def test_extreme_values_are_named_as_a_cause(spoil, cause):
    net = small_net(callbacks=[Spoil()])
    with pytest.raises(ValueError, match=cause):
        net.partial_fit(DataSplit(spoil(task_data()), None))
    with pytest.raises(ValueError, match="diverged") as caught:
        small_net(callbacks=[Spoil()]).partial_fit(SPLIT)
    assert cause not in str(caught.value)


@pytest.mark.filterwarnings("ignore:X has another scale")
def test_validation_rows_far_from_all_others_have_a_finite_loss():
    classifier = quick().fit(X, CODES, X_val=X * 1e36, y_val=CODES)
    assert np.isfinite([row["valid_loss"] for row in classifier.history_]).all()


@pytest.mark.parametrize("method", ["fit", "warm_start", "partial_fit"])
def test_a_training_that_diverges_leaves_the_estimator_as_it_was(method):
    classifier = quick(warm_start=method == "warm_start")
    if method != "fit":
        classifier.fit(X, CODES)
    before = pickle.dumps(vars(classifier))
    callbacks = [Spoil()]
    classifier.set_params(callbacks=callbacks)
    with pytest.raises(ValueError, match="Training diverged in epoch"):
        (classifier.partial_fit if method == "partial_fit" else classifier.fit)(X, CODES)
    assert hasattr(classifier, "net_") == (method != "fit")
    assert pickle.dumps(vars(classifier.set_params(callbacks=None))) == before


class OutOfMemory(Callback):
    """Stands for a GPU whose memory ends: none is needed for the test."""

    def on_batch_begin(self, net, training=False, **kwargs):
        raise torch.OutOfMemoryError("CUDA out of memory.")


@pytest.mark.parametrize(
    ("batch_size", "advice"),
    [(20, "batches of 20 rows: set batch_size=10, "), (1, "batches of 1 rows: make the network")],
)
def test_too_little_memory_names_a_smaller_batch(batch_size, advice):
    classifier = quick(batch_size=batch_size, callbacks=[OutOfMemory()])
    before = dict(vars(classifier))
    with pytest.raises(torch.OutOfMemoryError, match=rf"{advice}.*torch says: CUDA out of memory"):
        classifier.fit(X, CODES)
    assert vars(classifier) == before
    classifier = quick(batch_size=100).fit(X, CODES).set_params(callbacks=[OutOfMemory()])
    with pytest.raises(torch.OutOfMemoryError, match="batches of 60 rows: set batch_size=30"):
        classifier.partial_fit(X, CODES)


class Narrow(InputScaler):
    """Stands for a GPU that has memory for ``n_rows`` rows."""

    n_rows = 7

    def forward(self, features):
        if len(features) > self.n_rows:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return super().forward(features)


def test_predictions_take_smaller_batches_where_memory_is_short(monkeypatch):
    classifier = quick().fit(X, CODES)
    expected = classifier.predict_proba(X)[0]
    scaler = classifier.net_.module_.input_layer
    monkeypatch.setattr(scaler, "forward", Narrow(scaler.mean, scaler.scale).forward)
    np.testing.assert_allclose(classifier.predict_proba(X)[0], expected, rtol=1e-5)
    monkeypatch.setattr(Narrow, "n_rows", 0)
    with pytest.raises(torch.OutOfMemoryError, match="CUDA out of memory") as caught:
        classifier.predict(X)
    assert caught.value.__notes__ == [
        "Even one row is too large: save the model, and load it with device='cpu'."
    ]
