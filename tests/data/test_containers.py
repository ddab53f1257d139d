"""X in containers of all kinds is accepted, or refused before training with advice."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse
import torch
from PIL import Image
from samples import Items, frame, quick, table
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from skorch.helper import SliceDataset
from torch.utils.data import DataLoader, Dataset, TensorDataset

from sklearn_abmtl import SingleTask, TaskRepresentation, VGGEncoder, calibrate
from sklearn_abmtl._data.containers import open_rows

X, CODES = table(60)
X = X.astype(np.float32)
PICTURES = np.random.default_rng(0).integers(0, 255, size=(60, 8, 12, 3)).astype(np.uint8)
GREY = np.ascontiguousarray(PICTURES[..., 0])


class WithArray:
    """What NumPy makes an array of by ``__array__``."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return self.values if dtype is None else self.values.astype(dtype)


class WithInterface:
    """The same by ``__array_interface__``, as of pictures."""

    def __init__(self, values):
        self.values = values
        self.__array_interface__ = values.__array_interface__


class WithDLPack:
    """The same by DLPack alone."""

    def __init__(self, values):
        self.values = values

    def __dlpack__(self, **kwargs):
        return self.values.__dlpack__()

    def __dlpack_device__(self):
        return self.values.__dlpack_device__()


class OfAFile:
    """Numbers with a shape that are read by an index, as those of HDF5 files."""

    def __init__(self, values):
        self.values = values
        self.shape, self.dtype = values.shape, values.dtype

    def __len__(self):
        return len(self.values)

    def __getitem__(self, index):
        return self.values[index]


class Pairs(Dataset):
    """A data set of features and a label."""

    def __len__(self):
        return len(X)

    def __getitem__(self, number):
        return torch.from_numpy(X[number]), int(CODES[number, 0])


class Numbered:
    """A data set that is no class of torch's."""

    def __len__(self):
        return len(X)

    def __getitem__(self, number):
        return torch.from_numpy(X[number])


TAKEN = {
    "list of arrays": list(X),
    "tuple of arrays": tuple(X),
    "array of arrays": np.array([*map(WithArray, X)], dtype=object),
    "list of tensors": [torch.from_numpy(row) for row in X],
    "list with __array__": [WithArray(row) for row in X],
    "list with __dlpack__": [WithDLPack(row) for row in X],
    "list of series": [pd.Series(row) for row in X],
    "nested tensors": [list(torch.from_numpy(row)) for row in X],
    "__array__": WithArray(X),
    "__dlpack__": WithDLPack(X),
    "shape and items": OfAFile(X),
    "items by number": Numbered(),
    "data set of torch": Items(X),
    "slice of a data set": SliceDataset(Pairs(), idx=0),
    "tensor with a gradient": torch.from_numpy(X.copy()).requires_grad_(),
    "fortran order": np.asfortranarray(X),
    "memory": memoryview(np.ascontiguousarray(X)),
}


@pytest.mark.parametrize("name", TAKEN)
def test_containers_that_are_arrays(name):
    contained = TAKEN[name]
    expected = quick(max_epochs=1).fit(X, CODES)
    found = quick(max_epochs=1).fit(contained, CODES)
    assert found.n_features_in_ == 5
    for p, q in zip(found.predict_proba(contained), expected.predict_proba(X), strict=True):
        np.testing.assert_allclose(p, q, rtol=1e-6)
    for p, q in zip(expected.predict_proba(contained), expected.predict_proba(X), strict=True):
        np.testing.assert_allclose(p, q, rtol=1e-6)


@pytest.mark.parametrize(
    "pictures",
    [
        [Image.fromarray(picture) for picture in PICTURES],
        [Image.fromarray(picture) for picture in GREY],
        [WithInterface(picture) for picture in PICTURES],
        [torch.from_numpy(picture) for picture in PICTURES],
        tuple(WithArray(picture) for picture in GREY),
    ],
)
def test_pictures_in_a_list(pictures):
    rows = open_rows(pictures)
    assert rows.dtype == np.uint8
    expected = PICTURES if rows.ndim == 4 else GREY
    np.testing.assert_array_equal(rows, expected)
    small = {"encoder": VGGEncoder(width=2, d_shared=8), "max_epochs": 1}
    found, of_array = (quick(**small).fit(each, CODES) for each in (pictures, expected))
    np.testing.assert_array_equal(found.predict(pictures[:3]), of_array.predict(expected[:3]))


def test_half_precision():
    rows = open_rows(torch.from_numpy(X).to(torch.bfloat16))
    np.testing.assert_allclose(rows, X, rtol=0.01)


REFUSED = {  # X and what the error says
    "pictures of two sizes": (
        [Image.new("RGB", (8, 8)), Image.new("RGB", (8, 9))] * 30,
        r"found \(8, 8, 3\) of sample 0 and \(9, 8, 3\) of sample 1",
    ),
    "pictures of two modes": (
        [Image.new("RGB", (8, 8)), Image.new("L", (8, 8))] * 30,
        "the same mode",
    ),
    "ragged lists": ([[1, 2], [1]] * 30, r"several lengths, \[1, 2\]. Pad or cut"),
    "ragged arrays": ([np.zeros(3), np.zeros(4)] * 30, r"found \(3,\) of sample 0 and \(4,\)"),
    "ragged objects": (
        np.array([np.zeros(3), np.zeros(4)] * 30, dtype=object),
        r"found \(3,\) of sample 0 and \(4,\)",
    ),
    "dict": ({"a": X[:, 0]}, "type dict. Pass pandas.DataFrame"),
    "list of dicts": ([{"a": 1}] * 60, "list of dicts. Pass pandas.DataFrame"),
    "loader": (DataLoader(TensorDataset(torch.from_numpy(X))), r"DataLoader. .*X\.dataset"),
    "pairs": (Pairs(), "item 0 is a tuple"),
    "generator": ((row for row in X), r"can be read only once: use list\(X\)"),
    "map": (map(np.asarray, X), r"use list\(X\)"),
    "zip": (zip(X, X, strict=True), r"use list\(X\)"),
    "values of a dict": ({"a": X[0]}.values(), "must be an array or a frame"),
    "text": ("X.csv", "found 'X.csv'"),
    "texts": (["a", "b"] * 30, "Expected 2D array, got 1D array"),
    "nothing": (None, "found None"),
    "series": (pd.Series(X[:, 0]), r"type Series. One row of a frame is X\.to_frame\(\)\.T"),
    "series of polars": (pl.Series(X[:, 0]), "One row of a frame"),
    "column of arrow": (pa.array(X[:, 0]), "One row of a frame"),
    "lazy frame": (pl.DataFrame(X).lazy(), r"use X\.collect\(\)"),
    "structured array": (np.rec.fromarrays(X.T), "structured_to_unstructured"),
    "an object": (object(), "must be an array or a frame"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_holds_no_rows_is_refused_before_training(name):
    contained, text = REFUSED[name]
    fitted = quick(max_epochs=1).fit(X, CODES)
    for classifier, call in ((quick(), "fit"), (fitted, "predict"), (fitted, "task_attention")):
        before = dict(vars(classifier))
        with pytest.raises(ValueError, match=text):
            getattr(classifier, call)(contained, *([CODES] if call == "fit" else []))
        assert dict(vars(classifier)) == before


SPARSE = {
    "matrix": scipy.sparse.csr_matrix(X),
    "array": scipy.sparse.coo_array(X),
    "words": TfidfVectorizer().fit_transform(["a word and", "another word"] * 30),
}


@pytest.mark.parametrize("name", SPARSE)
def test_sparse_data_names_the_ways_out(name):
    fitted = quick(max_epochs=1).fit(X, CODES)
    calls = [
        lambda rows: quick().fit(rows, CODES),
        lambda rows: quick().partial_fit(rows, CODES, [[0, 1, 2], [0, 1], [0, 1, 2, 3]]),
        lambda rows: quick().fit(X, CODES, X_val=rows, y_val=CODES),
        fitted.predict,
        fitted.predict_proba,
        fitted.task_attention,
        fitted.task_representations,
        fitted.task(0).predict,
        lambda rows: fitted.score(rows, CODES),
        lambda rows: calibrate(fitted, rows, CODES),
        lambda rows: TaskRepresentation(quick()).fit(rows, CODES),
        lambda rows: SingleTask(quick()).fit(rows, CODES[:, 0]),
    ]
    for call in calls:
        with pytest.raises(TypeError, match=r"sparse_output=False .* sparse_threshold=0 .*TfidfV"):
            call(SPARSE[name])


def test_a_sparse_step_of_a_pipeline_names_its_option():
    columns = pd.DataFrame({"a": list("abcdefghij") * 6})
    one_hot = ColumnTransformer([("one_hot", OneHotEncoder(), ["a"])])
    with pytest.raises(TypeError, match="sparse_threshold=0 in ColumnTransformer"):
        make_pipeline(one_hot, quick()).fit(columns, CODES)
    one_hot.set_params(sparse_threshold=0)
    assert make_pipeline(one_hot, quick()).fit(columns, CODES).predict(columns).shape == (60, 3)


def test_a_single_sample_is_refused():
    small = {"encoder": VGGEncoder(width=2, d_shared=8), "max_epochs": 1}
    of_pictures = quick(**small).fit(PICTURES, CODES)
    for single in (PICTURES[0], Image.fromarray(PICTURES[0]), torch.from_numpy(PICTURES[0])):
        with pytest.raises(ValueError, match=r"shape \(8, 12, 3\) of a single sample; pass X\[No"):
            of_pictures.predict(single)
    steps = np.random.default_rng(0).normal(size=(60, 6, 2))
    of_steps = quick(encoder="recurrent", max_epochs=1).fit(steps, CODES)
    with pytest.raises(ValueError, match=r"shape \(6, 2\) of a single sample; pass X\[None\]"):
        of_steps.predict_proba(steps[0])
    with pytest.raises(ValueError, match="Reshape your data"):
        quick(max_epochs=1).fit(X, CODES).predict(X[0])


NAMED = pd.DataFrame(X[:, :2], columns=["p", "q"])
MORE = {
    "text": "x",
    "date": pd.Timestamp("2020-01-01"),
    "day": datetime.date(2020, 1, 1),
    "category": pd.Categorical(["x"] * 60),
    "number": 1.0,
    "missing": None,
}
FRAMES = {"pandas": lambda rows: rows, "polars": pl.from_pandas, "pyarrow": pa.Table.from_pandas}


@pytest.mark.parametrize("container", FRAMES)
@pytest.mark.parametrize("kind", MORE)
def test_columns_too_many_are_named(kind, container):
    with_more = NAMED.assign(note=MORE[kind])
    of_numbers = quick(max_epochs=1, early_stopping=True).fit(FRAMES[container](NAMED), CODES)
    of_categories = quick(max_epochs=1, categorical_features=["q"]).fit(
        FRAMES[container](NAMED.assign(q=list("ab") * 30)), CODES
    )
    for rows in (with_more, with_more[["note", "p", "q"]]):
        for classifier in (of_numbers, of_categories):
            for method in METHODS:
                with pytest.raises(ValueError, match=r"unseen at fit time:\s+- note"):
                    getattr(classifier, method)(FRAMES[container](rows))


METHODS = (
    "predict",
    "predict_proba",
    "predict_joint",
    "reconstruct",
    "task_attention",
    "task_representations",
)


@pytest.mark.parametrize("container", FRAMES)
def test_columns_that_are_missing_or_in_another_order_are_named(container):
    classifier = quick(max_epochs=1).fit(FRAMES[container](NAMED), CODES)
    text = NAMED.assign(p="x")
    for rows, message in (
        (text[["q"]], r"yet now missing:\s+- p"),
        (text[["q", "p"]], "must be in the same order as they were in fit"),
        (text.rename(columns={"q": "r"}), r"unseen at fit time:\s+- r"),
    ):
        for fit_or_predict in (
            classifier.predict,
            lambda rows: quick().fit(NAMED, CODES, X_val=rows, y_val=CODES),
        ):
            with pytest.raises(ValueError, match=message):
                fit_or_predict(FRAMES[container](rows))
    with pytest.raises(ValueError, match=r"that had numbers in fit; could not convert \['p'\]"):
        classifier.predict(FRAMES[container](text))


def test_labels_of_frames_are_as_ever():
    assert quick(max_epochs=1).fit(NAMED, frame(CODES)).predict(NAMED).shape == (60, 3)
