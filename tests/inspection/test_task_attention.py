"""The attention of each task."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from drawn import (
    N_TASKS,
    close_figures,
    legend_of,
    overlapping,
    row_names,
    task_names,
    titles,
    trained,
)
from sklearn.ensemble import RandomForestClassifier

from sklearn_abmtl import ABMTLClassifier
from sklearn_abmtl.datasets import make_multitask_classification
from sklearn_abmtl.inspection import TaskAttentionDisplay

teardown_function = close_figures

RANDOM = np.random.default_rng(0)


def attention(n_tasks, *cells, n_samples=3):
    weights = RANDOM.dirichlet(np.ones(np.prod(cells)), size=(n_samples, n_tasks))
    return weights.reshape(n_samples, n_tasks, *cells)


def pictures(n_tasks):
    return TaskAttentionDisplay(
        attention(n_tasks, 4, 6),
        task_names=task_names(n_tasks),
        samples=RANDOM.normal(size=(3, 1, 4, 6)),
    )


def sequences(n_tasks):
    return TaskAttentionDisplay(
        attention(n_tasks, 7),
        task_names=task_names(n_tasks),
        samples=RANDOM.normal(size=(3, 7, 2)),
    )


def table(n_tasks, n_features=5, **options):
    return TaskAttentionDisplay(
        attention(n_tasks, n_features), task_names=task_names(n_tasks), **options
    )


@pytest.mark.parametrize("n_tasks", N_TASKS)
def test_pictures_have_the_input_and_a_panel_per_task(n_tasks):
    display = pictures(n_tasks)
    mean = display.attention.mean(axis=0)
    for sample, expected, heading in [
        (1, display.attention[1], "input"),
        (None, mean, "mean input"),
    ]:
        drawn = display.plot(sample=sample)
        assert titles(drawn) == [heading, *task_names(n_tasks)]
        for task, axis in enumerate(drawn.axes_.flat[1 : 1 + n_tasks]):
            np.testing.assert_allclose(axis.images[0].get_array(), expected[task])
            assert axis.images[0].get_alpha() is None  # as in the colour bar
        limits = {axis.images[0].get_clim() for axis in drawn.axes_.flat[1 : 1 + n_tasks]}
        assert len(limits) == 1


def test_the_outline_of_the_picture_lies_over_its_weights():
    steep = np.tile([0.0, 0.0, 1.0, 1.0], (1, 1, 3, 1))  # (1, 1, height, width)
    for samples, n_outlines in [(steep, 1), (np.ones_like(steep), 0)]:
        display = TaskAttentionDisplay(
            attention(1, 3, 4), task_names=["label"], samples=samples
        ).plot()
        axis = display.axes_.flat[1]
        assert len(axis.collections) == n_outlines
    outline = TaskAttentionDisplay(attention(1, 3, 4), task_names=["label"], samples=steep).plot()
    (path,) = outline.axes_.flat[1].collections[0].get_paths()
    np.testing.assert_allclose(path.vertices[:, 0], 1.5)


def test_titles_do_not_overlap():
    display = pictures(8).plot()
    headings = [axis.title for axis in display.axes_.flat]
    assert overlapping(headings, display.figure_) == []


@pytest.mark.parametrize("n_tasks", N_TASKS)
def test_sequences_have_a_row_per_task_below_the_input(n_tasks):
    display = sequences(n_tasks).plot(sample=2)
    above, below = display.axes_[:, 0]
    assert legend_of(above) == ["channel 0", "channel 1"]
    assert row_names(below) == task_names(n_tasks)
    np.testing.assert_allclose(below.images[0].get_array(), display.attention[2])
    assert overlapping(below.get_yticklabels(), display.figure_) == []


@pytest.mark.parametrize("n_tasks", N_TASKS)
def test_tables_have_bars_or_a_heat_map_of_named_features(n_tasks):
    names = [f"measure {feature}" for feature in range(5)]
    display = table(n_tasks, feature_names=names).plot()
    weights, first = display.attention[0], display.axes_[0, 0]
    if n_tasks <= 8:
        assert titles(display) == task_names(n_tasks)
        assert row_names(first) == names
        bars = [[bar.get_width() for bar in axis.patches] for axis in display.axes_.flat]
        np.testing.assert_allclose(bars[:n_tasks], weights)
    else:
        assert row_names(first) == task_names(n_tasks)
        assert [label.get_text() for label in first.get_xticklabels()] == names
        np.testing.assert_allclose(first.images[0].get_array(), weights)
    assert overlapping(first.get_yticklabels(), display.figure_) == []


def test_the_features_with_the_most_weight_are_drawn():
    display = table(2, n_features=50).plot(sample=None, n_features=3)
    most = np.sort(np.argsort(-display.attention.mean(axis=(0, 1)))[:3])
    assert row_names(display.axes_[0, 0]) == [str(feature) for feature in most]


def test_the_label_shows_how_many_features_are_drawn():
    assert table(2).plot().axes_[0, 0].get_ylabel() == "feature"
    assert table(40).plot().axes_[0, 0].get_xlabel() == "feature"
    expected = "3 of 5 features"
    assert table(2).plot(n_features=3).axes_[0, 0].get_ylabel() == expected
    assert table(40).plot(n_features=3).axes_[0, 0].get_xlabel() == expected


@pytest.mark.parametrize("n_tasks", [1, 3, 5, 7])
def test_the_lowest_panel_of_each_column_has_numbers_and_a_label(n_tasks):
    display = table(n_tasks).plot()
    display.figure_.draw_without_rendering()
    labelled = [axis.get_xlabel() != "" for axis in display.axes_.flat[:n_tasks]]
    n_columns = display.axes_.shape[1]
    assert labelled == [task + n_columns >= n_tasks for task in range(n_tasks)]
    for axis, is_lowest in zip(display.axes_.flat, labelled, strict=False):
        assert any(label.get_visible() for label in axis.get_xticklabels()) == is_lowest


def test_equal_weights_have_one_colour():
    equal = np.full((1, 40, 5), 0.2) + 1e-9 * RANDOM.normal(size=(1, 40, 5))
    display = TaskAttentionDisplay(equal, task_names=task_names(40)).plot()
    assert display.axes_[0, 0].images[0].get_clim() == pytest.approx((0.18, 0.22))
    assert titles(display) == ["all attention is equal"]
    assert titles(table(40).plot()) == [""]


def test_pictures_of_an_estimator():
    classifier, X, _ = trained()
    display = TaskAttentionDisplay.from_estimator(classifier, X[:4], branch="decoder", sample=3)
    assert titles(display) == ["input", "task_0", "task_1"]
    expected = classifier.task_attention(X[:4], branch="decoder")
    np.testing.assert_allclose(display.attention, expected)
    np.testing.assert_allclose(display.samples.reshape(4, -1), X[:4])


def test_a_table_and_a_sequence_of_estimators():
    X, y = make_multitask_classification(60, 6, n_classes=(2, 2), random_state=0)
    frame = pd.DataFrame(X, columns=list("abcdef"))
    options = {"max_epochs": 1, "random_state": 0}
    of_table = ABMTLClassifier(encoder="feature_token", **options).fit(frame, y)
    display = TaskAttentionDisplay.from_estimator(of_table, frame, sample=None)
    assert row_names(display.axes_[0, 0]) == list("abcdef")
    of_sequences = ABMTLClassifier(input_shape=(3, 2), **options).fit(X, y)
    display = TaskAttentionDisplay.from_estimator(of_sequences, X)
    assert display.samples.shape == (60, 3, 2)
    assert row_names(display.axes_[1, 0]) == ["task_0", "task_1"]


def test_a_table_that_is_one_token_is_refused():
    X, y = make_multitask_classification(60, 6, n_classes=(2, 2), random_state=0)
    for decoder in (None, "mlp"):
        classifier = ABMTLClassifier(decoder=decoder, max_epochs=1, random_state=0).fit(X, y)
        with pytest.raises(ValueError, match=r"MLPEncoder makes one token.*'feature_token'"):
            TaskAttentionDisplay.from_estimator(classifier, X)


def test_other_arguments_are_refused():
    classifier, X, _ = trained()
    for sample in (-1, 3):
        with pytest.raises(ValueError, match="sample must be None or a position from 0 to 2;"):
            pictures(2).plot(sample=sample)
    with pytest.raises(ValueError, match="n_features must be at least 1; found 0"):
        table(2).plot(n_features=0)
    with pytest.raises(ValueError, match="branch must be None or one of"):
        TaskAttentionDisplay.from_estimator(classifier, X, branch="root")
    forest = RandomForestClassifier(2).fit(X[:5], [0, 1, 0, 1, 0])
    with pytest.raises(TypeError, match=r"estimator must have the method task_attention.*Forest"):
        TaskAttentionDisplay.from_estimator(forest, X)
