"""The classifiers of the benchmark of learning: ours, its variants, and those of other libraries.

Each entry of a table is a function of a data set and a seed that returns an unfitted classifier
of all tasks.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from _sets import BenchmarkSet, flat, our_parameters
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from sklearn_abmtl import ABMTLClassifier
from sklearn_abmtl.losses import LOSS_WEIGHTINGS

Make = Callable[[BenchmarkSet, int], Any]
TREES = 300


class SingleTaskNets(ClassifierMixin, BaseEstimator):
    """A separate network for each task, trained on the rows whose label is known."""

    def __init__(self, estimator):
        self.estimator = estimator

    def fit(self, X, Y):
        self.nets_ = [
            clone(self.estimator).fit(X[known], Y.loc[known, task])
            for task, known in ((task, Y[task].notna().to_numpy()) for task in Y.columns)
        ]
        self.classes_ = [net.classes_ for net in self.nets_]
        return self

    def predict(self, X):
        return np.stack([net.predict(X) for net in self.nets_], axis=1)

    def predict_proba(self, X):
        return [net.predict_proba(X) for net in self.nets_]


class BinaryChain(ClassifierMixin, BaseEstimator):
    """scikit-learn's chain, which predicts only the probabilities of the positive classes."""

    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, Y):
        base = LogisticRegression(max_iter=1000)
        self.chain_ = ClassifierChain(base, order="random", random_state=self.random_state)
        self.chain_.fit(X, Y)
        self.classes_ = [np.array([0, 1])] * Y.shape[1]
        return self

    def predict(self, X):
        return self.chain_.predict(X).astype(int)

    def predict_proba(self, X):
        return [np.stack([1 - p, p], axis=1) for p in self.chain_.predict_proba(X).T]


class TabNet(ClassifierMixin, BaseEstimator):
    """TabNetMultiTaskClassifier, stopped early on a tenth of the training rows."""

    def __init__(self, random_state=0):
        self.random_state = random_state

    def fit(self, X, Y):
        from pytorch_tabnet.multitask import TabNetMultiTaskClassifier  # noqa: PLC0415 (optional)

        Y = Y.to_numpy()
        X, X_valid, Y, Y_valid = train_test_split(X, Y, test_size=0.1, random_state=0)
        self.net_ = TabNetMultiTaskClassifier(seed=self.random_state, verbose=0)
        batch_size = min(1024, 2 ** int(np.log2(len(X))))
        self.net_.fit(
            X,
            Y,
            eval_set=[(X_valid, Y_valid)],
            eval_metric=["accuracy"],  # its log-loss fails if a class is missing in these rows
            batch_size=batch_size,
            virtual_batch_size=128,
        )
        self.classes_ = [np.asarray(classes) for classes in self.net_.classes_]
        return self

    def predict(self, X):
        return np.stack([labels.astype(int) for labels in self.net_.predict(X)], axis=1)

    def predict_proba(self, X):
        return self.net_.predict_proba(X)


def ours(**parameters: Any) -> Make:
    """Return a function that makes our estimator with some parameters changed."""

    def make(data: BenchmarkSet, seed: int) -> ABMTLClassifier:
        return ABMTLClassifier(random_state=seed, **(our_parameters(data) | parameters))

    return make


def single_task_nets(data: BenchmarkSet, seed: int) -> SingleTaskNets:
    return SingleTaskNets(ours(attention="none", decoder=None)(data, seed))


def as_codes(classifier: Callable[[int], Any]) -> Make:
    """Put a step before a classifier that turns features into numbers without missing ones."""

    def make(data: BenchmarkSet, seed: int) -> Any:
        return make_pipeline(FunctionTransformer(flat), SimpleImputer(), classifier(seed))

    return make


def as_columns(classifier: Callable[[int], Any]) -> Make:
    """Put a step before a classifier that scales numbers and one-hot encodes categories."""

    def make(data: BenchmarkSet, seed: int) -> Any:
        categories = make_pipeline(
            SimpleImputer(strategy="constant", fill_value=-1),
            OneHotEncoder(handle_unknown="ignore", min_frequency=20, sparse_output=False),
        )
        n_features = int(np.prod(data.X.shape[1:]))
        numbers = [column for column in range(n_features) if column not in data.categorical]
        scaled = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
        columns = ColumnTransformer(
            [("categories", categories, data.categorical), ("numbers", scaled, numbers)]
        )
        return make_pipeline(FunctionTransformer(flat), columns, classifier(seed))

    return make


def boosting(data: BenchmarkSet, seed: int) -> Any:
    one = HistGradientBoostingClassifier(
        random_state=seed, categorical_features=data.categorical or None
    )
    return make_pipeline(FunctionTransformer(flat), MultiOutputClassifier(one))


PEERS: dict[str, Make] = {
    "RandomForest": as_codes(lambda seed: RandomForestClassifier(TREES, random_state=seed)),
    "ExtraTrees": as_codes(lambda seed: ExtraTreesClassifier(TREES, random_state=seed)),
    "HistGradientBoosting": boosting,
    "LogisticRegression": as_columns(
        lambda seed: MultiOutputClassifier(LogisticRegression(max_iter=1000))
    ),
    "MLPClassifier": as_columns(
        lambda seed: MultiOutputClassifier(MLPClassifier(early_stopping=True, random_state=seed))
    ),
    "ClassifierChain": as_columns(BinaryChain),
    "TabNet": as_columns(TabNet),
}
ARCHITECTURES: dict[str, Make] = {
    "single-task nets": single_task_nets,
    "hard sharing": ours(attention="none", decoder=None),
    "MTAN": ours(attention="mtan", decoder=None),
    "MMoE": ours(attention="mmoe", decoder=None),
    "cross-stitch": ours(attention="cross_stitch", decoder=None),
}
PARTS: dict[str, Make] = {
    "without decoder": ours(decoder=None),
    "without attention": ours(attention="none"),
}
WEIGHTINGS: dict[str, Make] = {
    f"weighting {name}": ours(loss_weights=name) for name in LOSS_WEIGHTINGS if name != "equal"
}
MEMBERS: dict[str, Make] = {"5 members": ours(n_members=5)}
OURS: dict[str, Make] = {"ABMTLClassifier": ours()}

GROUPS = {
    "ours": OURS,
    "peers": PEERS,
    "architectures": ARCHITECTURES,
    "parts": PARTS,
    "weightings": WEIGHTINGS,
    "members": MEMBERS,
}


def goes_with(name: str, data: BenchmarkSet) -> bool:
    """Return whether a classifier can learn a set in reasonable time."""
    if name == "ClassifierChain":
        return data.kind == "tabular" and all(data.Y.nunique() == 2)
    if name == "TabNet":
        return data.kind == "tabular" and find_spec("pytorch_tabnet") is not None
    if data.kind == "image":
        return name not in ("HistGradientBoosting", "LogisticRegression", "MLPClassifier")
    return True
