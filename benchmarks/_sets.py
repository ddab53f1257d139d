"""Data sets for the benchmarks, read from a folder of .npz files or fetched from openml.org.

A file holds ``X``, ``Y (n, n_tasks)`` (class numbers), ``train`` and ``test`` (row numbers),
``tasks`` (names), ``kind`` ('tabular', 'sequence' or 'image') and ``categorical`` (columns of a
table that are category numbers; NaN is a missing value).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from _openml import fetch_set
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

DERIVED_TASKS = {"digit_strings": ["length", "even_last", "sum_bin"]}  # follow from the others


class BenchmarkSet(NamedTuple):
    """One data set with its fixed rows."""

    name: str
    X: np.ndarray
    Y: pd.DataFrame
    train: np.ndarray
    test: np.ndarray
    kind: str
    categorical: list[int]

    @property
    def main_tasks(self) -> list[str]:
        """Names of the tasks that are not derived from others."""
        return [task for task in self.Y.columns if task not in DERIVED_TASKS.get(self.name, [])]


def load_set(folder: str | Path, name: str) -> BenchmarkSet:
    """Read one set from a folder, or fetch it where the folder is 'openml'."""
    if folder == "openml":
        fetched = fetch_set(name)
        return BenchmarkSet(name=name, kind="tabular", **fetched._asdict())
    with np.load(Path(folder) / f"{name}.npz") as file:
        return BenchmarkSet(
            name,
            file["X"],
            pd.DataFrame(file["Y"], columns=[str(task) for task in file["tasks"]]),
            file["train"],
            file["test"],
            str(file["kind"]),
            file["categorical"].tolist(),
        )


def our_parameters(data: BenchmarkSet) -> dict[str, Any]:
    """Return the estimator's parameters for a set: the shape of images, or kinds of columns."""
    of_kind: dict[str, dict[str, Any]] = {
        "image": {"input_shape": (1, *data.X.shape[1:])},
        "tabular": {"categorical_features": data.categorical, "handle_missing": "indicator"},
    }
    return of_kind.get(data.kind, {})


def flat(X: np.ndarray) -> np.ndarray:
    """Lay each sample out in one row."""
    return X.reshape(len(X), -1)


def peers(data: BenchmarkSet, seed: int) -> dict[str, Pipeline]:
    """Return the other libraries' classifiers by name."""
    boosting = HistGradientBoostingClassifier(
        random_state=seed, categorical_features=data.categorical or None
    )
    return {
        "RandomForest": make_pipeline(
            FunctionTransformer(flat),
            SimpleImputer(),
            RandomForestClassifier(300, random_state=seed),
        ),
        "HistGradientBoosting": make_pipeline(
            FunctionTransformer(flat), MultiOutputClassifier(boosting)
        ),
    }
