"""The training loop and what it records."""

from __future__ import annotations

import math

import pytest
import torch
from contracts import tensors
from skorch.callbacks import Callback
from small_nets import TASK_NAMES, small_net, task_data

from sklearn_abmtl._training.data.batches import DataSplit


def untrained(**options):
    """Return a net that stands still, so that every batch sees the same network."""
    return small_net(optimizer=torch.optim.SGD, lr=0.0, **options)


def task_losses_and_accuracies(net, data):
    net.module_.eval()
    with torch.no_grad():
        output = net.module_(data.features)
        terms = net.criterion_(
            output.member_logits, output.branch_logits, data.codes, data.label_weights
        )
    hits = output.task_logits.argmax(2) == data.codes
    return terms.task_losses, hits.sum(0) / (data.codes >= 0).sum(0)


def parameters_of(net):
    return [parameter.detach().clone() for parameter in net.module_.parameters()]


def test_an_epoch_has_a_row_with_every_task():
    net = small_net(max_epochs=2)
    net.partial_fit(DataSplit(task_data(), task_data(seed=1)))
    expected = {"batches", "epoch", "dur", "best"} | {
        f"{prefix}_{key}"
        for prefix in ("train", "valid")
        for key in (
            *("batch_count", "loss", "loss_best"),
            *("loss_a", "loss_b", "accuracy_a", "accuracy_b"),
        )
    }
    assert len(net.history) == 2
    for number, row in enumerate(net.history, start=1):
        assert set(row) == expected
        assert row["epoch"] == number
        assert row["best"] is False  # without early stopping
        assert (row["train_batch_count"], row["valid_batch_count"]) == (3, 3)
        losses = {key: row[key] for key in expected if "loss" in key or "accuracy" in key}
        best = {losses.pop("train_loss_best"), losses.pop("valid_loss_best")}
        assert best <= {True, False}
        assert {type(value) for value in losses.values()} == {float}


def test_without_validation_rows_nothing_is_recorded_of_them():
    net = small_net().partial_fit(DataSplit(task_data(), None))
    assert not any(key.startswith("valid") for key in net.history[-1])


@pytest.mark.parametrize("batch_size", [3, 8, 100])
def test_recorded_values_are_those_of_all_rows_at_once(batch_size):
    train, valid = task_data(), task_data(n_samples=11, seed=1)
    net = untrained(max_epochs=1, batch_size=batch_size).partial_fit(DataSplit(train, valid))
    row = net.history[-1]
    for prefix, data in (("train", train), ("valid", valid)):
        losses, accuracies = task_losses_and_accuracies(net, data)
        for task, name in enumerate(TASK_NAMES):
            assert row[f"{prefix}_loss_{name}"] == pytest.approx(float(losses[task]), rel=1e-5)
            assert row[f"{prefix}_accuracy_{name}"] == pytest.approx(float(accuracies[task]))
        mean = float(losses[0] + 3 * losses[1]) / 4  # by loss_weights
        assert row[f"{prefix}_loss"] == pytest.approx(mean, rel=1e-5)


def test_a_task_without_a_label_is_nan_and_not_in_the_mean():
    data = task_data()
    codes, weights = data.codes.clone(), data.label_weights.clone()
    codes[:, 1], weights[:, 1] = -1, 0
    valid = data._replace(codes=codes, label_weights=weights)
    row = untrained(max_epochs=1).partial_fit(DataSplit(data, valid)).history[-1]
    assert math.isnan(row["valid_loss_b"])
    assert math.isnan(row["valid_accuracy_b"])
    assert row["valid_loss"] == row["valid_loss_a"]
    assert not math.isnan(row["train_loss_b"])


def test_validation_rows_without_any_label_give_nan():
    data = task_data()
    unlabelled = data._replace(
        codes=torch.full_like(data.codes, -1), label_weights=torch.zeros_like(data.label_weights)
    )
    row = untrained(max_epochs=1).partial_fit(DataSplit(data, unlabelled)).history[-1]
    assert math.isnan(row["valid_loss"])


def test_training_lowers_the_loss_of_every_task():
    net = small_net(max_epochs=30, lr=0.02).partial_fit(DataSplit(task_data(60), None))
    for name in TASK_NAMES:
        assert net.history[-1][f"train_loss_{name}"] < 0.7 * net.history[0][f"train_loss_{name}"]


def test_the_decoder_learns_where_reconstruction_counts():
    data = task_data()
    errors = {}
    for weight in (0.0, 0.4):
        net = small_net(max_epochs=60, lr=0.02)
        net.criterion_.reconstruction_weight = weight
        with torch.no_grad():
            output = net.partial_fit(DataSplit(data, None)).module_.eval()(data.features)
        errors[weight] = float((output.reconstructions[:, 0] - output.scaled).square().mean())
    assert errors[0.4] < 0.5 * errors[0.0]


def test_validation_rows_teach_nothing():
    train = task_data()
    alone = small_net().partial_fit(DataSplit(train, None))
    watched = small_net().partial_fit(DataSplit(train, task_data(seed=1)))
    pairs = zip(parameters_of(alone), parameters_of(watched), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


class ModeRecorder(Callback):
    """Records whether a pass trains, and the mode of the network in it."""

    def on_train_begin(self, net, **kwargs):
        self.modes_ = set()

    def on_batch_end(self, net, training=False, **kwargs):
        self.modes_.add((training, net.module_.training))


def test_validation_is_in_evaluation_mode():
    recorder = ModeRecorder()
    net = small_net(callbacks=[recorder])
    net.partial_fit(DataSplit(task_data(), task_data(seed=1)))
    assert recorder.modes_ == {(True, True), (False, False)}


def test_the_shuffle_seed_decides_the_training():
    split = DataSplit(task_data(), None)
    first, second, other = (
        parameters_of(small_net(shuffle_seed=seed).partial_fit(split)) for seed in (0, 0, 1)
    )
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(first, other, strict=True))


def test_a_resumed_training_continues_to_shuffle():
    net = small_net()
    data = task_data()
    first = [batch.features for batch in net.get_iterator(data, training=True)]
    net.partial_fit(DataSplit(data, None))
    later = [batch.features for batch in net.get_iterator(data, training=True)]
    pairs = zip(tensors(first), tensors(later), strict=True)
    assert not all(torch.equal(a, b) for a, b in pairs)


def test_history_continues_where_it_ended():
    net = small_net(max_epochs=2)
    for _ in range(2):
        net.partial_fit(DataSplit(task_data(), None))
    assert net.history[:, "epoch"] == [1, 2, 3, 4]
