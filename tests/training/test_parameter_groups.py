"""Separate learning rates and weight decay for parts of the network."""

from __future__ import annotations

import pytest
from skorch.callbacks import Callback
from small_nets import small_net, small_network, task_data
from torch import nn

from sklearn_abmtl._training.data.batches import DataSplit
from sklearn_abmtl._training.loop.parameter_groups import lr_groups, undecayed_groups


class Rates(Callback):
    """Records the learning rates of all parameter groups at every training batch."""

    def __init__(self):
        self.values = []

    def on_batch_begin(self, net, training=False, **kwargs):
        self.values.append([group["lr"] for group in net.optimizer_.param_groups])


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.lr_scales = {"near": 0.1, "far": 2.0}
        self.near, self.far, self.other = (nn.Linear(1, 1) for _ in range(3))


def test_networks_without_scales_have_one_group():
    assert lr_groups(small_network(), lr=0.5) == []
    assert len(small_net().optimizer_.param_groups) == 1


def test_queries_of_tables_have_no_weight_decay():
    everywhere = [("input_layer.*", {"weight_decay": 0.0}), ("weighting.*", {"weight_decay": 0.0})]
    assert undecayed_groups(is_table=False) == everywhere
    of_tables = [(f"*.{name}", {"weight_decay": 0.0}) for name in ("queries", "positions")]
    assert undecayed_groups(is_table=True) == everywhere + of_tables


def test_scales_are_found_by_the_name_of_the_module():
    network = nn.Sequential(nn.Linear(1, 1), Scaled())
    assert lr_groups(network, lr=0.5) == [
        ("1.near.*", {"lr": 0.05, "lr_scale": 0.1}),
        ("1.far.*", {"lr": 1.0, "lr_scale": 2.0}),
    ]


@pytest.mark.parametrize("lr_schedule", [None, "one_cycle"])
def test_groups_go_through_the_same_schedule_scaled(lr_schedule):
    rates = Rates()
    pattern = ("trunk.encoder.*", {"lr": 0.002, "lr_scale": 0.1})
    net = small_net(
        lr=0.02,
        lr_schedule=lr_schedule,
        n_steps=9,
        callbacks=[rates],
        optimizer__param_groups=[pattern],
    )
    for _ in range(2):  # a second training starts the cycle again
        net.partial_fit(DataSplit(task_data(), None))
    assert len(rates.values) == 18
    assert rates.values[:9] == [pytest.approx(pair) for pair in rates.values[9:]]
    for scaled, full in rates.values:
        assert scaled == pytest.approx(0.1 * full)
    assert max(full for _, full in rates.values) == pytest.approx(0.02, rel=0.1)
