"""Batches as slices of tensors."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from small_nets import task_data

from sklearn_abmtl._data.stored_rows import StoredRows, find_source
from sklearn_abmtl._training.data.batches import Batches, TaskData, indexed_tensor
from sklearn_abmtl._training.data.transfer import in_turn_on

SIZES = [(1, 8), (7, 8), (8, 8), (9, 8), (20, 8), (21, 1), (23, 5), (100, 16)]

every_size = pytest.mark.parametrize(("n_samples", "batch_size"), SIZES)


def numbered(n_samples):
    rows = torch.arange(n_samples)
    codes = torch.stack([rows, rows + 1000], dim=1)
    return TaskData(rows.float().unsqueeze(1), codes, codes / 2, rows.float())


def generator_of(seed):
    return None if seed is None else torch.Generator().manual_seed(seed)


def orders(n_samples, batch_size, seed, n_passes=1):
    batches = Batches(numbered(n_samples), batch_size, generator_of(seed))
    return [torch.cat([batch.codes[:, 0] for batch in batches]).tolist() for _ in range(n_passes)]


@every_size
@pytest.mark.parametrize("seed", [None, 0])
def test_every_row_comes_exactly_once(n_samples, batch_size, seed):
    for order in orders(n_samples, batch_size, seed, n_passes=2):
        assert sorted(order) == list(range(n_samples))


@every_size
@pytest.mark.parametrize("seed", [None, 0])
def test_batches_are_of_nearly_equal_size(n_samples, batch_size, seed):
    batches = Batches(numbered(n_samples), batch_size, generator_of(seed))
    sizes = [len(batch.features) for batch in batches]
    assert len(sizes) == len(batches) == -(-n_samples // batch_size)
    assert max(sizes) <= batch_size
    assert max(sizes) - min(sizes) <= 1


def test_the_parts_of_a_row_stay_together():
    for batch in Batches(numbered(23), 5, generator_of(0)):
        rows = batch.codes[:, 0]
        assert torch.equal(batch.features[:, 0], rows.float())
        assert torch.equal(batch.codes[:, 1], rows + 1000)
        assert torch.equal(batch.label_weights, batch.codes / 2)
        assert torch.equal(batch.row_weights, rows.float())


def test_the_seed_decides_the_order_of_every_pass():
    first = orders(23, 5, seed=0, n_passes=3)
    assert first == orders(23, 5, seed=0, n_passes=3)
    assert first != orders(23, 5, seed=1, n_passes=3)
    assert len({tuple(order) for order in first}) == 3


@pytest.mark.parametrize(("n_samples", "batch_size", "seed"), [(23, 5, None), (8, 8, 0)])
def test_rows_stay_in_order_without_a_generator_and_in_a_single_batch(n_samples, batch_size, seed):
    assert orders(n_samples, batch_size, seed) == [list(range(n_samples))]


def test_unshuffled_batches_share_memory_with_the_data():
    data = task_data()
    first = next(iter(Batches(data, 8, None)))
    assert first.features.data_ptr() == data.features.data_ptr()


@pytest.mark.parametrize("rows", [slice(3, 9), torch.tensor([5, 0, 5, 11]), slice(0, 0)])
def test_stored_rows_are_indexed_like_a_tensor(rows, tmp_path, monkeypatch):
    monkeypatch.setattr("sklearn_abmtl._data.stored_rows.READ_BYTES", 0)
    array = np.arange(24, dtype=np.float32).reshape(12, 2)
    np.save(tmp_path / "X.npy", array)
    source = find_source(np.load(tmp_path / "X.npy", mmap_mode="r"))
    stored = indexed_tensor(StoredRows(source, np.asarray)).to(torch.device("cpu"))
    tensor = indexed_tensor(array)
    assert (len(stored), stored.shape) == (len(tensor), tensor.shape)
    torch.testing.assert_close(stored[rows], tensor[rows], rtol=0, atol=0)
    for found in indexed_tensor(StoredRows(source, np.asarray)).in_turn([rows, rows]):
        torch.testing.assert_close(found, tensor[rows], rtol=0, atol=0)


@pytest.mark.gpu
@pytest.mark.parametrize("n_batches", [0, 1, 2, 7])
def test_batches_arrive_on_the_gpu_as_they_were(n_batches):
    batches = [torch.randn(1 + batch, 1000) for batch in range(n_batches)]
    arrived = list(in_turn_on(torch.device("cuda"), iter(batches)))
    assert all(batch.is_cuda for batch in arrived)
    for batch, sent in zip(batches, arrived, strict=True):
        assert torch.equal(batch, sent.cpu())
