"""Checks of the value of a tool's code; each raises an error if the value is wrong."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from tool_names import names

N_ROWS = 150
CLASSES = {
    "color": ["blue", "green", "red"],
    "size": ["large", "small"],
    "shape": ["cube", "disk", "ring", "rod"],
}
CHANCE = -np.mean([np.log(len(classes)) for classes in CLASSES.values()])  # mean log-likelihood


def equals(expected: Any, found: Any) -> None:
    assert found == expected


def labels(found: Any, n_rows: int = N_ROWS) -> None:
    """Labels of every task, of more than one class."""
    found = np.asarray(found)
    assert found.shape == (n_rows, 3)
    for column, classes in zip(found.T, CLASSES.values(), strict=True):
        assert 1 < len(set(column)) <= len(set(column) & set(classes))


def labels_of(task: str, found: Any) -> None:
    """Labels of one task, all its classes."""
    assert found.ndim == 1
    assert sorted(set(found)) == CLASSES[task]


def classes(found: Any) -> None:
    assert [own.tolist() for own in found] == list(CLASSES.values())


def probabilities(found: Any, n_rows: int = N_ROWS) -> None:
    """Probabilities of every task, which differ from row to row."""
    assert [p.shape for p in found] == [(n_rows, len(own)) for own in CLASSES.values()]
    for p in found:
        _are_probabilities(p)


def probabilities_of(task: str, found: Any) -> None:
    assert found.shape[1] == len(CLASSES[task])
    _are_probabilities(found)


def _are_probabilities(p: Any) -> None:
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert (p >= 0).all()
    assert p.std(axis=0).min() > 0.01


def score(found: Any, low: float, high: float = 1.0) -> None:
    assert low < found <= high


def scores(found: Any, low: float, high: float = 1.0, shape: tuple[int, ...] = (3,)) -> None:
    """Scores within their range, the mean above ``low``."""
    found = np.asarray(found)
    assert found.shape == shape
    assert np.isfinite(found).all()
    assert found.max() <= high
    assert found.mean() > low


def score_dict(found: Any, **lows: float) -> None:
    """Results of ``cross_validate`` under the names given."""
    for name, low in lows.items():
        scores(found[f"test_{name}"], low)


def splits(found: Any, every_class: bool = True) -> None:
    """Row numbers of training and test; ``every_class``: both parts have each class."""
    y = names()["y_frame"]
    for train, test in found:
        assert not set(train) & set(test)
        assert len(train) + len(test) == N_ROWS
        for rows in [train, test] * every_class:
            assert [sorted(y[task].iloc[rows].dropna().unique()) for task in y] == list(
                CLASSES.values()
            )


def parts(found: Any, every_class: bool = True) -> None:
    """Training and test parts of X and y."""
    X_train, X_test, y_train, y_test = found
    assert len(X_train) == len(y_train) > len(X_test) == len(y_test)
    assert len(X_train) + len(X_test) == N_ROWS
    for part in [y_train, y_test] * every_class:
        frame = pd.DataFrame(part)
        found_classes = [sorted(frame[task].dropna().unique()) for task in frame]
        assert found_classes == list(CLASSES.values())


def columns(expected: list[int], found: Any) -> None:
    """The features with these numbers are selected, the others not."""
    assert found.tolist() == expected


def importances(found: Any) -> None:
    """Features 0 to 2 determine the labels; 3 and 4 are noise."""
    assert np.isfinite(found).all()
    assert found[:3].min() > np.abs(found[3:]).max()


def curve(found: Any, low: float) -> None:
    """Scores of 2 points of a curve in 3 folds."""
    scores(found, low, shape=(2, 3))


accuracy = partial(scores, low=0.5)
likelihood = partial(scores, low=CHANCE, high=0.0)
