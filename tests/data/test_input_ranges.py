"""A warning is issued if X is scaled in another way than in fit, and not otherwise."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from samples import Items, quick, table
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.preprocessing import StandardScaler

from sklearn_abmtl import VGGEncoder
from sklearn_abmtl._data.input_ranges import InputRanges

GENERATOR = np.random.default_rng(0)
PICTURES = GENERATOR.integers(0, 256, size=(60, 3, 8, 12)).astype(np.uint8)
PICTURES[:20, :, :4] = 0  # a background
CODES = GENERATOR.integers(0, 2, size=(60, 2))
OTHERWISE = "X has another scale than the X of fit"


def warns(fitted, rows):
    """Return whether a warning is issued for rows, compared with those of fit."""
    fitted, rows = np.asarray(fitted, dtype=np.float32), np.asarray(rows, dtype=np.float32)
    ranges = InputRanges.of(fitted, None)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ranges.warn_of_other_scale(rows, None)
    assert len(caught) <= 1
    return bool(caught)


TABLES = {
    "iris": load_iris().data,
    "wine": load_wine().data,
    "breast cancer": load_breast_cancer().data,
    "digits": load_digits().data,
    "wide": np.random.default_rng(1).normal(0, 300, size=(200, 4)),
    "one wide column": np.random.default_rng(1).normal(0, 300, size=(200, 1)),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_that_were_standardised_in_between(name):
    X = TABLES[name]
    scaled = StandardScaler().fit_transform(X)
    assert warns(X, scaled)
    assert warns(X[::2], scaled[1::2])
    assert warns(scaled, X)


@pytest.mark.parametrize("name", TABLES)
def test_parts_of_a_table_are_no_other_scale(name):
    X = TABLES[name]
    order = np.random.default_rng(0).permutation(len(X))
    train, test = X[order[::2]], X[order[1::2]]
    assert not warns(train, test)
    assert not any(warns(train, row[None]) for row in test[:50])
    for column in range(X.shape[1]):
        by_column = test[np.argsort(test[:, column])]
        for n_rows in (3, 12, 30):
            assert not warns(train, by_column[:n_rows])
            assert not warns(train, by_column[-n_rows:])
    assert not warns(train, np.repeat(test[:1], 50, axis=0))
    assert not warns(
        train, test[:1] + 1e-3 * np.random.default_rng(0).normal(size=(50, X.shape[1]))
    )
    assert not warns(train, test + X.std(axis=0))
    assert not warns(train[:3], test)


@pytest.mark.parametrize("name", ["iris", "wine", "breast cancer", "digits"])
def test_classes_of_a_table_are_no_other_scale(name):
    load = {"iris": load_iris, "wine": load_wine, "digits": load_digits}.get(name)
    X, y = (load or load_breast_cancer)(return_X_y=True)
    for of_class in np.unique(y):
        assert not warns(X, X[y == of_class])
        assert not warns(
            StandardScaler().fit_transform(X), StandardScaler().fit_transform(X)[y == of_class]
        )


def test_constant_features_and_rare_marks_are_no_other_scale():
    X = np.zeros((50, 4))
    X[:, 0] = np.arange(50)
    marked = X.copy()
    marked[:, 1:] = 1000
    assert not warns(X, marked[:1])
    assert not warns(X, marked)
    assert not warns(np.ones((50, 3)), np.full((50, 3), 9.0))


def test_one_column_in_other_units_is_named():
    X = pd.DataFrame(GENERATOR.normal(100, 5, size=(80, 4)), columns=["a", "b", "size", "c"])
    classifier = quick(max_epochs=1).fit(X, np.arange(80) % 2)
    with pytest.warns(UserWarning, match=rf"{OTHERWISE} in 1 of 4 columns, \['size'\]: .* from 8"):
        classifier.predict(X.assign(size=X["size"] * 1000)[:40])


IMAGE_PAIRS = {  # what fit saw, and what is asked
    "bytes, then fractions": (PICTURES, PICTURES / 255),
    "fractions, then bytes": (PICTURES / 255, PICTURES),
    "bytes, then normalised": (PICTURES, (PICTURES / 255 - 0.45) / 0.25),
    "normalised, then bytes": ((PICTURES / 255 - 0.45) / 0.25, PICTURES),
    "bytes, then between -1 and 1": (PICTURES, PICTURES / 127.5 - 1),
    "numbers, then fractions": (PICTURES * 0.999, PICTURES / 255),
    "grey": (PICTURES[:, :1], PICTURES[:, :1] / 255),
    "grey, then normalised": (PICTURES[:, :1], (PICTURES[:, :1] / 255 - 0.42) / 0.31),
    "grey fractions, then bytes": (PICTURES[:, :1] / 255, PICTURES[:, :1]),
}


@pytest.mark.parametrize("name", IMAGE_PAIRS)
def test_pictures_in_another_range(name):
    fitted, asked = IMAGE_PAIRS[name]
    assert warns(fitted, asked)
    assert not warns(fitted, fitted[:30])
    assert not warns(asked, asked[30:])
    assert not any(warns(fitted, picture[None]) for picture in fitted)


def test_single_pictures_in_another_range():
    assert warns(PICTURES, PICTURES[:1] / 255)
    assert warns(PICTURES / 255, PICTURES[:1])


@pytest.mark.parametrize("level", [0, 1, 128, 255])
def test_pictures_of_one_level_are_no_other_range(level):
    even = np.full((12, 3, 8, 12), level)
    for n_rows in (1, 12):
        assert not warns(PICTURES, even[:n_rows])
        assert not warns(PICTURES / 255, even[:n_rows] / 255)
    dark = GENERATOR.integers(0, 9, size=(12, 3, 8, 12))
    assert not warns(PICTURES, dark)


def test_a_warning_per_call_in_every_method():
    y = CODES
    small = {"encoder": VGGEncoder(width=2, d_shared=8), "max_epochs": 1, "warm_start": True}
    classifier = quick(**small).fit(PICTURES, y)
    loaded = pickle.loads(pickle.dumps(classifier))
    scaled = PICTURES / 255
    text = rf"{OTHERWISE} in 3 of 3 channels, \[0, 1, 2\]: its values are from 0 to 1, .* to 255\."
    calls = [
        classifier.predict,
        classifier.predict_proba,
        classifier.reconstruct,
        classifier.task_attention,
        classifier.task(0).predict,
        loaded.predict,
        lambda rows: classifier.predict(Items(rows)),
        lambda rows: classifier.score(rows, y),
        lambda rows: classifier.fit(rows, y),
        lambda rows: classifier.partial_fit(rows, y),
        lambda rows: quick(**small).fit(PICTURES, y, X_val=rows, y_val=y),
    ]
    for call in calls:
        with pytest.warns(UserWarning, match=text) as caught:
            call(scaled)
        assert [warning.filename for warning in caught] == [__file__]


def test_categories_are_in_no_range():
    X, codes = table(60)
    X[:, 0] = codes[:, 0] * 100
    classifier = quick(categorical_features=[0], max_epochs=1).fit(X, codes)
    classifier.predict(np.where([1, 0, 0, 0, 0], 200.0, X))
