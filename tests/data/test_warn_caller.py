import inspect
import warnings

import numpy as np
import pandas as pd
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_abmtl import ABMTLClassifier
from sklearn_abmtl.metrics import mean_task_scorer

X = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 2)), columns=["p", "q"])
y = pd.DataFrame({"a": X.p > 0, "b": X.q > 0})
SHUFFLED = y.iloc[np.arange(40) ^ 1]  # the index of X in another order, also in halves


def files_blamed(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return {warning.filename for warning in caught}


def test_warnings_blame_the_line_of_the_caller_however_fit_was_called():
    classifier = ABMTLClassifier(max_epochs=1)
    scoring = mean_task_scorer("accuracy")
    calls = [
        lambda: classifier.fit(X, SHUFFLED),
        lambda: make_pipeline(StandardScaler().set_output(transform="pandas"), classifier).fit(
            X, SHUFFLED
        ),
        lambda: cross_val_score(classifier, X, SHUFFLED, cv=2, scoring=scoring),
        lambda: GridSearchCV(classifier, {"lr": [0.01]}, cv=2, scoring=scoring).fit(X, SHUFFLED),
    ]
    assert [files_blamed(call) for call in calls] == [{__file__}] * len(calls)


def test_a_column_vector_as_y_is_warned_of_at_the_line_of_the_caller():
    assert files_blamed(lambda: ABMTLClassifier(max_epochs=1).fit(X, y[["a"]])) == {__file__}


def test_the_line_is_that_of_the_call():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ABMTLClassifier(max_epochs=1).fit(X, SHUFFLED)
        line = inspect.currentframe().f_lineno - 1
    assert [warning.lineno for warning in caught] == [line]
