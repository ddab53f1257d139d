"""Callbacks, which are called between epochs."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from samples import quick, table
from skorch.callbacks import (
    BatchScoring,
    Callback,
    Checkpoint,
    EarlyStopping,
    EpochScoring,
    InputShapeSetter,
    LRScheduler,
    PassthroughScoring,
)
from small_nets import small_net, task_data

from sklearn_abmtl._training.data.batches import DataSplit
from sklearn_abmtl._training.loop.callbacks import training_callbacks

SPLIT = DataSplit(task_data(), None)


class Recorder(Callback):
    """Records a value at the beginning of every training batch."""

    def __init__(self, read):
        self.read = read
        self.values = []

    def on_batch_begin(self, net, training=False, **kwargs):
        if training:
            self.values.append(self.read(net))


def reconstruction_weight(net):
    return net.criterion_.reconstruction_weight


def learning_rate(net):
    return net.optimizer_.param_groups[0]["lr"]


def test_the_reconstruction_weight_is_annealed_over_the_last_third():
    recorder = Recorder(reconstruction_weight)
    net = small_net(max_epochs=30, batch_size=20, callbacks=[recorder])
    net.partial_fit(SPLIT)
    shares = [weight / 0.4 for weight in recorder.values]
    assert len(shares) == 30
    assert shares[:21] == [1.0] * 21
    assert shares == sorted(shares, reverse=True)
    expected = [(1 + math.cos(math.pi * epoch / 10)) / 2 for epoch in range(10)]
    assert shares[20:] == pytest.approx(expected)
    assert 0 < shares[-1] < 0.03


def test_the_reconstruction_weight_is_restored_and_annealed_again():
    recorder = Recorder(reconstruction_weight)
    net = small_net(max_epochs=6, batch_size=20, callbacks=[recorder])
    for _ in range(2):
        net.partial_fit(SPLIT)
        assert reconstruction_weight(net) == 0.4
    assert recorder.values[5] < 0.4
    assert recorder.values[:6] == pytest.approx(recorder.values[6:])


def test_a_single_epoch_keeps_the_reconstruction_weight():
    recorder = Recorder(reconstruction_weight)
    small_net(max_epochs=1, callbacks=[recorder]).partial_fit(SPLIT)
    assert set(recorder.values) == {0.4}


def test_the_learning_rate_goes_through_one_cycle():
    recorder = Recorder(learning_rate)
    n_steps = 10 * 3  # 20 rows in batches of at most 8
    net = small_net(
        max_epochs=10, lr=0.02, lr_schedule="one_cycle", n_steps=n_steps, callbacks=[recorder]
    )
    net.partial_fit(SPLIT)
    rates = recorder.values
    peak = rates.index(max(rates))
    assert len(rates) == n_steps
    assert max(rates) == pytest.approx(0.02, rel=0.01)
    assert 0 < peak < n_steps // 2
    assert rates[: peak + 1] == sorted(rates[: peak + 1])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert rates[-1] < 0.02 / 20


def test_without_a_schedule_the_learning_rate_stays():
    recorder = Recorder(learning_rate)
    small_net(lr=0.02, callbacks=[recorder]).partial_fit(SPLIT)
    assert set(recorder.values) == {0.02}


class Spoiler(Callback):
    """Makes the network worse after an epoch."""

    def __init__(self, epoch):
        self.epoch = epoch

    def on_epoch_begin(self, net, **kwargs):
        if len(net.history) > self.epoch:
            for parameter in net.module_.task_classifiers.parameters():
                parameter.data += 5 * len(net.history)


def test_early_stopping_restores_the_best_epoch():
    valid = task_data(seed=1)
    net = small_net(max_epochs=30, n_iter_no_change=3, callbacks=[Spoiler(epoch=4)])
    net.partial_fit(DataSplit(task_data(), valid))
    losses = net.history[:, "valid_loss"]
    assert len(losses) < 10
    best = min(losses)
    assert net.history[:, "best"] == [loss == best for loss in losses]
    with torch.no_grad():
        output = net.module_.eval()(valid.features)
        terms = net.criterion_(
            output.member_logits, output.branch_logits, valid.codes, valid.label_weights
        )
    weights = net.criterion_.weighting.fixed_weights
    assert float((terms.task_losses * weights).sum()) == pytest.approx(best, rel=1e-5)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, []),
        ({"lr_schedule": "one_cycle"}, ["lr_schedule"]),
        ({"n_iter_no_change": 5}, ["early_stopping"]),
        ({"verbose": 1}, ["progress"]),
        ({"verbose": 2}, ["print_log"]),
    ],
)
def test_options_choose_callbacks(options, expected):
    defaults = {"lr_schedule": None, "n_iter_no_change": None, "verbose": 0}
    callbacks = training_callbacks(max_lr=0.1, n_steps=10, **(defaults | options))
    expected = ["reconstruction_annealing", "last_epoch", *expected]
    assert [name for name, _ in callbacks] == [f"abmtl_{name}" for name in expected]


REFUSED = {
    "EpochScoring": EpochScoring("accuracy"),
    "BatchScoring": BatchScoring("accuracy"),
    "PassthroughScoring": PassthroughScoring("train_loss"),
    "InputShapeSetter": InputShapeSetter(),
}
BY_KEY = {
    "valid_loss": EarlyStopping(),
    "valid_loss_best": Checkpoint(f_params=None, f_optimizer=None, f_criterion=None),
    "valid_accuracy": LRScheduler("ReduceLROnPlateau", monitor="valid_accuracy"),
    "train_f1": EarlyStopping("train_f1"),
}


@pytest.mark.parametrize("has_valid", [False, True])
@pytest.mark.parametrize("name", REFUSED)
def test_callbacks_that_cannot_work_are_refused_before_the_training(name, has_valid):
    X, y = table()
    for callback in (REFUSED[name], ("named", REFUSED[name])):
        classifier = quick(callbacks=[callback], early_stopping=has_valid)
        with pytest.raises(ValueError, match=f"callbacks cannot hold {name}"):
            classifier.fit(X, y)
        assert not hasattr(classifier, "net_")


@pytest.mark.parametrize("key", BY_KEY)
def test_a_key_that_the_history_has_not_is_refused_before_the_training(key):
    X, y = table()
    watch = ("watch", BY_KEY[key])
    classifier = quick(callbacks=[watch], random_state=np.random.RandomState(0))
    drawn = classifier.random_state.get_state()[2]
    with pytest.raises(ValueError, match=rf"monitor='{key}', which is not a key of the history"):
        classifier.fit(X, y)
    assert not hasattr(classifier, "net_")
    assert classifier.random_state.get_state()[2] == drawn
    with pytest.raises(ValueError, match=f"monitor='{key}'"):
        classifier.partial_fit(X, y, [np.unique(column) for column in y.T])
    assert classifier.random_state.get_state()[2] == drawn


def test_keys_of_tasks_and_of_callbacks_of_the_users_own_are_taken():
    X, y = table()
    watch = [EarlyStopping("valid_accuracy_task_1", lower_is_better=False)]
    assert quick(callbacks=watch, early_stopping=True).fit(X, y).history_
    own = [Noted(), EarlyStopping("noted")]
    assert "noted" in quick(callbacks=own).fit(X, y).history_[0]
    step = LRScheduler("StepLR", monitor="valid_loss", step_size=2)  # which reads no value
    assert quick(callbacks=[step], lr_schedule=None).fit(X, y).history_


class Noted(Callback):
    def on_epoch_end(self, net, **kwargs):
        net.history.record("noted", float(-len(net.history)))
