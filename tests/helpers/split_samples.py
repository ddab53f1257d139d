"""Labels to split, and measures of splits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from samples import frame, table

TABLE = (3, 2, 4, 8)  # classes of the tasks of the deviations in the docs


def random_codes(
    n_samples: int = 600,
    n_classes: Any = TABLE,
    missing_rate: float = 0.0,
    is_unequal: bool = False,
    seed: int = 0,
) -> np.ndarray:
    """Return class numbers (n_samples, n_tasks), -1 where the label is missing.

    Unequal classes have shares in proportion to 1, 1/2, 1/3 ...
    """
    generator = np.random.default_rng(seed)
    tasks = []
    for k in n_classes:
        weights = 1 / np.arange(1, k + 1) if is_unequal else np.ones(k)
        tasks.append(generator.choice(k, size=n_samples, p=weights / weights.sum()))
    codes = np.stack(tasks, axis=1)
    return np.where(generator.random(codes.shape) < missing_rate, -1, codes)


def with_nan(codes: np.ndarray) -> np.ndarray:
    return np.where(codes < 0, np.nan, codes)


def fold_numbers(splits: list[tuple[np.ndarray, np.ndarray]], n_samples: int) -> np.ndarray:
    """Return the fold of each row after checking that the splits are a partition."""
    folds = np.full(n_samples, -1)
    for fold, (train, test) in enumerate(splits):
        assert (folds[test] == -1).all()
        folds[test] = fold
        np.testing.assert_array_equal(np.sort(np.r_[train, test]), np.arange(n_samples))
    assert (folds >= 0).all()
    return folds


def share_deviations(codes: np.ndarray, rows: np.ndarray) -> list[float]:
    """Return how far each class of each task is from its share of the labels, relative to it."""
    deviations = []
    for task in codes.T:
        counts = np.bincount(task[task >= 0])
        found = np.bincount(task[rows][task[rows] >= 0], minlength=len(counts))
        shares = counts / counts.sum()
        deviations += list(np.abs(found / found.sum() / shares - 1)[counts > 0])
    return deviations


def mean_deviation(codes: np.ndarray, splits: list[tuple[np.ndarray, np.ndarray]]) -> float:
    return float(np.mean([share_deviations(codes, test) for _, test in splits]))


def partial_table(n_samples: int = 60, missing_rate: float = 0.3) -> tuple[np.ndarray, np.ndarray]:
    """Return X of 5 features and class numbers of 3, 2 and 4 classes, -1 where missing."""
    X, codes = table(n_samples)
    hidden = np.random.default_rng(1).random(codes.shape) < missing_rate
    return X, np.where(hidden, -1, codes)


def containers(codes: np.ndarray) -> dict[str, Any]:
    """Return partial class numbers of 3, 2 and 4 classes as labels in many containers."""
    hidden = codes < 0
    labels = frame(codes).astype(object).mask(hidden, None)  # strings, integers, strings
    lists = labels.to_numpy().tolist()
    return {
        "float array": with_nan(codes),
        "masked array": np.ma.MaskedArray(np.maximum(codes, 0), hidden),
        "object array": np.array(lists, dtype=object),
        "list": lists,
        "pandas": labels,
        "pandas Int64": pd.DataFrame(np.maximum(codes, 0)).astype("Int64").mask(hidden),
        "pandas category": labels.astype("category"),
        "polars": pl.DataFrame({name: labels[name].to_numpy().tolist() for name in labels.columns}),
    }


CONTAINERS = list(containers(partial_table(6)[1]))
