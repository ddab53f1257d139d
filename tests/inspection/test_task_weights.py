"""The display of task weights."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import N_TASKS, close_figures, legend_of, overlapping, row_names, task_names, trained
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError

from sklearn_abmtl import ABMTLClassifier, WeightedAggregator
from sklearn_abmtl.datasets import make_multitask_classification
from sklearn_abmtl.inspection import TaskWeightsDisplay

teardown_function = close_figures

RANDOM = np.random.default_rng(0)


def weights(n_tasks):
    return TaskWeightsDisplay(
        RANDOM.gamma(1, size=(n_tasks, n_tasks)),
        RANDOM.dirichlet((2, 2), size=n_tasks),
        task_names=task_names(n_tasks),
    )


@pytest.mark.parametrize("n_tasks", N_TASKS)
def test_rows_are_tasks_in_both_axes(n_tasks):
    display = weights(n_tasks).plot()
    matrix, branches = display.axes_
    np.testing.assert_allclose(matrix.images[0].get_array(), display.task_weights)
    assert row_names(matrix) == task_names(n_tasks)
    assert [label.get_text() for label in matrix.get_xticklabels()] == task_names(n_tasks)
    widths = np.reshape([bar.get_width() for bar in branches.patches], (2, n_tasks))
    np.testing.assert_allclose(widths, display.branch_weights.T)
    assert matrix.get_ylim() == branches.get_ylim()
    assert legend_of(branches) == ["encoder", "decoder"]


@pytest.mark.parametrize("n_tasks", N_TASKS)
def test_texts_do_not_overlap(n_tasks):
    display = weights(n_tasks).plot()
    matrix = display.axes_[0]
    assert len(matrix.texts) == (n_tasks**2 if n_tasks <= 8 else 0)
    texts = [*matrix.texts, *matrix.get_yticklabels(), *(axis.title for axis in display.axes_)]
    assert overlapping(texts, display.figure_) == []


def test_the_title_shows_that_no_weights_were_learned():
    display = TaskWeightsDisplay(np.zeros((2, 2)), np.ones((2, 1)), task_names=task_names(2)).plot()
    assert display.axes_[0].get_title() == "no task weights were learned"
    assert display.axes_[0].images[0].get_clim() == (0, 1)


def test_the_colour_bar_names_the_unit():
    image = weights(2).plot().axes_[0].images[0]
    assert image.colorbar.ax.get_ylabel() == "weight (log-odds)"
    assert image.get_clim()[0] == 0


def test_task_weights_are_at_least_0_so_that_the_colours_may_begin_there():
    """Also where a known label makes the same class of another task less probable."""
    X, labels = make_multitask_classification(300, 4, n_classes=(2,), random_state=0)
    y = np.stack([labels[:, 0], 1 - labels[:, 0]], axis=1)
    classifier = ABMTLClassifier(
        aggregator=WeightedAggregator(cv=2), max_epochs=1, random_state=0
    ).fit(X, y)
    drawn = TaskWeightsDisplay.from_estimator(classifier).axes_[0].images[0].get_array()
    assert drawn.min() == 0
    assert drawn.max() > 0


def test_an_estimator_is_drawn():
    classifier, *_ = trained()
    display = TaskWeightsDisplay.from_estimator(classifier)
    np.testing.assert_allclose(display.task_weights, classifier.task_weights_)
    np.testing.assert_allclose(display.branch_weights, classifier.branch_weights_)


def test_other_estimators_are_refused():
    with pytest.raises(NotFittedError):
        TaskWeightsDisplay.from_estimator(ABMTLClassifier())
    forest = RandomForestClassifier(2).fit([[0], [1]], [0, 1])
    with pytest.raises(TypeError, match=r"estimator must have the attribute task_weights_.*Forest"):
        TaskWeightsDisplay.from_estimator(forest)
