"""Labels of three tasks, some missing, with predictions and probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from samples import frame, table
from sklearn.base import BaseEstimator, ClassifierMixin

CLASSES = [["blue", "green", "red"], [10, 20], ["cube", "disk", "ring", "rod"]]
NAMES = ["color", "size", "shape"]
N_CLASSES = [3, 2, 4]


def answers(n_samples: int = 90) -> tuple[pd.DataFrame, pd.DataFrame, list[np.ndarray]]:
    """Return labels of which 30 % are missing, predictions and probabilities."""
    generator = np.random.default_rng(3)
    codes = table(n_samples)[1]
    probabilities = [
        generator.dirichlet(np.ones(k), size=n_samples) * 0.6 + 0.4 * np.eye(k)[codes[:, task]]
        for task, k in enumerate(N_CLASSES)
    ]
    predicted = np.stack([p.argmax(axis=1) for p in probabilities], axis=1)
    missing = generator.random(codes.shape) < 0.3
    return frame(codes).astype(object).mask(missing, None), frame(predicted), probabilities


def known(y: Any, task: int) -> np.ndarray:
    """Return where a task's label is known."""
    return y.iloc[:, task].notna().to_numpy()


def labels_of(y: Any, task: int) -> np.ndarray:
    """Return the known labels of a task in their own type."""
    return np.array(y.iloc[:, task][known(y, task)].tolist())


class Fixed(ClassifierMixin, BaseEstimator):
    """A fitted classifier whose rows of X are the numbers of its answers."""

    def __init__(self, classes, probabilities, names=None):
        self.classes, self.probabilities = classes, probabilities
        self.classes_ = [np.array(own) for own in classes]
        self.n_calls = 0
        if names is not None:
            self.task_names_ = names

    def fit(self, X, y):
        return self

    def predict(self, X):
        self.n_calls += 1
        columns = [
            own[p[X[:, 0]].argmax(axis=1)]
            for own, p in zip(self.classes_, self.probabilities, strict=True)
        ]
        return np.stack([column.astype(object) for column in columns], axis=1)

    def predict_proba(self, X):
        self.n_calls += 1
        return [p[X[:, 0]] for p in self.probabilities]


def fixed():
    """Return a classifier with its X and y."""
    y, _, probabilities = answers()
    return Fixed(CLASSES, probabilities, NAMES), np.arange(len(y))[:, None], y


def one_task(classes, probabilities, labels):
    """Return a classifier of one task with its X and y."""
    classifier = Fixed([classes], [np.asarray(probabilities)])
    return classifier, np.arange(len(labels))[:, None], np.array(labels, dtype=object)[:, None]


def noisy(n_samples, n_classes, seed=0):
    return np.random.default_rng(seed).dirichlet(np.ones(n_classes), size=n_samples)
