"""Finite inputs get finite predictions, even far from the training rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from samples import quick, table

from sklearn_abmtl import (
    FeatureTokenEncoder,
    SingleTask,
    VGGEncoder,
    calibrate,
    export_onnx,
    to_torch_program,
)
from sklearn_abmtl.nn import ATTENTIONS
from sklearn_abmtl.nn.input_layers.number_curves import NumberCurves

pytestmark = pytest.mark.filterwarnings("ignore:X has another scale")

X, CODES = table(64)
GENERATOR = np.random.default_rng(0)
FACTORS = {"float32": (1e6, 1e12, 1e20, 1e37), "float64": (1e6, 1e37, 1e300)}
WIDE = X.copy()
WIDE[:, 1] = 5.0  # constant, so that its scale is 1
WIDE[:, 2] = 10.0 ** GENERATOR.uniform(-30, 10, len(X))  # bins of which float32 has no slope
OUTLIERS = X.copy()
OUTLIERS[0, 0], OUTLIERS[1, 1] = 3e38, -3e38
SMALL = VGGEncoder(width=4, d_shared=8)
BY_FEATURE = FeatureTokenEncoder(d_model=4, d_shared=8)
SEQUENCES = GENERATOR.normal(size=(64, 7, 2))
IMAGES = GENERATOR.normal(size=(64, 2, 9, 8))

CASES = {
    "default": ({}, X),
    **{attention: ({"encoder": BY_FEATURE, "attention": attention}, X) for attention in ATTENTIONS},
    "one against the rest": ({"losses": "binary_cross_entropy"}, X),
    "soft sharing, members": ({"sharing": "soft", "n_members": 2, "decoder": "mlp"}, X),
    "float64": ({"dtype": "float64"}, X),
    "bins": ({"n_bins": 8, "handle_missing": "indicator"}, X),
    "bins in float64": ({"n_bins": 8, "dtype": "float64"}, X),
    "features of 1e-30": ({"n_bins": 8}, 1e-30 * X),
    "features of 1e-40": ({"n_bins": 8}, 1e-40 * X),
    "features of 1e-300": ({"n_bins": 8, "dtype": "float64"}, 1e-300 * X),
    "features of 1e36": ({"n_bins": 8}, 1e36 * X),
    "constant, narrow bins": ({"n_bins": 16}, WIDE),
    "outliers in fit": ({"n_bins": 16, "decoder": "mlp"}, OUTLIERS),
    "sequences": ({"encoder": "recurrent"}, SEQUENCES),
    "images": ({"encoder": SMALL}, IMAGES),
    "images, soft sharing": ({"encoder": SMALL, "decoder": "conv", "sharing": "soft"}, IMAGES),
}


def learn(parameters, rows):
    """Fit with task weights that hold for any labels: what ``given`` needs."""
    classifier = quick(lr=0.05).set_params(**parameters).fit(rows, CODES)
    matrix = classifier.net_.module_.aggregator.task_matrix
    n_tasks, max_classes = matrix.bias.shape
    generator = torch.Generator().manual_seed(0)
    matrix.inverse_temperature = torch.linspace(0.5, 2, n_tasks).double().unsqueeze(1)
    matrix.bias = torch.randn(n_tasks, max_classes, generator=generator).double()
    matrix.reading = torch.randn(n_tasks, max_classes, 3, generator=generator).double()
    matrix.writing = torch.randn(n_tasks, 3, max_classes, generator=generator).double()
    return classifier


def far_rows(rows, factor, dtype):
    """Return the rows so many times as large, within the range of the dtype."""
    largest = float(np.finfo(dtype).max)
    with np.errstate(over="ignore"):
        return np.clip(rows * factor, -largest, largest)


def assert_probabilities(probabilities, classes):
    for p, own in zip(probabilities, classes, strict=True):
        assert p.shape[1] == len(own)
        assert np.isfinite(p).all()
        np.testing.assert_allclose(p.sum(1), 1, rtol=1e-5)


def assert_labels(predicted, classes):
    for labels, own in zip(predicted.T, classes, strict=True):
        assert np.isin(labels, own).all()


@pytest.mark.parametrize("case", CASES)
def test_answers_are_finite_however_far_the_rows_are(case):
    parameters, rows = CASES[case]
    classifier = learn(parameters, rows)
    assert np.isfinite([row["train_loss"] for row in classifier.history_]).all()
    given = np.where(np.arange(3) == 1, CODES, np.nan)
    classes = classifier.classes_
    for factor in FACTORS[classifier.dtype]:
        far = far_rows(rows, factor, classifier.dtype)
        assert_probabilities(classifier.predict_proba(far), classes)
        assert_probabilities(classifier.predict_proba(far, given=given), classes)
        assert_labels(classifier.predict(far), classes)
        assert_labels(classifier.predict(far, given=given), classes)
        assert_labels(classifier.predict_joint(far), classes)
        attention = classifier.task_attention(far)
        np.testing.assert_allclose(attention.reshape(64, 3, -1).sum(2), 1, rtol=1e-5)
        assert np.isfinite(classifier.task_representations(far)).all()
        if len(classifier.net_.module_.grids) > 1:
            assert np.isfinite(classifier.reconstruct(far)).all()


def test_wrappers_give_probabilities_too():
    classifier = quick(lr=0.05).fit(X, CODES)
    single = SingleTask(quick(lr=0.05)).fit(X, CODES[:, 0], aux_y=CODES[:, 1:])
    calibrated = [calibrate(classifier, X, CODES, method) for method in ("sigmoid", "isotonic")]
    for far in (1e8 * X, 1e36 * X):
        for fitted in calibrated:
            assert_probabilities(fitted.predict_proba(far), classifier.classes_)
            assert_labels(fitted.predict(far), classifier.classes_)
        for fitted in (single, classifier.task(0)):
            assert_probabilities([fitted.predict_proba(far)], [fitted.classes_])
            assert np.isin(fitted.predict(far), fitted.classes_).all()


def test_rows_that_are_far_beside_categories_and_missing_numbers():
    frame = pd.DataFrame(X[:, :3], columns=["a", "b", "c"]).assign(
        d=pd.Categorical(np.array(["u", "v"])[CODES[:, 1]])
    )
    classifier = quick(handle_missing="indicator", n_bins=4).fit(frame, CODES)
    far = frame.assign(a=frame.a * 1e37, b=np.where(frame.b > 0, np.nan, 3e38))
    assert_probabilities(classifier.predict_proba(far), classifier.classes_)


@pytest.mark.parametrize("case", ["bins", "features of 1e-300", "images"])
def test_exported_networks_agree_on_far_rows(case, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    parameters, rows = CASES[case]
    classifier = quick(lr=0.05).set_params(**parameters).fit(rows, CODES)
    export_onnx(classifier, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(
        tmp_path / "model.onnx", providers=["CPUExecutionProvider"]
    )
    program = to_torch_program(classifier).module()
    for factor in (1.0, 1e8, 1e37):
        far = far_rows(rows, factor, "float32").astype(np.float32)
        if classifier.handle_missing == "indicator":
            far[0, 0] = np.nan
        expected = classifier.predict_proba(far)
        for found in (
            session.run(None, {"X": far}),
            [p.numpy() for p in program(torch.tensor(far, dtype=getattr(torch, classifier.dtype)))],
        ):
            assert_probabilities(found, classifier.classes_)
            for ours, theirs in zip(found, expected, strict=True):
                np.testing.assert_allclose(ours, theirs, atol=1e-4)


@pytest.mark.parametrize("losses", ["cross_entropy", "binary_cross_entropy"])
def test_classes_that_a_task_does_not_have_never_win(losses):
    classifier = quick(losses=losses).fit(X, CODES)
    loss = classifier.net_.criterion_
    logits = torch.full((1, 3, 4), -1e300, dtype=torch.float64)
    logits[:, ~loss.class_mask] = 1e300
    probabilities = loss.probabilities(logits)
    assert (probabilities[:, ~loss.class_mask] == 0).all()
    torch.testing.assert_close(probabilities.sum(2), torch.ones(1, 3).double())


def test_a_missing_number_is_the_mean_however_large_that_is():
    rows = np.c_[1e30 * (1 + X[:, 0]), X[:, 1:]]
    rows[::7, 0] = np.nan
    classifier = quick(handle_missing="indicator").fit(rows, CODES)
    scaled = classifier.net_.module_.input_layer(torch.tensor(rows[:1], dtype=torch.float32))
    assert scaled[0, 0] == 0


def test_a_bin_too_narrow_for_a_slope_counts_for_nothing():
    curves = NumberCurves(torch.tensor([[0.0, 1e-40, 1.0]]))
    curves.bends.data[:] = 1.0
    assert curves(torch.tensor([[0.0], [1e-40], [1e4]])).isfinite().all()


def test_squares_that_float64_cannot_hold_are_refused_before_the_training():
    classifier = quick(dtype="float64")
    far = X.copy()
    far[3, 1] = 1e200
    with pytest.raises(ValueError, match=r"squares float64 cannot hold \(columns .* \[1\]\)"):
        classifier.fit(far, CODES)
    assert not hasattr(classifier, "net_")


def test_what_float32_cannot_hold_is_refused_and_its_place_is_named():
    classifier = quick().fit(X, CODES)
    far = X.copy()
    far[3, 1] = 1e39
    with pytest.raises(
        ValueError,
        match=r"too large for dtype\('float32'\) in 1 of 5 columns, \[1\], first in row 3",
    ):
        classifier.predict(far)
