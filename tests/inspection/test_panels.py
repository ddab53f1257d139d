"""Properties of all displays."""

from __future__ import annotations

import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from drawn import close_figures, task_names

from sklearn_abmtl import inspection
from sklearn_abmtl.inspection._panels import to_pictures

teardown_function = close_figures

NAMES = task_names(2)
HISTORY = [
    {"epoch": epoch, "train_loss": 1.0}
    | {f"train_{metric}_{name}": 1.0 for metric in ("loss", "accuracy") for name in NAMES}
    for epoch in (1, 2)
]
DISPLAYS = {
    "ReconstructionDisplay": (np.ones((2, 3)), np.ones((2, 3))),
    "TaskAttentionDisplay": (np.full((1, 2, 4), 0.25),),
    "TaskConfusionDisplay": ([np.eye(2, dtype=int)] * 2,),
    "TaskWeightsDisplay": (np.eye(2), np.ones((2, 1))),
    "TrainingHistoryDisplay": (HISTORY,),
}
OPTIONS = {
    "ReconstructionDisplay": {},
    "TaskConfusionDisplay": {"task_names": NAMES, "display_labels": [["no", "yes"]] * 2},
}


def display(name):
    return getattr(inspection, name)(*DISPLAYS[name], **OPTIONS.get(name, {"task_names": NAMES}))


def test_all_displays_are_tested():
    assert sorted(DISPLAYS) == inspection.__all__


@pytest.mark.parametrize("name", DISPLAYS)
def test_plot_returns_the_display_with_its_axes_and_figure(name):
    drawn = display(name)
    assert drawn.plot() is drawn
    assert {axis.figure for axis in drawn.axes_.flat} == {drawn.figure_}


@pytest.mark.parametrize("name", DISPLAYS)
def test_axes_are_respected(name):
    figure, (left, right) = plt.subplots(1, 2, layout="constrained")
    drawn = display(name).plot(ax=right)
    assert drawn.figure_ is figure
    assert plt.get_fignums() == [figure.number]
    assert not right.axison
    figure.draw_without_rendering()
    edge = left.get_position().x1
    assert all(axis.get_position().x0 > edge for axis in drawn.axes_.flat)


@pytest.mark.parametrize("name", DISPLAYS)
def test_no_text_is_cut_off(name):
    drawn = display(name).plot()
    drawn.figure_.draw_without_rendering()
    box = drawn.figure_.bbox
    for axis in drawn.axes_.flat:
        for text in (axis.title, axis.xaxis.label, axis.yaxis.label):
            extent = text.get_window_extent()
            if axis.axison and text.get_text() and text.get_visible():
                assert box.x0 <= extent.x0 < extent.x1 <= box.x1, text
                assert box.y0 <= extent.y0 < extent.y1 <= box.y1, text


@pytest.mark.parametrize("name", DISPLAYS)
def test_axes_without_a_grid_are_refused(name):
    figure = plt.figure()
    axis = figure.add_axes((0, 0, 1, 1))
    with pytest.raises(ValueError, match=r"ax must be an Axes of a grid.*found Axes"):
        display(name).plot(ax=axis)
    with pytest.raises(ValueError, match=r"ax must be an Axes of a grid.*found 3"):
        display(name).plot(ax=3)


@pytest.mark.parametrize("name", DISPLAYS)
def test_plot_needs_matplotlib(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=rf"{name}\.plot requires matplotlib"):
        display(name).plot()


def test_pictures_keep_three_channels_and_lie_between_0_and_1():
    images = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    colored, grey = to_pictures(images), to_pictures(images[:, :2])
    assert colored.shape == (2, 4, 5, 3)
    assert grey.shape == (2, 4, 5)
    for pictures in (colored, grey):
        assert (pictures.min(), pictures.max()) == (0, 1)
    assert not to_pictures(np.ones((1, 1, 2, 2))).any()
