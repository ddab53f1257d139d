"""The code of docs/data_sources.md trains as X in memory does."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from checkpoint_samples import assert_equal_fits
from code_blocks import code_block
from process_samples import LogReads, assert_rows_are_shared
from samples import quick

N_ROWS = 4000
FRAME = pd.DataFrame(
    np.random.default_rng(0).normal(size=(N_ROWS, 3)).astype(np.float32), columns=list("abc")
)
FRAME["grade"] = np.where(FRAME["a"] > 0, "good", "poor")
FRAME["faulty"] = (FRAME["b"] + FRAME["c"] > 1).astype(int)
X, Y = FRAME[["a", "b", "c"]], FRAME[["grade", "faulty"]]


def classifier():
    return quick(max_epochs=1, batch_size=200, n_bins=1)


def run(words, **names):
    """Run a block of the page and return its names."""
    names = {"classifier": classifier(), "y": Y} | names
    exec(code_block("data_sources.md", words), names)
    return names


@pytest.fixture(autouse=True)
def _in_a_folder_with_the_table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sklearn_abmtl._data.stored_rows.READ_BYTES", 0)
    FRAME.to_parquet("rows.parquet", row_group_size=600)


def test_parquet_through_a_mapped_array():
    names = run("column_stack([piece")
    assert_equal_fits(names["classifier"], classifier().fit(X.to_numpy(), Y), X.to_numpy())


def test_arrow_through_a_data_set():
    pytest.importorskip("datasets", reason="needs Hugging Face datasets")
    names = run("import datasets")
    assert_equal_fits(names["classifier"], classifier().fit(X.to_numpy(), Y), X.to_numpy())


@pytest.mark.usefixtures("forked_processes")
def test_two_processes_share_the_rows_of_a_data_set(tmp_path):
    pytest.importorskip("datasets", reason="needs Hugging Face datasets")
    together = classifier().set_params(n_procs=2, callbacks=[LogReads(tmp_path)])
    run("import datasets", classifier=together)
    assert together.score(X.to_numpy(), Y) > max(Y["grade"].value_counts(normalize=True))
    assert_rows_are_shared(tmp_path, n_epochs=1, n_rows=N_ROWS)


@pytest.mark.parametrize("argument", ["X", "y", "X_val"])
def test_tables_of_datasets_are_refused_as_they_are(argument):
    datasets = pytest.importorskip("datasets", reason="needs Hugging Face datasets")
    table = datasets.Dataset.from_pandas(FRAME[["a", "b"]])
    found = r"Dataset of datasets\.arrow_dataset with the columns \['a', 'b'\]"
    rule = rf"{argument[0]} must be an array or a frame; found a {found}. Use .*data_sources\.md"
    with pytest.raises(ValueError, match=rule):
        classifier().fit(**({"X": X, "y": Y, "X_val": X, "y_val": Y} | {argument: table}))
    with pytest.raises(ValueError, match="X must be an array or a frame; found a IterableDataset"):
        classifier().fit(table.to_iterable_dataset().with_format("torch"), Y)


def test_dask_arrays_through_a_mapped_array():
    array = pytest.importorskip("dask.array", reason="needs dask")
    names = run("dask.array.store", rows=array.from_array(X.to_numpy(), chunks=(600, 2)))
    assert_equal_fits(names["classifier"], classifier().fit(X.to_numpy(), Y), X.to_numpy())


def test_dask_frames_become_arrays():
    frame = pytest.importorskip("dask.dataframe", reason="needs dask")
    rows = frame.from_pandas(X, npartitions=3).to_dask_array(lengths=True)
    assert rows.shape == X.shape
    np.testing.assert_array_equal(rows.compute(), X)


def test_pieces_of_parquet():
    names = run("partial_fit")
    assert names["classifier"].score(X, Y) > max(Y["grade"].value_counts(normalize=True))
    assert len(names["classifier"].history_) == 7  # a piece is no larger than a row group
