"""Losses and accuracies, epoch by epoch."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import N_TASKS, close_figures, legend_of, overlapping, task_names, trained
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_abmtl import ABMTLClassifier
from sklearn_abmtl.datasets import make_multitask_classification
from sklearn_abmtl.inspection import TrainingHistoryDisplay

teardown_function = close_figures


def history(n_tasks, subsets=("train", "valid"), best=3, n_epochs=6):
    """Return losses that are least in one epoch, higher from task to task."""
    rows = []
    for epoch in range(1, n_epochs + 1):
        row = {"epoch": epoch, "best": "valid" in subsets and epoch == best}
        for subset in subsets:
            loss = 0.5 + 0.1 * abs(epoch - best)
            row[f"{subset}_loss"] = loss
            for task, name in enumerate(task_names(n_tasks)):
                row[f"{subset}_loss_{name}"] = loss + task / 100
                row[f"{subset}_accuracy_{name}"] = 1 - loss / 2 - task / 100
        rows.append(row)
    return rows


def drawn(n_tasks, **options):
    names = task_names(n_tasks)
    return TrainingHistoryDisplay(history(n_tasks, **options), task_names=names).plot()


def marked(axis):
    """Return where vertical lines stand."""
    dotted = [line for line in axis.lines if line.get_linestyle() == ":" and len(line.get_xdata())]
    return [line.get_xdata()[0] for line in dotted]


@pytest.mark.parametrize("n_tasks", N_TASKS)
def test_the_best_epoch_is_marked_in_both_axes(n_tasks):
    display = drawn(n_tasks, best=4)
    assert display.best_epoch_ == 4
    assert display.axes_.shape == (2,)
    assert [marked(axis) for axis in display.axes_] == [[4], [4]]
    assert "best epoch, 4" in legend_of(display.axes_[1])


@pytest.mark.parametrize("n_tasks", N_TASKS)
def test_the_legend_is_short_and_names_the_worst(n_tasks):
    display = drawn(n_tasks)
    entries = legend_of(display.axes_[1])
    names = task_names(n_tasks)
    if n_tasks <= 8:
        assert entries[:n_tasks] == names
        assert "mean of all tasks" not in entries
    else:
        assert entries[:4] == names[::-1][:4]
        assert entries[4:6] == [f"{n_tasks - 4} tasks with lower loss", "mean of all tasks"]
    assert len(entries) <= 11
    texts = display.axes_[1].get_legend().get_texts()
    assert overlapping(texts, display.figure_) == []


def test_tasks_differ_in_colour_and_in_marker():
    looks = [
        (line.get_color(), line.get_marker())
        for line in drawn(8).axes_[0].lines
        if line.get_marker() not in ("", "None")
    ]
    assert len(looks) == len({color for color, _ in looks}) == len({mark for _, mark in looks}) == 8


def test_the_thick_line_is_the_mean():
    display = drawn(20)
    thick = [line for line in display.axes_[0].lines if line.get_linewidth() == 2.5]
    rows = display.history
    means = [np.mean([row[f"valid_loss_{name}"] for name in task_names(20)]) for row in rows]
    np.testing.assert_allclose(thick[1].get_ydata(), means)


def test_the_number_of_worst_tasks_can_be_chosen():
    display = TrainingHistoryDisplay(history(20), task_names=task_names(20))
    others = {0: "20 tasks", 1: "19 tasks with lower loss", 8: "12 tasks with lower loss"}
    for n_worst, expected in others.items():
        assert legend_of(display.plot(n_worst=n_worst).axes_[1])[n_worst] == expected
    with pytest.raises(ValueError, match="n_worst must be between 0 and 8; found 9"):
        display.plot(n_worst=9)


@pytest.mark.parametrize("n_tasks", [2, 40])
def test_without_validation_rows_no_epoch_is_best(n_tasks):
    display = drawn(n_tasks, subsets=["train"])
    assert display.best_epoch_ is None
    entries = legend_of(display.axes_[1])
    assert "training" in entries
    assert "validation" not in entries
    assert "best epoch" not in " ".join(entries)


@pytest.mark.parametrize("n_tasks", [2, 12])
def test_epochs_without_validation_are_left_out(n_tasks):
    rows = history(n_tasks, best=2) + [
        row | {"epoch": epoch}
        for epoch, row in enumerate(history(n_tasks, subsets=("train",)), start=7)
    ]
    rows = [row | {"best": False} for row in rows]
    names = task_names(n_tasks)
    display = TrainingHistoryDisplay(rows, task_names=names).plot()
    assert display.best_epoch_ is None
    assert np.isnan(display._course("valid_loss")).sum() == 6
    assert set(legend_of(display.axes_[1])[:2]) <= set(names[-4:])


@pytest.mark.parametrize("n_tasks", [2, 40])
def test_a_single_epoch_is_seen(n_tasks):
    display = drawn(n_tasks, n_epochs=1, best=1)
    for axis in display.axes_:
        lines = [line for line in axis.lines if list(line.get_xdata()) == [1]]
        n_means = 2 * (n_tasks > 8)
        n_training = min(n_tasks, 4)
        assert len(lines) == n_tasks + n_training + n_means
        assert {"None", ""}.isdisjoint(line.get_marker() for line in lines)
        assert [tick for tick in axis.get_xticks() if tick % 1] == []


def test_after_a_warm_start_the_best_epoch_is_one_of_the_last_fit():
    X, y = make_multitask_classification(120, 8, n_classes=(3, 2), random_state=0)
    classifier = ABMTLClassifier(
        warm_start=True, max_epochs=3, early_stopping=True, random_state=0
    ).fit(X, y)
    classifier.set_params(lr=0.1, lr_schedule=None, max_epochs=2).fit(X, y)
    losses = [row["valid_loss"] for row in classifier.history_]
    assert np.argmin(losses) < 3
    display = TrainingHistoryDisplay.from_estimator(classifier)
    assert display.best_epoch_ == 4 + np.argmin(losses[3:])
    assert [marked(axis) for axis in display.axes_] == [[display.best_epoch_]] * 2


def test_without_early_stopping_no_epoch_is_best():
    X, y = make_multitask_classification(120, 8, n_classes=(3, 2), random_state=0)
    classifier = ABMTLClassifier(max_epochs=2, early_stopping=False, random_state=0)
    classifier.fit(X[:90], y[:90], X_val=X[90:], y_val=y[90:])
    display = TrainingHistoryDisplay.from_estimator(classifier)
    assert display.best_epoch_ is None
    assert "validation" in legend_of(display.axes_[1])


def test_an_estimator_is_drawn_alone_and_in_a_pipeline():
    classifier, *_ = trained()
    pipeline = make_pipeline(FunctionTransformer(), classifier)
    losses = [row["valid_loss"] for row in classifier.history_]
    for estimator in (classifier, pipeline):
        display = TrainingHistoryDisplay.from_estimator(estimator)
        assert display.best_epoch_ == 1 + np.argmin(losses)
        assert legend_of(display.axes_[1])[:2] == ["task_0", "task_1"]


def test_other_estimators_are_refused():
    with pytest.raises(NotFittedError):
        TrainingHistoryDisplay.from_estimator(ABMTLClassifier())
    forest = RandomForestClassifier(2).fit([[0], [1]], [0, 1])
    with pytest.raises(TypeError, match=r"estimator must have the attribute history_.*Forest"):
        TrainingHistoryDisplay.from_estimator(forest)
