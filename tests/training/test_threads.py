"""Small steps use one CPU thread, large steps those of the caller; the number is restored."""

from __future__ import annotations

import pytest
import torch
from skorch.callbacks import Callback
from small_nets import small_net, task_data

from sklearn_abmtl._training.data.batches import DataSplit
from sklearn_abmtl._training.execution import threads as _threads


class ThreadLog(Callback):
    """Keeps the number of threads of each batch."""

    def initialize(self):
        self.numbers_ = set()

    def on_batch_begin(self, net, **kwargs):
        self.numbers_.add(torch.get_num_threads())


class Failure(Callback):
    def on_batch_begin(self, net, **kwargs):
        raise RuntimeError("in the middle")


@pytest.fixture(autouse=True)
def three_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(("batch_size", "expected"), [(9, 1), (10, 3), (20, 3)])
def test_the_size_of_a_step_decides_the_threads(monkeypatch, batch_size, expected):
    log = ThreadLog()
    net = small_net(batch_size=batch_size, callbacks=[("log", log)])
    n_parameters = sum(parameter.numel() for parameter in net.module_.parameters())
    monkeypatch.setattr(_threads, "MIN_PRODUCTS", 10 * n_parameters)
    net.partial_fit(DataSplit(task_data(20), None))
    assert log.numbers_ == {expected}
    assert torch.get_num_threads() == 3


def test_a_batch_has_no_more_rows_than_there_are(monkeypatch):
    log = ThreadLog()
    net = small_net(batch_size=1000, callbacks=[("log", log)])
    n_parameters = sum(parameter.numel() for parameter in net.module_.parameters())
    monkeypatch.setattr(_threads, "MIN_PRODUCTS", 21 * n_parameters)
    net.partial_fit(DataSplit(task_data(20), None))
    assert log.numbers_ == {1}


def test_a_training_that_fails_gives_the_threads_back():
    net = small_net(callbacks=[("failure", Failure())])
    with pytest.raises(RuntimeError, match="in the middle"):
        net.partial_fit(DataSplit(task_data(20), None))
    assert torch.get_num_threads() == 3
