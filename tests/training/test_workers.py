"""Data sets read by separate processes: same results, and errors that name the cause."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal

import numpy as np
import pytest
import torch
from checkpoint_samples import assert_equal_fits
from samples import Items, frame, quick, table

from sklearn_abmtl import VGGEncoder
from sklearn_abmtl._data.stored_rows import DatasetItems
from sklearn_abmtl._training.data.workers import with_workers

# Python warns of every fork of a process that has threads
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")

X, CODES = table(60)
Y = frame(CODES)
GAPS = np.where(np.random.default_rng(0).random(X.shape) < 0.2, np.nan, X)
IMAGES = np.random.default_rng(0).integers(0, 255, size=(60, 1, 8, 8)).astype(np.uint8)

CASES = {
    "table": ({}, X),
    "table with gaps": ({"handle_missing": "indicator", "n_bins": 3}, GAPS),
    "images": ({"encoder": VGGEncoder(width=2, d_shared=8), "max_shift": 1}, IMAGES),
    "early stopping": ({"early_stopping": True, "decoder": "mlp"}, X),
}
BATCHES = [np.arange(start, start + 4) for start in range(0, 40, 4)]


class ReadersOfItems(Items):
    """A data set whose items are their number, the process that reads them and a drawn number."""

    def __getitem__(self, number):
        return np.array([number, os.getpid(), torch.rand(()).item()])


class FailingItems(Items):
    """A data set whose item 17 cannot be read."""

    def __getitem__(self, number):
        if number == 17:
            raise OSError("the disk is gone")
        return super().__getitem__(number)


class DyingItems(Items):
    """A data set whose item 17 ends the process that reads it."""

    def __getitem__(self, number):
        if number == 17 and torch.utils.data.get_worker_info() is not None:
            os._exit(3)
        return super().__getitem__(number)


@pytest.fixture(autouse=True)
def no_process_is_left(no_joblib_processes):
    yield
    gc.collect()  # errors that a test caught hold what they passed
    assert not multiprocessing.active_children()


def read_pass(source):
    """Return the readers' rows of one pass, (40, 3)."""
    return np.concatenate(list(source.read_in_turn(iter(BATCHES))))


@pytest.mark.parametrize("name", CASES)
def test_a_fit_with_workers_is_that_on_the_array(name, monkeypatch):
    monkeypatch.setattr("sklearn_abmtl._data.statistics.BLOCK_VALUES", 100)
    parameters, rows = CASES[name]
    expected = quick(**parameters).fit(rows, Y)
    state = torch.get_rng_state()
    found = quick(n_workers=2, **parameters).fit(Items(rows), Y)
    assert_equal_fits(found, expected, rows)
    for p, q in zip(found.predict_proba(Items(rows)), expected.predict_proba(rows), strict=True):
        np.testing.assert_array_equal(p, q)
    assert torch.equal(torch.get_rng_state(), state)
    assert not multiprocessing.active_children()


def test_other_processes_read_in_order_and_stay_for_the_next_pass():
    first, second, again = (with_workers(DatasetItems(ReadersOfItems(X)), 2) for _ in range(3))
    torch.manual_seed(3)
    state = torch.get_rng_state()
    passes = [read_pass(source) for source in (first, first, second)]
    for rows in passes:
        np.testing.assert_array_equal(rows[:, 0], np.arange(40))
        assert len(set(rows[:, 1])) == 2
        assert os.getpid() not in rows[:, 1]
    assert set(passes[0][:, 1]) == set(passes[1][:, 1]) != set(passes[2][:, 1])
    assert len({*passes[0][:, 2], *passes[1][:, 2]}) == 80  # no number is drawn twice
    np.testing.assert_array_equal(passes[0][:, 2], passes[2][:, 2])
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(4)
    assert not np.array_equal(read_pass(again)[:, 2], passes[0][:, 2])


def test_passes_may_be_left_and_may_overlap():
    source = with_workers(DatasetItems(ReadersOfItems(X)), 2)
    left = source.read_in_turn(iter(BATCHES))
    next(left)
    del left
    assert not multiprocessing.active_children()
    pair = zip(*(source.read_in_turn(iter(BATCHES)) for _ in range(2)), strict=True)
    first, second = (np.concatenate(rows) for rows in zip(*pair, strict=True))
    np.testing.assert_array_equal(first[:, 0], second[:, 0])


def test_workers_outlive_an_interrupt():
    source = with_workers(DatasetItems(ReadersOfItems(X)), 2)
    before = read_pass(source)
    for pid in {*before[:, 1].astype(int).tolist()}:
        os.kill(pid, signal.SIGINT)
    assert set(read_pass(source)[:, 1]) == set(before[:, 1])


def test_what_is_no_data_set_has_no_workers():
    assert with_workers(X, 2) is X
    source = DatasetItems(Items(X))
    assert with_workers(source, 0) is source
    assert_equal_fits(quick(n_workers=2).fit(X, Y), quick().fit(X, Y), X)


@pytest.mark.parametrize("n_workers", [0, 2])
def test_an_error_has_its_text_and_the_item(n_workers):
    with pytest.raises(OSError, match="the disk is gone") as raised:
        quick(n_workers=n_workers).fit(FailingItems(X), Y)
    texts = [str(raised.value), *getattr(raised.value, "__notes__", [])]
    assert any("The error is in item 17 of the data set." in text for text in texts)
    assert any("worker process" in text for text in texts) == (n_workers > 0)


@pytest.mark.parametrize("method", ["fit", "partial_fit", "predict"])
def test_a_worker_that_dies_is_named_and_leaves_the_estimator_as_it_was(method):
    classifier = quick(n_workers=2).fit(X, Y)
    before = classifier.predict_proba(X)
    labels = [] if method == "predict" else [Y]
    with pytest.raises(
        RuntimeError,
        match=r"A process that reads X has died: DataLoader worker \(pid.*\d+\) exited "
        r"unexpectedly.* With n_workers=0 this process reads the data set",
    ) as raised:
        getattr(classifier, method)(DyingItems(X), *labels)
    assert "exit code 3" in str(raised.value)
    for p, q in zip(classifier.predict_proba(X), before, strict=True):
        np.testing.assert_array_equal(p, q)


def test_items_of_several_shapes_are_named():
    rows = [np.zeros(5)] * 59 + [np.zeros(4)]
    with pytest.raises(ValueError, match=r"found \(5,\) of item 0 and \(4,\) of item 59"):
        quick(n_workers=2).fit(Items(rows), Y)
