"""Helpers for tests of drawings, which open no window, and a classifier to draw."""

from __future__ import annotations

from functools import cache

import matplotlib as mpl
import matplotlib.pyplot as plt

from sklearn_abmtl import ABMTLClassifier
from sklearn_abmtl.datasets import make_digit_pairs

mpl.use("Agg")

N_TASKS = [1, 2, 8, 9, 40]  # up to eight have a colour each


def close_figures():
    plt.close("all")


@cache
def trained():
    """Return a classifier of pictures, trained for two epochs, with its X and y."""
    X, y = make_digit_pairs(80, random_state=0)
    classifier = ABMTLClassifier(
        input_shape=(1, 8, 16), max_epochs=2, early_stopping=True, random_state=0
    )
    return classifier.fit(X, y), X, y


def task_names(n_tasks):
    return [f"label {task}" for task in range(n_tasks)]


def titles(display):
    return [axis.get_title() for axis in display.axes_.flat if axis.axison]


def legend_of(axis):
    return [text.get_text() for text in axis.get_legend().get_texts()]


def row_names(axis):
    return [label.get_text() for label in axis.get_yticklabels()]


def overlapping(texts, figure):
    """Return pairs of texts that lie over each other, once drawn."""
    renderer = figure.canvas.get_renderer()
    if figure.stale:  # else it is drawn as it is
        figure.draw(renderer)
    shown = [text for text in texts if text.get_text() and text.get_visible()]
    boxes = [text.get_window_extent(renderer) for text in shown]
    return [
        (shown[first].get_text(), shown[second].get_text())
        for first in range(len(boxes))
        for second in range(first)
        if boxes[first].overlaps(boxes[second])
    ]
