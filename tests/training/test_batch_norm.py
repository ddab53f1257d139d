"""Batch normalisation of a shared batch equals that of torch in a single process."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import distributed, nn

from sklearn_abmtl._training.processes.batch_norm import WholeBatchNorm, join_batch_norms

LAYERS = {
    "images": nn.BatchNorm2d(3),
    "tables": nn.BatchNorm1d(3),
    "all batches count alike": nn.BatchNorm2d(3, momentum=None),
    "without scale": nn.BatchNorm2d(3, affine=False),
    "without running statistics": nn.BatchNorm2d(3, track_running_stats=False),
}


@pytest.fixture
def _group_of_one():
    distributed.init_process_group("gloo", store=distributed.HashStore(), rank=0, world_size=1)
    yield
    distributed.destroy_process_group()


def outcome(network, rows):
    """Return outputs and gradients of two steps, and then outputs of predictions."""
    found = []
    for _ in range(2):
        features = rows.clone().requires_grad_()
        output = network(features)
        output.pow(3).sum().backward()
        found += [output, features.grad]
    return [*found, *(p.grad for p in network.parameters()), network.eval()(rows)]


@pytest.mark.usefixtures("_group_of_one")
@pytest.mark.parametrize("name", LAYERS)
def test_a_whole_batch_is_normalised_as_by_torch(name):
    expected = nn.Sequential(copy.deepcopy(LAYERS[name])).double()
    found = copy.deepcopy(expected)
    parameters = [*found.parameters()]
    join_batch_norms(found.append(nn.Linear(1, 1)))  # its first parameter has the device
    del found[1]
    assert isinstance(found[0], WholeBatchNorm)
    assert [*map(id, found.parameters())] == [*map(id, parameters)]  # the optimizer has them
    shape = (5, 3) if name == "tables" else (5, 3, 4, 2)
    rows = 5 + torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(outcome(found, rows), outcome(expected, rows))
    torch.testing.assert_close(found.state_dict(), expected.state_dict())


@pytest.mark.parametrize("name", LAYERS)
def test_without_a_group_a_layer_works_as_before(name):
    layer = WholeBatchNorm(3)
    vars(layer).update(vars(copy.deepcopy(LAYERS[name])))
    rows = torch.randn((5, 3), generator=torch.Generator().manual_seed(0))
    expected = nn.functional.batch_norm(rows, None, None, layer.weight, layer.bias, training=True)
    torch.testing.assert_close(layer(rows), expected)
