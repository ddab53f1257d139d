"""Features that float32 cannot distinguish are named before they are converted."""

from __future__ import annotations

import datetime
import decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from samples import Items, quick

N_ROWS = 60
GENERATOR = np.random.default_rng(0)
Y = np.arange(N_ROWS) % 2
NEAR = GENERATOR.normal(size=N_ROWS)
MINUTE = 1_700_000_000_000 + GENERATOR.integers(0, 60_000, N_ROWS)  # milliseconds since 1970
TIMES = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(N_ROWS), unit="s")

FAR = {
    "milliseconds": MINUTE,
    "identifiers": 2**40 + np.arange(N_ROWS),
    "large identifiers": 2**62 + np.arange(N_ROWS),
    "unsigned identifiers": np.uint64(2**63) + np.arange(N_ROWS, dtype=np.uint64),
    "offsets": 1e9 + NEAR,
    "negative offsets": -1e9 + NEAR,
    "times": TIMES.astype("int64").to_numpy(),
}


def frame(values):
    return pd.DataFrame({"near": NEAR, "far": values, "flag": NEAR > 0})


def assert_warns(X, where, **parameters):
    with pytest.warns(UserWarning, match=rf"\({where}\); float32 cannot tell") as caught:
        quick(max_epochs=1, **parameters).fit(X, Y)
    assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize("name", FAR)
def test_features_far_from_zero_in_frames_of_several_types(name):
    values = FAR[name]
    with_category = frame(values).assign(kind=pd.Categorical(list("ab") * 30))
    for X in (frame(values), pl.from_pandas(frame(values)), pa.Table.from_pandas(frame(values))):
        assert_warns(X, r"columns \['far'\]")
    assert_warns(with_category, r"columns \['far'\]")


@pytest.mark.parametrize("name", FAR)
def test_features_far_from_zero_in_arrays(name):
    values = FAR[name]
    X = np.stack([values, values], axis=1)
    assert_warns(X, r"columns \[0, 1\]")
    assert_warns(X.tolist(), r"columns \[0, 1\]")
    assert_warns(Items(X.astype(np.int64) if X.dtype == np.uint64 else X), r"columns \[0, 1\]")


@pytest.mark.parametrize(
    "values",
    [
        [int(value) for value in MINUTE],
        [decimal.Decimal(int(value)) for value in MINUTE],
        [None, *MINUTE[1:].tolist()],
    ],
)
def test_objects(values):
    X = frame(pd.Series(values, dtype=object))
    assert_warns(X, r"columns \['far'\]", handle_missing="indicator")
    assert_warns(X.to_numpy(), r"columns \[1\]", handle_missing="indicator")


def test_numbers_of_dates():
    seconds = [datetime.datetime(2024, 1, 1, 0, 0, k, tzinfo=datetime.UTC) for k in range(60)]
    assert_warns(frame([each.timestamp() * 1000 for each in seconds]), r"columns \['far'\]")


def test_channels():
    steps = GENERATOR.normal(size=(N_ROWS, 6, 2))
    steps[:, :, 1] += 1e9
    assert_warns(steps, r"channels \[1\]", encoder="recurrent")


def test_rows_in_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr("sklearn_abmtl._data.stored_rows.READ_BYTES", 0)
    X = np.stack([MINUTE, np.arange(N_ROWS)], axis=1)
    np.save(tmp_path / "X.npy", X)
    assert_warns(np.load(tmp_path / "X.npy", mmap_mode="r"), r"columns \[0\]")


def test_double_precision_distinguishes_more():
    quick(dtype="float64", max_epochs=1).fit(frame(MINUTE), Y)
    with pytest.warns(UserWarning, match=r"float64 cannot tell .* Subtract an offset before\."):
        quick(dtype="float64", max_epochs=1).fit(frame(2**62 + np.arange(N_ROWS)), Y)


@pytest.mark.parametrize(
    "values",
    [
        np.full(N_ROWS, 1_700_000_000_000),  # a constant
        np.arange(N_ROWS) * 86_400_000 + 1_700_000_000_000,  # a millisecond count of two months
        GENERATOR.lognormal(10, 3, N_ROWS),
        np.where(np.arange(N_ROWS) < 30, 0, 1_700_000_000),
        np.arange(N_ROWS, dtype=np.uint8),
        np.full(N_ROWS, np.nan),
    ],
)
def test_other_features_are_not_warned_of(values):
    quick(max_epochs=1, handle_missing="indicator").fit(frame(values), Y)
    quick(max_epochs=1, handle_missing="indicator").fit(frame(values).to_numpy(dtype=float), Y)


def test_categories_are_far_from_nothing():
    X = pd.DataFrame({"near": NEAR, "id": 2**40 + np.arange(N_ROWS) % 5})
    quick(max_epochs=1, categorical_features=["id"]).fit(X, Y)
