"""Samples beside what the decoder makes of them."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import close_figures, trained
from sklearn.ensemble import RandomForestClassifier

from sklearn_abmtl import ABMTLClassifier
from sklearn_abmtl.inspection import ReconstructionDisplay

teardown_function = close_figures

SHAPES = {"table": (6,), "sequence": (7, 2), "grey": (1, 4, 5), "colored": (3, 4, 5)}


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("n_samples", [1, 4])
def test_a_column_holds_input_and_reconstruction_on_one_scale(kind, n_samples):
    samples = np.random.default_rng(0).normal(size=(n_samples, *SHAPES[kind]))
    display = ReconstructionDisplay(samples, samples / 2).plot()
    assert display.axes_.shape == (2, n_samples)
    assert [axis.get_ylabel() for axis in display.axes_[:, 0]] == ["input", "decoded"]
    for above, below in display.axes_.T:
        assert above.get_ylim() == below.get_ylim()
        assert [image.get_clim() for image in above.images + below.images] in ([], [(0, 1)] * 2)


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
