"""y in any container, with labels missing in any form."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch

from sklearn_abmtl._data.label_encoder import TaskLabelEncoder
from sklearn_abmtl._data.task_columns import read_task_columns

CODES = np.array([[0, 1], [-1, 0], [1, -1], [0, 1]])  # of the classes (3, 7) and ("a", "b")
NUMBERS = [3, None, 7, 3]
STRINGS = ["b", "a", None, "b"]
FLOATS = np.array([[3.0, 1.0], [np.nan, 0.0], [7.0, np.nan], [3.0, 1.0]])
MASK = CODES < 0
FILLED = np.array([[3, 1], [3, 0], [7, 0], [3, 1]])

PARTIAL = {
    "list": [list(row) for row in zip(NUMBERS, STRINGS, strict=True)],
    "object array": np.array([NUMBERS, STRINGS], dtype=object).T,
    "floats with NaN": FLOATS,
    "masked array": np.ma.MaskedArray(FILLED, MASK),
    "pandas objects": pd.DataFrame({"n": pd.Series(NUMBERS, dtype=object), "s": STRINGS}),
    "pandas floats": pd.DataFrame(FLOATS, columns=["n", "s"]),
    "pandas nullable": pd.DataFrame({"n": pd.array(NUMBERS, "Int64"), "s": STRINGS}),
    "pandas string": pd.DataFrame({"n": NUMBERS, "s": pd.array(STRINGS, "string")}),
    "pandas category": pd.DataFrame({"n": NUMBERS, "s": pd.Categorical(STRINGS)}),
    "pandas boolean": pd.DataFrame(
        {"n": NUMBERS, "s": pd.array([True, False, pd.NA, True], "boolean")}
    ),
    "pandas dates": pd.DataFrame(
        {"n": NUMBERS, "s": pd.to_datetime(["2026-02-01", "2026-01-01", None, "2026-02-01"])}
    ),
    "pandas arrow": pd.DataFrame({"n": NUMBERS, "s": STRINGS}).convert_dtypes(
        dtype_backend="pyarrow"
    ),
    "polars": pl.DataFrame({"n": NUMBERS, "s": STRINGS}),
    "polars categories": pl.DataFrame(
        {"n": NUMBERS, "s": pl.Series(STRINGS, dtype=pl.Categorical)}
    ),
    "pyarrow": pa.table({"n": NUMBERS, "s": STRINGS}),
}


@pytest.mark.parametrize("container", PARTIAL)
def test_missing_labels_in_every_container(container):
    columns = read_task_columns(PARTIAL[container])
    encoder = TaskLabelEncoder().fit(columns)
    np.testing.assert_array_equal(encoder.transform(columns), CODES)
    assert [len(classes) for classes in encoder.classes_] == [2, 2]
    assert columns.names == (["n", "s"] if "p" in container[:2] else ["task_0", "task_1"])


@pytest.mark.parametrize(
    ("y", "missing_label"),
    [
        (np.where(MASK, -1, FILLED), -1),
        (np.where(MASK, "?", FILLED.astype(str)), "?"),
        (pd.DataFrame({"n": ["3", "?", "7", "3"], "s": [1, 0, -1, 1]}).replace(-1, "?"), "?"),
    ],
)
def test_a_value_may_stand_for_a_missing_label(y, missing_label):
    columns = read_task_columns(y, missing_label)
    np.testing.assert_array_equal(TaskLabelEncoder().fit(columns).transform(columns), CODES)


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (np.array([3, 5, 3]), "i"),
        (np.array([3, 5, 3], dtype=np.uint8), "u"),
        (np.array([True, False, True]), "b"),
        (np.array(["x", "yy", "x"]), "U"),
        (np.array(["x", "yy", "x"], dtype=object), "O"),
        (np.array([3, 5, None], dtype=object), "i"),
        (np.array([3.0, 5.0, np.nan]), "f"),
        (pd.array([3, pd.NA, 5], "Int64"), "i"),
        (np.array(["2026-01-01", "NaT", "2026-01-02"], dtype="datetime64[D]"), "M"),
    ],
)
def test_labels_come_back_as_they_came_in(column, kind):
    y = pd.DataFrame({"task": column}) if not isinstance(column, np.ndarray) else column[:, None]
    columns = read_task_columns(y)
    encoder = TaskLabelEncoder().fit(columns)
    back = encoder.inverse_transform(encoder.transform(columns))
    assert back.dtype.kind == kind
    known = columns.known[0]
    assert back[known, 0].tolist() == np.asarray(column, dtype=object)[known].tolist()


def test_tasks_of_one_kind_have_their_common_type():
    columns = read_task_columns(np.array([["a", "long"], ["b", "longer"]]))
    back = TaskLabelEncoder().fit(columns)
    assert back.inverse_transform(np.array([[0, 1]])).tolist() == [["a", "longer"]]
    assert back.inverse_transform(np.array([[0, 1]])).dtype.kind == "U"
    mixed = TaskLabelEncoder().fit(read_task_columns([["a", 1], ["b", 2]]))
    assert mixed.inverse_transform(np.array([[1, 0]])).tolist() == [["b", 1]]


def test_tasks_of_several_kinds_keep_their_types():
    encoder = TaskLabelEncoder().fit(
        read_task_columns(pd.DataFrame({"a": [1, 2], "b": [0.0, 1.0]}))
    )
    back = encoder.inverse_transform(np.array([[1, 0]]))
    assert back.dtype == object
    assert [type(label) for label in back[0].tolist()] == [int, float]


def test_many_classes_are_given_without_a_warning():
    columns = read_task_columns(np.zeros(3, dtype=int))
    assert TaskLabelEncoder().fit_classes(range(30), columns).classes_[0].tolist() == [*range(30)]


def test_errors_show_5_labels_and_20_classes():
    columns = read_task_columns(np.arange(90) % 30)
    encoder = TaskLabelEncoder().fit(columns)
    text = r"\[100, 101, 102, 103, 104\]; the classes are \[0, .*, 18, 19\]\.$"
    with pytest.raises(ValueError, match=text):
        encoder.transform(read_task_columns(np.arange(90) % 30 + 100))
    with pytest.raises(ValueError, match=r"\[\[0, .* 19\]\]; found \[\[100, .* 119\]\]\.$"):
        encoder.check_classes(range(100, 130), columns)


@pytest.mark.parametrize(
    ("y", "name"),
    [
        ([0, 1, 1], "y"),
        (torch.tensor([0, 1, 1]), "y"),
        (pd.Series([0, 1, 1], name="digit"), "digit"),
        (pd.Series([0, 1, 1]), "y"),
        (pl.Series("digit", [0, 1, 1]), "digit"),
        (pa.chunked_array([[0, 1, 1]]), "y"),
    ],
)
def test_one_dimensional_containers(y, name):
    columns = read_task_columns(y)
    assert columns.is_1d
    assert columns.names == [name]
    assert TaskLabelEncoder().fit(columns).transform(columns).ravel().tolist() == [0, 1, 1]


def test_two_tasks_of_one_name_are_refused():
    y = pd.DataFrame([[0, 5], [1, 6]], columns=["a", "a"])
    with pytest.raises(
        ValueError, match=r"a different name, as text, for each task; found \['a', 'a'\]"
    ):
        read_task_columns(y)


def test_columns_without_names_are_numbered():
    y = pd.DataFrame([[0, 5], [1, 6]])
    assert read_task_columns(y).names == ["task_0", "task_1"]


def test_structured_arrays_and_dicts_are_refused():
    structured = np.zeros(3, dtype=[("a", int), ("b", int)])
    with pytest.raises(ValueError, match=r"the fields \('a', 'b'\)\. Pass pandas.DataFrame\(y\)"):
        read_task_columns(structured)
    with pytest.raises(ValueError, match=r"the type dict\. It has columns, not rows"):
        read_task_columns({"a": [1, 2]})
