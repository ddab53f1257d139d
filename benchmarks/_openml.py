"""Open data sets by their names at openml.org, for machines with a network.

The rows are split at random, so scores differ somewhat from those on the fixed rows of the files.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.datasets import fetch_openml
from sklearn.model_selection import train_test_split


class OpenMLSet(NamedTuple):
    """The name of a set, its tasks, and columns left out because they reveal a task."""

    name: str
    version: int
    tasks: list[str]
    left_out: list[str]


OPENML_SETS = {
    "yeast": OpenMLSet("yeast", 4, [f"Class{k}" for k in range(1, 15)], []),
    "penguins": OpenMLSet("penguins", 1, ["species", "island", "sex"], []),
    "diamonds": OpenMLSet("diamonds", 1, ["cut", "color", "clarity"], []),
    "adult": OpenMLSet(
        "adult", 2, ["class", "marital-status", "education"], ["education-num", "fnlwgt"]
    ),
}


class FetchedSet(NamedTuple):
    """Numbers of a set; a category is its number, a missing value NaN."""

    X: np.ndarray
    Y: pd.DataFrame
    train: np.ndarray
    test: np.ndarray
    categorical: list[int]


def fetch_set(name: str) -> FetchedSet:
    """Fetch a set from openml.org; rows without one of the labels are left out."""
    if name not in OPENML_SETS:
        raise ValueError(f"name must be one of {sorted(OPENML_SETS)} with openml; found {name!r}.")
    source = OPENML_SETS[name]
    bunch = fetch_openml(source.name, version=source.version, as_frame=True, parser="auto")
    frame = bunch.frame.dropna(subset=source.tasks)
    features = frame.drop(columns=source.tasks + source.left_out)
    is_category = features.dtypes == "category"
    train, test = train_test_split(np.arange(len(frame)), test_size=0.25, random_state=0)
    return FetchedSet(
        features.apply(as_numbers).to_numpy(np.float32),
        frame[source.tasks].apply(lambda labels: labels.astype("category").cat.codes),
        train,
        test,
        np.flatnonzero(is_category).tolist(),
    )


def as_numbers(column: pd.Series) -> pd.Series:
    """Return a column of categories as category codes, and any other column unchanged."""
    if column.dtype != "category":
        return column.astype(float)
    return column.cat.codes.astype(float).replace(-1, np.nan)
