"""scikit-learn's confusion matrix, one per task."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from drawn import N_TASKS, close_figures, overlapping, task_names, titles, trained
from sklearn.metrics import confusion_matrix

from sklearn_abmtl.inspection import TaskConfusionDisplay

teardown_function = close_figures


def answers(n_tasks, n_samples=40, missing_rate=0.2):
    """Return labels of three classes, some missing, and predictions, mostly right."""
    generator = np.random.default_rng(0)
    y = generator.integers(3, size=(n_samples, n_tasks)).astype(float)
    predicted = np.where(generator.random(y.shape) < 0.7, y, 2 - y)
    y[generator.random(y.shape) < missing_rate] = np.nan
    columns = task_names(n_tasks)
    return pd.DataFrame(y, columns=columns), pd.DataFrame(predicted, columns=columns)


@pytest.mark.parametrize("n_tasks", N_TASKS)
def test_each_task_has_scikit_learns_matrix_of_known_labels(n_tasks):
    y, predicted = answers(n_tasks)
    display = TaskConfusionDisplay.from_predictions(y, predicted)
    assert titles(display) == task_names(n_tasks)
    for task, name in enumerate(y):
        known = y[name].notna()
        expected = confusion_matrix(y[name][known], predicted[name][known])
        np.testing.assert_array_equal(display.confusion_matrices[task], expected)
        axis = display.axes_.flat[task]
        np.testing.assert_array_equal(axis.images[0].get_array(), expected)
        assert [text.get_text() for text in axis.texts] == [str(n) for n in expected.flat]


def test_texts_do_not_overlap():
    display = TaskConfusionDisplay.from_predictions(*answers(8))
    texts = [text for axis in display.axes_.flat for text in (*axis.texts, axis.title)]
    assert overlapping(texts, display.figure_) == []


def test_a_task_without_a_known_label_says_so():
    y, predicted = answers(2)
    y["label 1"] = np.nan
    display = TaskConfusionDisplay.from_predictions(y, predicted)
    assert [text.get_text() for text in display.axes_.flat[1].texts] == ["no known label"]
    assert not display.axes_.flat[1].images


def test_numbers_give_way_where_there_are_many_classes():
    labels = np.repeat(np.arange(30), 2)
    display = TaskConfusionDisplay.from_predictions(labels, labels)
    (axis,) = display.axes_.flat
    assert len(axis.texts) == 0
    assert axis.images[0].colorbar is not None
    assert overlapping(axis.get_yticklabels(), display.figure_) == []
    assert overlapping(axis.get_xticklabels(), display.figure_) == []


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([[12345, 6], [7, 8]], ["12345", "6", "7", "8"]),
        ([[0.0412, 0.9588], [1.0, 0.0]], ["0.04", "0.96", "1.00", "0.00"]),
        ([[112.34, 9.5], [0.0, 99.0]], ["112", "10", "0", "99"]),
    ],
)
def test_numbers_are_short(cells, expected):
    display = TaskConfusionDisplay(
        [np.array(cells)], display_labels=[["no", "yes"]], task_names=["a"]
    ).plot()
    assert [text.get_text() for text in display.axes_[0, 0].texts] == expected


def test_long_names_of_classes_do_not_overlap():
    names = np.array(["butterfly collector", "dragonfly", "ant", "bee of the meadow"])
    y, predicted = (table.fillna(3).astype(int).to_numpy() for table in answers(8))
    display = TaskConfusionDisplay.from_predictions(names[y], names[predicted])
    for axis in display.axes_.flat:
        assert overlapping(axis.get_xticklabels(), display.figure_) == []
        assert overlapping(axis.get_yticklabels(), display.figure_) == []
        assert overlapping(axis.texts, display.figure_) == []


def test_weights_names_and_shares_are_passed_on():
    y, predicted = answers(2, missing_rate=0)
    weight = np.arange(len(y)) % 2
    display = TaskConfusionDisplay.from_predictions(
        y.to_numpy(),
        predicted.to_numpy(),
        task_names=["a", "b"],
        sample_weight=weight,
        normalize="true",
    )
    assert titles(display) == ["a", "b"]
    odd = confusion_matrix(y["label 0"][1::2], predicted["label 0"][1::2], normalize="true")
    np.testing.assert_allclose(display.confusion_matrices[0], odd)


def test_a_label_may_stand_for_a_missing_one():
    display = TaskConfusionDisplay.from_predictions([0, 1, -1], [0, 0, 1], missing_label=-1)
    assert display.confusion_matrices[0].tolist() == [[1, 0], [1, 0]]


def test_an_estimator_is_drawn():
    classifier, X, y = trained()
    y = y.astype(float)
    y[:10, 1] = np.nan
    display = TaskConfusionDisplay.from_estimator(classifier, X, y)
    predicted = classifier.predict(X)
    labels = classifier.classes_[1]
    expected = confusion_matrix(y[10:, 1], predicted[10:, 1], labels=labels)
    np.testing.assert_array_equal(display.confusion_matrices[1], expected)
    assert titles(display) == ["task_0", "task_1"]


def test_other_arguments_are_refused():
    classifier, X, y = trained()
    labels, predicted = answers(2)
    with pytest.raises(ValueError, match=r"task_names must hold 2 names; found \['a'\]"):
        TaskConfusionDisplay.from_predictions(labels, predicted, task_names=["a"])
    with pytest.raises(ValueError, match="y_true and y_pred must have the same shape"):
        TaskConfusionDisplay.from_predictions(labels, predicted[:3])
    with pytest.raises(ValueError, match="y must have the tasks of fit"):
        TaskConfusionDisplay.from_estimator(classifier, X, y[:, :1])
    with pytest.raises(ValueError, match="'normalize' parameter"):
        TaskConfusionDisplay.from_predictions(labels, predicted, normalize="rows")
