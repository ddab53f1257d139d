"""Each task keeps its classes, types and name."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from samples import frame, quick, table
from sklearn.exceptions import DataConversionWarning
from sklearn.metrics import get_scorer


def same_probabilities(a, b, X):
    pairs = zip(a.predict_proba(X), b.predict_proba(X), strict=True)
    return all(np.array_equal(p, q) for p, q in pairs)


def test_every_task_keeps_its_classes_and_types():
    X, codes = table()
    y = frame(codes)
    y.loc[::3, "color"] = None
    classifier = quick().fit(X, y)
    assert classifier.task_names_ == ["color", "size", "shape"]
    assert classifier.n_tasks_ == 3
    assert classifier.n_classes_ == [3, 2, 4]
    assert [c.dtype.kind for c in classifier.classes_] == ["O", "i", "O"]
    probabilities = classifier.predict_proba(X[:7])
    assert [p.shape for p in probabilities] == [(7, 3), (7, 2), (7, 4)]
    assert all(p.dtype == np.float64 for p in probabilities)
    np.testing.assert_allclose([p.sum(1) for p in probabilities], 1)
    predicted = classifier.predict(X)
    assert predicted.shape == (60, 3)
    assert predicted.dtype == object
    assert {type(label) for label in predicted[:, 1]} == {int}


def test_integer_tasks_give_integers_and_the_likeliest_class():
    X, codes = table()
    classifier = quick().fit(X, codes)
    predicted = classifier.predict(X)
    assert predicted.dtype == np.int64
    for task, p in enumerate(classifier.predict_proba(X)):
        np.testing.assert_array_equal(classifier.classes_[task][p.argmax(1)], predicted[:, task])


def test_one_task_is_an_ordinary_classifier():
    X, codes = table()
    classifier = quick().fit(X, frame(codes)["color"])
    assert classifier.classes_.tolist() == ["blue", "green", "red"]
    assert classifier.predict(X).shape == (60,)
    assert classifier.predict_proba(X).shape == (60, 3)
    assert classifier.n_classes_ == 3
    assert classifier.task_names_ == ["color"]


def test_a_single_column_is_one_task_with_scikit_learns_warning():
    X, codes = table()
    with pytest.warns(DataConversionWarning, match="column-vector y"):
        classifier = quick().fit(X, codes[:, :1])
    assert classifier.predict(X).shape == (60,)
    assert same_probabilities(classifier, quick().fit(X, codes[:, 0]), X)


def test_score_is_the_mean_accuracy_on_known_labels():
    X, codes = table()
    y = codes.astype(float)
    y[:40, 1] = np.nan
    classifier = quick().fit(X, y)
    predicted = classifier.predict(X)
    expected = [(predicted[:, t] == codes[:, t]).mean() for t in (0, 2)]
    expected.append((predicted[40:, 1] == codes[40:, 1]).mean())
    assert classifier.score(X, y) == pytest.approx(np.mean(expected))
    with pytest.raises(ValueError, match="at least one known label"):
        classifier.score(X, np.full_like(y, np.nan))


def test_a_task_is_a_classifier_of_its_own():
    X, codes = table()
    y = frame(codes)
    classifier = quick().fit(X, y)
    view = classifier.task("size")
    np.testing.assert_array_equal(view.predict(X), classifier.predict(X)[:, 1].astype(int))
    np.testing.assert_array_equal(view.predict_proba(X), classifier.predict_proba(X)[1])
    assert 0.0 <= get_scorer("roc_auc")(classifier.task(1), X, y["size"] == 20) <= 1.0
    with pytest.raises(ValueError, match="colour"):
        classifier.task("colour")


def test_score_reads_tasks_by_name():
    X, codes = table()
    y = frame(codes)
    classifier = quick().fit(X, y)
    assert classifier.score(X, y.to_numpy()) == classifier.score(X, y)
    assert classifier.score(X, y[["shape", "color", "size"]]) == classifier.score(X, y)
    with pytest.raises(ValueError, match="name the tasks as in fit"):
        classifier.score(X, y.rename(columns={"color": "hue"}))


@pytest.mark.parametrize("name", ["best", "seller_best", "batch_count", "train_batches"])
def test_tasks_may_be_called_like_what_skorch_records(name):
    X, codes = table()
    y = pd.DataFrame(codes[:, :2], columns=[name, "other"])
    classifier = quick(early_stopping=True).fit(X, y)
    keys = {
        f"{subset}_{kind}_{name}" for subset in ("train", "valid") for kind in ("loss", "accuracy")
    }
    assert all(keys <= row.keys() for row in classifier.history_)
    assert all(type(row[key]) is float for row in classifier.history_ for key in keys)


def test_a_constant_task_is_predicted():
    X, codes = table()
    codes[:, 1] = 4
    classifier = quick().fit(X, codes)
    assert (classifier.predict(X)[:, 1] == 4).all()
    assert classifier.predict_proba(X)[1].tolist() == [[1.0]] * 60


def test_a_table_of_labels_has_no_limit_of_tasks():
    X, codes = table()
    many = np.tile(codes, (1, 40))
    classifier = quick().fit(X, many)
    assert classifier.predict(X).shape == (60, 120)
