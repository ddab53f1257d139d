"""X that stays in a file: read by batches, with the same results as X in memory."""

from __future__ import annotations

import subprocess
import sys
import threading

import numpy as np
import pytest
import torch
from checkpoint_samples import Raise, assert_equal_fits, cut_off
from samples import Items, frame, quick, table
from torch.utils.data import IterableDataset, Subset, TensorDataset

from sklearn_abmtl import RecurrentEncoder, VGGEncoder
from sklearn_abmtl._data.stored_rows import N_AHEAD, StoredRows, find_source

X, CODES = table(60)
Y = frame(CODES)
GAPS = np.where(np.random.default_rng(0).random(X.shape) < 0.2, np.nan, X)
IMAGES = np.random.default_rng(0).normal(100, 20, size=(60, 1, 8, 8))
SEQUENCES = np.random.default_rng(0).normal(size=(60, 6, 2))
WEIGHTS = np.random.default_rng(0).integers(0, 3, size=60)
OF_IMAGES = {"encoder": VGGEncoder(width=2, d_shared=8)}
TABLE = X.astype(np.float32)

CASES = {  # parameters, X, and what else is passed to fit
    "table": ({}, TABLE, {}),
    "table in double precision": ({"dtype": "float64"}, X, {}),
    "table that is converted": ({}, X, {}),
    "table of integers": ({}, (X * 10).astype(np.int64), {}),
    "table with bins": ({"n_bins": 5}, TABLE, {}),
    "table with gaps": ({"handle_missing": "indicator", "n_bins": 3}, GAPS, {}),
    "table with categories": ({"categorical_features": [0]}, (X * 2).round(), {}),
    "sequences": ({"encoder": RecurrentEncoder(width=4)}, SEQUENCES, {}),
    "images": (OF_IMAGES | {"max_shift": 1}, IMAGES.astype(np.float32), {}),
    "images of bytes": (OF_IMAGES, IMAGES.astype(np.uint8), {}),
    "flat images": (OF_IMAGES | {"input_shape": (1, 8, 8)}, IMAGES.reshape(60, 64), {}),
    "weights of rows": ({"decoder": None}, TABLE, {"sample_weight": WEIGHTS}),
    "early stopping": ({"early_stopping": True, "n_iter_no_change": 1}, TABLE, {}),
    "validation rows": ({}, TABLE, {"X_val": X[:9], "y_val": Y[:9]}),
    "folds": ({"aggregator__cv": 2}, TABLE, {}),
    "a single batch": ({"batch_size": 100}, TABLE, {}),
}
VIEWS = {
    "all": (lambda rows: rows, slice(None)),
    "some rows": (lambda rows: np.repeat(rows, 3, axis=0), slice(1, None, 3)),
    "backwards": (lambda rows: rows[::-1], slice(None, None, -1)),
}


@pytest.fixture
def mapped(tmp_path):
    """Write an array and return it memory-mapped."""

    def write(array, mode="r"):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.npy"
        np.save(path, array)
        return np.load(path, mmap_mode=mode)

    return write


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Let a small array be read in several blocks, and a file leave memory after each."""
    monkeypatch.setattr("sklearn_abmtl._data.statistics.BLOCK_VALUES", 100)
    monkeypatch.setattr("sklearn_abmtl._data.stored_rows.MAPPED_BYTES", 0)
    monkeypatch.setattr("sklearn_abmtl._data.stored_rows.READ_BYTES", 0)


@pytest.mark.parametrize("name", CASES)
def test_a_fit_on_a_memory_map_is_that_on_the_array(name, mapped):
    parameters, rows, others = CASES[name]
    stored = others | {key: mapped(value) for key, value in others.items() if key == "X_val"}
    expected = quick().set_params(**parameters).fit(rows, Y, **others)
    found = quick().set_params(**parameters).fit(mapped(rows), Y, **stored)
    assert_equal_fits(found, expected, rows)
    for p, q in zip(found.predict_proba(mapped(rows)), expected.predict_proba(rows), strict=True):
        np.testing.assert_array_equal(p, q)
    assert found.n_features_in_ == rows.shape[1]
    if rows.ndim == 2 and "input_shape" not in parameters:
        np.testing.assert_array_equal(found.feature_importances_, expected.feature_importances_)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_views_and_modes(view, mode, mapped):
    spread, rows = VIEWS[view]
    array = mapped(spread(TABLE), mode)
    if mode != "r":
        array[rows][4, 2] = 7.0  # what is not in the file yet
    X = np.array(array[rows])
    for each in (array[rows], np.asarray(array)[rows]):
        assert_equal_fits(quick().fit(each, Y), quick().fit(X, Y), X)
    np.testing.assert_array_equal(array[rows], X)


def test_missing_labels(mapped):
    y = Y.astype(object).mask(np.random.default_rng(0).random(Y.shape) < 0.6)
    assert_equal_fits(
        quick(decoder=None).fit(mapped(TABLE), y), quick(decoder=None).fit(TABLE, y), TABLE
    )


def test_pieces_and_warm_starts(mapped):
    classes = [np.unique(Y[name]) for name in Y]
    found, expected = (
        quick(warm_start=True).partial_fit(rows, Y, classes).fit(rows, Y)
        for rows in (mapped(TABLE), TABLE)
    )
    assert_equal_fits(found, expected, TABLE)


@pytest.mark.parametrize("rows", [TABLE, None])
def test_a_fit_resumes_from_the_checkpoint_of_the_same_rows(rows, mapped, tmp_path):
    parameters = {"checkpoint": tmp_path / "fit.checkpoint", "early_stopping": True}
    stored = mapped(TABLE)
    with pytest.raises(InterruptedError):
        cut_off(callbacks=[Raise(InterruptedError, 3)], **parameters).fit(stored, Y)
    with pytest.raises(ValueError, match="of a fit with another X"):
        cut_off(**parameters).fit(mapped(TABLE + 1), Y)
    found = cut_off(**parameters).fit(stored if rows is None else rows, Y)
    assert_equal_fits(found, cut_off(early_stopping=True).fit(TABLE, Y), TABLE)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.nan, "Input X contains NaN"),
        (np.inf, "Input X contains infinity"),
        (1e300, r"value too large for dtype\('float32'\)"),
    ],
)
@pytest.mark.parametrize("row", [0, 41, 59])
def test_errors_name_the_first_bad_row(value, message, row, mapped):
    bad = X.copy()
    bad[row:, 3] = value
    classifier = quick().fit(X, Y)
    calls = [
        lambda: quick().fit(mapped(bad), Y),
        lambda: quick().fit(X, Y, X_val=mapped(bad), y_val=Y),
        lambda: classifier.predict(mapped(bad)),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=message) as raised:
            call()
        assert f"The first such row of X is {row}." in raised.value.__notes__


def test_rows_without_weight_are_checked_too(mapped):
    bad = np.where(np.arange(60)[:, None] == 5, np.nan, X)
    with pytest.raises(ValueError, match="Input X contains NaN"):
        quick().fit(mapped(bad), Y, sample_weight=np.arange(60) != 5)


def test_predictions_need_the_rows_of_fit(mapped):
    classifier = quick().fit(mapped(X), Y)
    with pytest.raises(ValueError, match="X has 4 features"):
        classifier.predict(mapped(X[:, :4]))
    with pytest.raises(ValueError, match=r"X has samples of shape \(5, 1\)"):
        classifier.predict(mapped(X[:, :, None]))


class Stream(IterableDataset):
    """A data set without numbers of its items."""

    def __iter__(self):
        return iter(TABLE)


class Batches(Items):
    """The same, read by batches alone but for the first."""

    def __getitem__(self, number):
        assert number == 0
        return super().__getitem__(number)

    def __getitems__(self, numbers):
        return torch.as_tensor(self.rows[numbers])


@pytest.mark.parametrize("data_set", [Items, Batches])
@pytest.mark.parametrize("name", ["table", "table with gaps", "flat images", "early stopping"])
def test_a_fit_on_a_data_set_is_that_on_the_array(name, data_set):
    parameters, rows, _ = CASES[name]
    found, expected = (quick(**parameters).fit(each, Y) for each in (data_set(rows), rows))
    assert_equal_fits(found, expected, rows)
    np.testing.assert_array_equal(
        found.predict(Subset(data_set(rows), range(9))), found.predict(rows[:9])
    )


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        (TensorDataset(torch.zeros(60, 5)), "must be tensors or arrays.* item 0 is a tuple"),
        (Items([]), "must have a length and at least one item; found Items without"),
        (Stream(), "must have a length and at least one item"),
        (
            Items([np.zeros(5)] * 59 + [np.zeros(4)]),
            r"found \(5,\) of item 0 and \(4,\) of item 59",
        ),
        (Items(np.zeros(60)), "Expected 2D array, got 1D array"),
        (Items([np.zeros(5)] * 59 + [np.full(5, np.inf)]), "Input X contains infinity"),
        (Items(np.zeros((50, 5))), "X and y must have the same number of rows; found 50 and 60"),
    ],
)
def test_data_sets_that_cannot_be_read(dataset, message):
    with pytest.raises(ValueError, match=message):
        quick().fit(dataset, Y)


INDICES = {
    "slice": slice(3, 40, 2),
    "mask": np.arange(60) % 3 == 1,
    "numbers": np.array([5, 3, 3, 58, 0]),
    "none": slice(0, 0),
}


@pytest.mark.parametrize("name", INDICES)
def test_rows_are_chosen_like_those_of_an_array(name, mapped):
    stored = StoredRows(find_source(mapped(X)), np.asarray).then(lambda x: x[:, :, None], (5, 1))
    array = X.reshape(60, 5, 1)
    for rows in (INDICES[name], slice(None)):
        stored, array = stored[rows], array[rows]
        assert (stored.shape, stored.ndim, stored.dtype) == (array.shape, 3, X.dtype)
        np.testing.assert_array_equal(np.asarray(stored), array)


def test_a_small_array_is_read_as_a_whole(mapped, monkeypatch):
    monkeypatch.setattr("sklearn_abmtl._data.stored_rows.READ_BYTES", X.nbytes)
    assert find_source(mapped(X)) is None
    assert find_source(mapped(np.append(X, X[:1], axis=0))) is not None
    assert_equal_fits(quick().fit(mapped(X), Y), quick().fit(X, Y), X)


def test_rows_are_read_ahead_in_order_and_no_further(mapped, monkeypatch):
    source, reads = find_source(mapped(X)), []
    read = source.read
    monkeypatch.setattr(source, "read", lambda numbers: reads.append(numbers[0]) or read(numbers))
    stored = StoredRows(source, np.asarray)
    batches = [np.array([start, start + 3, start + 1]) for start in range(0, 50, 5)]
    values = stored.in_turn(batches)
    for n_taken, batch in enumerate(batches, start=1):
        np.testing.assert_array_equal(next(values), X[batch])
        assert len(reads) <= n_taken + N_AHEAD
    assert reads == [batch[0] for batch in batches]
    with pytest.raises(StopIteration):
        next(values)


def test_no_thread_is_left_after_an_error_while_rows_are_read_ahead(mapped):
    def fail(numbers):
        raise OSError("the disk is gone")

    source = find_source(mapped(X))
    source.read = fail
    with pytest.raises(OSError, match="the disk is gone"):
        list(StoredRows(source, np.asarray).in_turn([slice(0, 5), slice(5, 9), slice(9, 12)]))
    rows = StoredRows(find_source(mapped(X)), np.asarray).in_turn([slice(0, 5)] * 9)
    next(rows)
    del rows
    assert not [t for t in threading.enumerate() if t.name.startswith("read_rows")]


@pytest.mark.parametrize("rows", [X, X.astype(str), np.empty((0, 5)), X[:, 0], X.tolist()])
def test_only_numbers_in_a_file_are_stored_rows(rows, mapped):
    assert find_source(rows) is None
    if not len(rows) or np.ndim(rows) == 1 or np.array(rows).dtype.kind == "U":
        assert find_source(mapped(X)[:0] if not len(rows) else mapped(rows)) is None


FIT_ON_400_MB = """
import re, sys
import numpy as np
from sklearn_abmtl import ABMTLClassifier, MLPEncoder

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024

X = np.memmap(sys.argv[1], np.float32, "r", shape=(6400, 16384))
parts = {"encoder": MLPEncoder(width=4), "decoder": None, "n_bins": 1}
classifier = ABMTLClassifier(max_epochs=1, device="cpu", **parts)
y = np.arange(len(X)) % 2
classifier.fit(X[:40], y[:40]).predict(X[:40])
before = peak()
classifier.fit(X, y).predict(X)
print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the peak of a process")
def test_little_of_a_file_is_resident(tmp_path):
    path = tmp_path / "X.bin"
    with path.open("wb") as file:
        for block in range(8):
            rows = np.random.default_rng(block).standard_normal((800, 16384), np.float32)
            file.write(rows.tobytes())
    done = subprocess.run(
        [sys.executable, "-c", FIT_ON_400_MB, str(path)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert float(done.stdout) < 300
