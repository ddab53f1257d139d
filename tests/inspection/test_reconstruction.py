"""Samples beside their reconstructions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from drawn import close_figures, legend_of, trained
from sklearn.ensemble import RandomForestClassifier

from sklearn_abmtl import ABMTLClassifier
from sklearn_abmtl.datasets import make_multitask_classification
from sklearn_abmtl.inspection import ReconstructionDisplay

teardown_function = close_figures

SHAPES = {"table": (6,), "sequence": (7, 2), "grey": (1, 4, 5), "colored": (3, 4, 5)}


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("n_samples", [1, 4])
def test_a_column_holds_input_and_reconstruction_on_one_scale(kind, n_samples):
    samples = np.random.default_rng(0).normal(size=(n_samples, *SHAPES[kind]))
    display = ReconstructionDisplay(samples, samples / 2).plot()
    assert display.axes_.shape == (2, n_samples)
    assert [axis.get_ylabel() for axis in display.axes_[:, 0]] == ["input", "reconstruction"]
    for above, below in display.axes_.T:
        assert above.get_ylim() == below.get_ylim()
        assert [image.get_clim() for image in above.images + below.images] in ([], [(0, 1)] * 2)


@pytest.mark.parametrize("n_channels", [1, 8, 9])
def test_channels_have_a_colour_each_or_one_for_all(n_channels):
    sequences = np.random.default_rng(0).normal(size=(2, 5, n_channels))
    display = ReconstructionDisplay(sequences, sequences / 2).plot()
    named = [f"channel {channel}" for channel in range(n_channels)]
    last = display.axes_[0, -1]
    assert legend_of(last) == (named if n_channels <= 8 else ["9 channels"])
    colors = {line.get_color() for line in last.lines}
    assert len(colors) == (n_channels if n_channels <= 8 else 1)


def test_features_of_other_units_are_drawn_in_standard_deviations():
    X, y = make_multitask_classification(60, 4, n_classes=(2, 2), random_state=0)
    frame = pd.DataFrame(X * [1, 10, 1000, 0] + [0, 0, 5000, 7], columns=list("abcd"))
    frame.iloc[0, 0] = np.nan
    classifier = ABMTLClassifier(
        decoder="mlp", handle_missing="indicator", max_epochs=1, random_state=0
    ).fit(frame, y)
    display = ReconstructionDisplay.from_estimator(classifier, frame, n_samples=2)
    deviation = frame.std(ddof=0).replace(0, 1).to_numpy()
    expected = ((frame - frame.mean()) / deviation).to_numpy()[:2]
    for axis, features in zip(display.axes_[0], expected, strict=True):
        heights = [bar.get_height() for bar in axis.patches]
        np.testing.assert_allclose(heights, features, atol=1e-9)
    assert display.axes_[1, 0].get_ylabel() == "reconstruction\n(standard deviations)"
    names = [label.get_text() for label in display.axes_[1, 0].get_xticklabels()]
    assert names == list("abcd")
    alone = ReconstructionDisplay.from_estimator(classifier, frame[1:2]).axes_[0, 0]
    assert alone.get_ylabel() == "input"
    np.testing.assert_allclose([bar.get_height() for bar in alone.patches], frame.iloc[1])


def test_an_estimators_first_samples_are_drawn():
    classifier, X, _ = trained()
    display = ReconstructionDisplay.from_estimator(classifier, X, n_samples=3)
    assert display.axes_.shape == (2, 3)
    np.testing.assert_allclose(display.samples.reshape(3, -1), X[:3])
    expected = classifier.reconstruct(X[:3])
    np.testing.assert_allclose(display.reconstructions.reshape(3, -1), expected)


def test_other_arguments_are_refused():
    classifier, X, _ = trained()
    with pytest.raises(ValueError, match="n_samples must be at least 1; found 0"):
        ReconstructionDisplay.from_estimator(classifier, X, n_samples=0)
    forest = RandomForestClassifier(2).fit(X[:4], [0, 1, 0, 1])
    with pytest.raises(TypeError, match=r"estimator must have the method reconstruct.*Forest"):
        ReconstructionDisplay.from_estimator(forest, X)
    without = ABMTLClassifier(max_epochs=1).fit(X[:4], [0, 1, 0, 1])
    with pytest.raises(ValueError, match="reconstruct needs a decoder"):
        ReconstructionDisplay.from_estimator(without, X)
