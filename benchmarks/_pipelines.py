"""Kinds of Pipeline that are exported: rows, and steps with a classifier for them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import PCA, IncrementalPCA, TruncatedSVD
from sklearn.feature_selection import SelectFromModel, SelectKBest, VarianceThreshold, f_classif
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from sklearn_abmtl import ABMTLClassifier, MLPEncoder, VGGEncoder

N_ROWS, N_FIT = 300, 201  # quantiles of 201 rows are values of rows
NUMBERS = ["age", "pay", "share", "dose"]
TEXTS = ["town", "size"]


def make_frame() -> tuple[Any, Any]:
    """Return a frame with columns of each type, and labels that depend on them."""
    r = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "age": r.normal(40, 10, N_ROWS),
            "pay": r.lognormal(8, 1, N_ROWS),
            "share": r.uniform(0, 1, N_ROWS).astype(np.float32),
            "dose": r.integers(0, 20, N_ROWS) / 10,
            "rooms": r.integers(1, 7, N_ROWS),
            "owner": r.uniform(size=N_ROWS) > 0.5,
            "town": r.choice(["Ulm", "Kiel", "Köln", "None"], N_ROWS),
            "size": r.choice(["small", "large"], N_ROWS),
        }
    )
    labels = pd.DataFrame(
        {
            "old": np.where(frame.age + 10 * (frame.town == "Ulm") > 42, "yes", "no"),
            "kind": (frame.rooms + 3 * frame.owner) % 3,
            "large": frame["size"],
        }
    )
    labels.loc[5:25, "kind"] = pd.NA
    return frame, labels


FRAME, LABELS = make_frame()
TABLE = FRAME[NUMBERS].to_numpy()
POSITIVE = np.abs(TABLE) + 0.1
GAPS = FRAME.copy()
GAPS.loc[::7, "age"] = np.nan
GAPS.loc[3::11, "dose"] = np.nan
GAPS.loc[::5, "town"] = np.nan
GAPS.loc[2::9, "size"] = None
UNSEEN = FRAME.copy()  # in the rows after those of fit
UNSEEN.loc[N_FIT::4, "town"] = "Bonn"
UNSEEN.loc[N_FIT + 1 :: 4, "rooms"] = 99
CATEGORIES = FRAME.astype({"town": "category", "size": "category"})
IMAGES = np.random.default_rng(1).integers(0, 256, size=(N_ROWS, 64)).astype(np.float64)
DENSE = {"sparse_output": False}


def columns(**parts: tuple[Any, Any]) -> ColumnTransformer:
    return ColumnTransformer([(name, *part) for name, part in parts.items()])


def bins(n_bins: int, encode: str, strategy: str) -> KBinsDiscretizer:
    return KBinsDiscretizer(n_bins, encode=encode, strategy=strategy, quantile_method="linear")


SCALED = (StandardScaler(), NUMBERS)
ONE_HOT = (OneHotEncoder(**DENSE), TEXTS)
SCALED_AND_BINNED = FeatureUnion(
    [("scaled", StandardScaler()), ("binned", bins(4, "onehot-dense", "quantile"))]
)
KINDS: dict[str, tuple[Any, Any]] = {  # rows, steps
    "StandardScaler": (TABLE, StandardScaler()),
    "MinMaxScaler": (TABLE, MinMaxScaler(clip=True)),
    "RobustScaler": (TABLE, RobustScaler()),
    "MaxAbsScaler": (TABLE, MaxAbsScaler()),
    "Normalizer": (TABLE, Normalizer()),
    "Normalizer, norm='max'": (TABLE, Normalizer("max")),
    "OneHotEncoder": (FRAME, columns(n=SCALED, c=ONE_HOT)),
    "OneHotEncoder, sparse": (FRAME, columns(n=SCALED, c=(OneHotEncoder(), TEXTS))),
    "OneHotEncoder, handle_unknown='ignore'": (
        UNSEEN,
        columns(n=SCALED, c=(OneHotEncoder(handle_unknown="ignore", **DENSE), ["town", "rooms"])),
    ),
    "OneHotEncoder, drop='first'": (
        FRAME,
        columns(n=SCALED, c=(OneHotEncoder(drop="first", **DENSE), [*TEXTS, "owner"])),
    ),
    "OneHotEncoder, infrequent categories": (
        UNSEEN,
        columns(
            c=(
                OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=3, **DENSE),
                ["town", "rooms", "dose"],
            )
        ),
    ),
    "OneHotEncoder, missing text": (
        GAPS,
        columns(c=(OneHotEncoder(**DENSE), TEXTS), n=("passthrough", ["pay"])),
    ),
    "OneHotEncoder of numbers": (TABLE[:, 3:], OneHotEncoder(**DENSE)),
    "OrdinalEncoder": (FRAME, columns(n=("passthrough", ["age"]), c=(OrdinalEncoder(), TEXTS))),
    "OrdinalEncoder, unknown values": (
        UNSEEN,
        columns(
            c=(
                OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
                [*TEXTS, "rooms"],
            )
        ),
    ),
    "OrdinalEncoder, missing text": (
        GAPS,
        columns(c=(OrdinalEncoder(encoded_missing_value=-7), TEXTS), n=(StandardScaler(), ["pay"])),
    ),
    "passthrough": (FRAME[NUMBERS], "passthrough"),
    "passthrough, drop": (FRAME, columns(a=("passthrough", NUMBERS), b=("drop", TEXTS))),
    "SimpleImputer, mean": (GAPS[NUMBERS], SimpleImputer()),
    "SimpleImputer, median": (GAPS[NUMBERS], SimpleImputer(strategy="median")),
    "SimpleImputer, most frequent": (GAPS[NUMBERS], SimpleImputer(strategy="most_frequent")),
    "SimpleImputer, constant": (
        GAPS[NUMBERS].to_numpy(),
        SimpleImputer(strategy="constant", fill_value=-1.5),
    ),
    "SimpleImputer, indicator": (GAPS[NUMBERS], SimpleImputer(add_indicator=True)),
    "SimpleImputer, text": (
        GAPS,
        columns(
            n=(make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS),
            c=(
                make_pipeline(
                    SimpleImputer(strategy="most_frequent", missing_values=np.nan),
                    OneHotEncoder(**DENSE),
                ),
                ["town"],
            ),
            d=(
                make_pipeline(
                    SimpleImputer(strategy="constant", fill_value="?", missing_values=np.nan),
                    OrdinalEncoder(),
                ),
                ["size"],
            ),
        ),
    ),
    "KBinsDiscretizer, ordinal, quantile": (TABLE, bins(4, "ordinal", "quantile")),
    "KBinsDiscretizer, one-hot, uniform": (TABLE, bins(5, "onehot-dense", "uniform")),
    "KBinsDiscretizer, sparse, kmeans": (
        TABLE,
        ColumnTransformer(
            [("k", KBinsDiscretizer(3, strategy="kmeans"), [0, 1, 3])], sparse_threshold=0
        ),
    ),
    "PCA": (TABLE, make_pipeline(StandardScaler(), PCA(2))),
    "PCA, whiten": (TABLE, PCA(3, whiten=True)),
    "IncrementalPCA": (TABLE, IncrementalPCA(2)),
    "TruncatedSVD": (TABLE, TruncatedSVD(2, random_state=0)),
    "PolynomialFeatures": (TABLE, make_pipeline(StandardScaler(), PolynomialFeatures(3))),
    "PolynomialFeatures, interactions": (
        TABLE,
        PolynomialFeatures((2, 3), interaction_only=True, include_bias=False),
    ),
    "PowerTransformer, Yeo-Johnson": (TABLE - 20, PowerTransformer()),
    "PowerTransformer, Box-Cox": (POSITIVE, PowerTransformer("box-cox", standardize=False)),
    "QuantileTransformer, uniform": (TABLE, QuantileTransformer(n_quantiles=100)),
    "QuantileTransformer, normal": (
        TABLE,
        QuantileTransformer(n_quantiles=100, output_distribution="normal"),
    ),
    "FunctionTransformer": (TABLE, FunctionTransformer()),
    "FunctionTransformer, log1p": (POSITIVE, FunctionTransformer(np.log1p)),
    "Binarizer": (TABLE, make_pipeline(StandardScaler(), Binarizer(threshold=0.3))),
    "SelectKBest": (TABLE, SelectKBest(f_classif, k=2)),
    "VarianceThreshold": (TABLE, VarianceThreshold(0.2)),
    "SelectFromModel": (
        TABLE,
        make_pipeline(StandardScaler(), SelectFromModel(LogisticRegression())),
    ),
    "FeatureUnion": (
        TABLE,
        FeatureUnion(
            [("pca", PCA(2)), ("same", "passthrough"), ("bins", bins(3, "ordinal", "uniform"))],
            transformer_weights={"pca": 0.5},
        ),
    ),
    "make_column_selector": (
        FRAME,
        columns(
            n=(StandardScaler(), make_column_selector(dtype_include="number")),
            c=(OneHotEncoder(**DENSE), make_column_selector(dtype_exclude=["number", "bool"])),
        ),
    ),
    "set_output(transform='pandas')": (
        FRAME,
        columns(n=SCALED, c=ONE_HOT).set_output(transform="pandas"),
    ),
    "remainder='passthrough'": (
        FRAME,
        ColumnTransformer([("c", OneHotEncoder(**DENSE), TEXTS)], remainder="passthrough"),
    ),
    "positions, masks and slices of columns": (
        TABLE,
        ColumnTransformer(
            [
                ("a", StandardScaler(), [1, 0]),
                ("b", MinMaxScaler(), [False, False, True, False]),
                ("c", "passthrough", slice(3, None)),
            ]
        ),
    ),
    "columns in columns": (
        GAPS,
        make_pipeline(
            columns(
                n=(make_pipeline(SimpleImputer(strategy="median"), SCALED_AND_BINNED), NUMBERS),
                c=(OneHotEncoder(handle_unknown="ignore"), TEXTS),
                b=("passthrough", ["owner", "rooms"]),
            ),
            StandardScaler(with_mean=False),
        ),
    ),
    "polars": (
        pl.DataFrame({name: FRAME[name].to_list() for name in FRAME}),
        columns(n=SCALED, c=ONE_HOT, b=("passthrough", ["owner", "rooms"])),
    ),
}
NAMED = {"verbose_feature_names_out": False}
FOR_CLASSIFIERS: dict[str, tuple[Any, Any, dict[str, Any]]] = {  # and the classifier's parameters
    "categorical_features, after steps": (
        GAPS,
        ColumnTransformer(
            [("n", make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS)],
            remainder="passthrough",
            **NAMED,
        ).set_output(transform="pandas"),
        {"categorical_features": [*TEXTS, "rooms"]},
    ),
    "categorical_features, no steps": (
        GAPS,
        "passthrough",
        {"categorical_features": TEXTS, "handle_missing": "indicator"},
    ),
    "categories by the type of a column": (CATEGORIES, "passthrough", {}),
    "categories that fit has not seen": (
        UNSEEN,
        "passthrough",
        {"categorical_features": ["town", "rooms", "owner", "dose", "size"]},
    ),
    "handle_missing='indicator'": (GAPS[NUMBERS], MinMaxScaler(), {"handle_missing": "indicator"}),
    "n_bins": (TABLE, StandardScaler(), {"n_bins": 8}),
    "dtype='float64'": (TABLE, StandardScaler(), {"dtype": "float64"}),
    "input_shape": (
        IMAGES,
        MinMaxScaler(),
        {"input_shape": (1, 8, 8), "encoder": VGGEncoder(width=4, d_shared=8), "decoder": None},
    ),
    "members, soft sharing": (TABLE, StandardScaler(), {"n_members": 2, "sharing": "soft"}),
}


ONE_TASK = {"SelectKBest", "SelectFromModel"}  # steps that refuse several tasks


def fit_kind(name: str) -> tuple[Any, Any]:
    """Return a fitted Pipeline of a kind, and all of its rows, some of which fit has not seen."""
    rows, steps, parameters = FOR_CLASSIFIERS.get(name) or (*KINDS[name], {})
    options = {"encoder": MLPEncoder(width=8), "max_epochs": 3, "lr": 0.02, "random_state": 0}
    classifier = ABMTLClassifier(**(options | parameters))
    y = LABELS["old"] if name in ONE_TASK else LABELS
    return make_pipeline(steps, classifier).fit(rows[:N_FIT], y[:N_FIT]), rows


def to_feeds(session: Any, rows: Any) -> dict[str, Any]:
    """Return what each input of a session reads, by its type."""
    types = {
        "tensor(float)": np.float32,
        "tensor(double)": np.float64,
        "tensor(int64)": np.int64,
        "tensor(bool)": bool,
        "tensor(string)": object,
    }
    names = [one.name for one in session.get_inputs()]
    if len(names) == 1 and not hasattr(rows, "columns"):
        cells = {names[0]: np.asarray(rows)}
    else:
        cells = {name: rows[name.rstrip("_")].to_numpy()[:, np.newaxis] for name in names}
    feeds = {one.name: cells[one.name].astype(types[one.type]) for one in session.get_inputs()}
    return {
        name: np.vectorize(str, otypes=[object])(array) if array.dtype == object else array
        for name, array in feeds.items()
    }


def largest_error(session: Any, pipeline: Any, rows: Any) -> float:
    """Return the largest difference of a probability from ``predict_proba``."""
    found = session.run(None, to_feeds(session, rows))
    expected = pipeline.predict_proba(rows)
    wanted = expected if isinstance(expected, list) else [expected]
    return max(float(np.abs(p - q).max()) for p, q in zip(found, wanted, strict=True))
