"""Fitted classifiers of every part and kind of data, by name, with rows to predict."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from samples import frame, quick, table

from sklearn_abmtl import FeatureTokenEncoder, RecurrentEncoder, VGGEncoder
from sklearn_abmtl.losses import LOSS_WEIGHTINGS
from sklearn_abmtl.nn import AGGREGATORS, ATTENTIONS, DECODERS, ENCODERS, TASK_CLASSIFIERS

X, CODES = table(60)
SEQUENCES = np.random.default_rng(0).normal(size=(60, 6, 2))
IMAGES = np.random.default_rng(0).normal(size=(60, 1, 8, 8))
MIXED = pd.DataFrame(X, columns=list("abcde")).assign(
    kind=pd.Categorical(np.array(["x", "y", None], dtype=object)[CODES[:, 0]]),
    level=CODES[:, 2],
)
MIXED.loc[::7, "a"] = np.nan
DATES = np.array(["2020-01-01", "2021-06-05", "2022-03-04"], dtype="datetime64[D]")
DATA_OF_ENCODERS = {"vgg": IMAGES, "recurrent": SEQUENCES}
SMALL = {"vgg": VGGEncoder(width=2, d_shared=8), "recurrent": RecurrentEncoder(width=4)}

Case = tuple[dict[str, Any], Any, Any]  # parameters, X, y

CASES: dict[str, Case] = {
    "defaults": ({"encoder": "auto", "max_epochs": 1}, X, CODES),
    "frames of labels": ({}, X, frame(CODES)),
    "one task": ({}, X, CODES[:, 0]),
    "dates": ({}, X, DATES[CODES[:, 0]]),
    "booleans": ({}, X, CODES[:, :2] > 0),
    "floats": ({}, X, CODES[:, :2] * 1.0),
    "texts": ({}, X, CODES.astype(str)),
    "soft sharing": ({"sharing": "soft", "decoder": "mlp"}, X, CODES),
    "members": ({"n_members": 2}, X, CODES),
    "members on images": ({"n_members": 2, "encoder": SMALL["vgg"]}, IMAGES, CODES),
    "categories and missing numbers": (
        {
            "categorical_features": ["kind", "level"],
            "handle_missing": "indicator",
            "n_bins": 4,
            "encoder": FeatureTokenEncoder(d_model=4, d_shared=8),
        },
        MIXED,
        frame(CODES),
    ),
    "bins": ({"n_bins": 5, "dtype": "float64"}, X, CODES),
    "task matrix": ({"early_stopping": True}, X, CODES),
    "images of flat rows": (
        {"encoder": SMALL["vgg"], "input_shape": (1, 8, 8), "max_shift": 1},
        IMAGES.reshape(60, 64),
        CODES,
    ),
    "options of auto": ({"encoder": "auto", "encoder__width": 8}, X, CODES),
    "losses and weights": (
        {
            "losses": {"task_0": "binary_cross_entropy"},
            "loss_weights": {"task_1": 2.0},
            "class_weight": ["balanced", {0: 1, 1: 3}, None],
            "missing_label": -1,
        },
        X,
        CODES,
    ),
    "moments": ({"warm_start": True}, X, CODES),
    "moments of images": ({"warm_start": True, "encoder": SMALL["vgg"]}, IMAGES, CODES),
    **{
        f"encoder {name}": (
            {"encoder": SMALL.get(name, name)},
            DATA_OF_ENCODERS.get(name, X),
            CODES,
        )
        for name in ENCODERS
    },
    **{f"decoder {name}": ({"decoder": name}, X, CODES) for name in DECODERS},
    **{
        f"attention {name}": ({"attention": name, "decoder": "mlp"}, X, CODES)
        for name in ATTENTIONS
    },
    **{
        f"task classifier {name}": ({"task_classifier": name}, X, CODES)
        for name in TASK_CLASSIFIERS
    },
    **{
        f"aggregator {name}": ({"aggregator": name, "aggregator__cv": 2}, X, CODES)
        for name in AGGREGATORS
    },
    **{f"weighting {name}": ({"loss_weights": name}, X, CODES) for name in LOSS_WEIGHTINGS},
}


@cache
def fitted(name: str) -> Any:
    """Return the classifier of a case, which no test may change."""
    parameters, case_X, y = CASES[name]
    return quick(max_epochs=2).set_params(**parameters).fit(case_X, y)


def assert_same_answers(loaded: Any, original: Any, rows: Any) -> None:
    """Two classifiers have the same attributes and predictions, to the bit."""
    pairs = zip(_answers(loaded, rows), _answers(original, rows), strict=True)
    for found, expected in pairs:
        np.testing.assert_array_equal(found, expected)
        assert np.asarray(found).dtype == np.asarray(expected).dtype
    histories = [
        [row | {"dur": 0} for row in classifier.history_] for classifier in (loaded, original)
    ]
    assert repr(histories[0]) == repr(histories[1])  # where NaN is equal to NaN
    assert repr(loaded) == repr(original)
    assert loaded.task_names_ == original.task_names_


def _answers(classifier: Any, rows: Any) -> list[Any]:
    answers = [classifier.predict(rows), classifier.branch_weights_, classifier.loss_weights_]
    answers += [classifier.task_weights_, classifier.task_attention(rows)]
    proba, classes = classifier.predict_proba(rows), classifier.classes_
    return answers + ([*proba, *classes] if isinstance(proba, list) else [proba, classes])
