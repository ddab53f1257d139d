"""Axes of samples: images with channels first or last, grey images, sequences, flat rows."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import onnxruntime
import pytest
import torch
from samples import Items, quick

from sklearn_abmtl import (
    BackboneEncoder,
    RecurrentEncoder,
    TaskRepresentation,
    VGGEncoder,
    export_onnx,
    load_model,
    save_model,
    to_torch_program,
)
from sklearn_abmtl._data.sample_layout import choose_layout
from sklearn_abmtl.inspection import ReconstructionDisplay, TaskAttentionDisplay

GENERATOR = np.random.default_rng(0)
LAST = GENERATOR.integers(0, 200, size=(40, 8, 12, 3)).astype(np.uint8)
FIRST = np.ascontiguousarray(LAST.transpose(0, 3, 1, 2))
Y = GENERATOR.integers(0, 2, size=(40, 2))
VGG = {"encoder": VGGEncoder(width=2, d_shared=8), "max_epochs": 2}
SEQUENCES = GENERATOR.normal(size=(40, 9, 4)).astype(np.float32)
LSTM = {"encoder": RecurrentEncoder(width=4), "max_epochs": 1}


def read(shape, *, input_shape=None, channels="auto", is_bytes=False):
    layout = choose_layout(shape, input_shape=input_shape, channels=channels, is_bytes=is_bytes)
    return layout.describe(), layout.network_shape


FIRST_AXES = "(n_channels, height, width)"
LAST_AXES = "(height, width, n_channels)"
STEPS = "(n_steps, n_channels)"


@pytest.mark.parametrize(
    ("shape", "axes", "network_shape"),
    [
        ((28, 30, 3), LAST_AXES, (3, 28, 30)),
        ((28, 30, 1), LAST_AXES, (1, 28, 30)),
        ((28, 30, 4), LAST_AXES, (4, 28, 30)),
        ((2, 30, 3), LAST_AXES, (3, 2, 30)),
        ((3, 28, 30), FIRST_AXES, (3, 28, 30)),
        ((1, 8, 16), FIRST_AXES, (1, 8, 16)),
        ((12, 64, 64), FIRST_AXES, (12, 64, 64)),
        ((256, 7, 7), FIRST_AXES, (256, 7, 7)),
        ((6, 3), STEPS, (6, 3)),
        ((200, 7), STEPS, (200, 7)),
        ((128, 9), STEPS, (128, 9)),
        ((5,), "(n_features,)", (5,)),
    ],
)
def test_axes_that_have_one_reading(shape, axes, network_shape):
    assert read(shape) == (axes, network_shape)


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((3, 32, 3), FIRST_AXES),
        ((1, 9, 4), FIRST_AXES),
        ((64, 64, 12), FIRST_AXES),
        ((100, 20, 12), FIRST_AXES),
        ((28, 28), "(n_channels, height, width)"),
        ((12, 24), "(n_channels, height, width)"),
        ((12, 30), STEPS),
        ((32, 8), STEPS),
    ],
)
def test_axes_that_have_two_readings_are_warned_of(shape, axes):
    with pytest.warns(UserWarning, match="channels='last'") as caught:
        assert read(shape)[0] == axes
    assert len(caught) == 1
    for channels in ("first", "last"):
        read(shape, channels=channels)  # without a warning
    if len(shape) == 2:
        assert f"input_shape=(1, {shape[0]}, {shape[1]})" in str(caught[0].message)
        assert read(shape, input_shape=(1, *shape)) == (FIRST_AXES, (1, *shape))


def test_bytes_of_two_axes_are_grey_images():
    assert read((28, 28), is_bytes=True) == (FIRST_AXES, (1, 28, 28))
    assert read((8, 80), is_bytes=True) == (FIRST_AXES, (1, 8, 80))
    assert read((80, 7), is_bytes=True) == (STEPS, (80, 7))


@pytest.mark.parametrize(
    ("shape", "parameters", "expected"),
    [
        ((9, 4), {"channels": "last"}, (STEPS, (9, 4))),
        ((4, 9), {"channels": "first"}, ("(n_channels, n_steps)", (9, 4))),
        ((28, 28), {"channels": "last", "is_bytes": True}, (STEPS, (28, 28))),
        ((36,), {"channels": "first", "input_shape": (4, 9)}, ("(n_channels, n_steps)", (9, 4))),
        ((36,), {"input_shape": (9, 4)}, (STEPS, (9, 4))),
        ((3072,), {"input_shape": (32, 32, 3)}, (LAST_AXES, (3, 32, 32))),
        ((3072,), {"input_shape": (3, 32, 32)}, (FIRST_AXES, (3, 32, 32))),
        ((3072,), {"input_shape": (3, 32, 32), "channels": "last"}, (LAST_AXES, (32, 3, 32))),
        ((28, 28), {"input_shape": (28, 28, 1)}, (LAST_AXES, (1, 28, 28))),
        ((28, 28), {"input_shape": (28, 28, 1), "channels": "last"}, (LAST_AXES, (1, 28, 28))),
        ((9, 4), {"input_shape": (1, 9, 4)}, (FIRST_AXES, (1, 9, 4))),
        ((5, 8, 8), {"input_shape": (5, 8, 8)}, (FIRST_AXES, (5, 8, 8))),
    ],
)
def test_channels_and_input_shape(shape, parameters, expected):
    assert read(shape, **parameters) == expected


@pytest.mark.parametrize(
    ("shape", "parameters"),
    [
        ((16, 16, 3), {"input_shape": (3, 16, 16)}),
        ((3, 16, 16), {"input_shape": (16, 16, 3), "channels": "last"}),
        ((16, 16, 3), {"input_shape": (768,)}),
        ((16, 16, 3), {"input_shape": (16, 48)}),
        ((16, 48), {"input_shape": (3, 16, 16)}),
        ((16, 4), {"input_shape": (4, 16)}),
        ((16, 16), {"input_shape": (1, 16, 16), "channels": "last"}),
        ((1, 1, 5, 1), {"input_shape": (5,)}),
    ],
)
def test_input_shape_never_reorders_axes(shape, parameters):
    with pytest.raises(ValueError, match="input_shape"):
        read(shape, **parameters)


def test_a_refused_shape_leaves_the_estimator_as_it_was():
    classifier = quick(input_shape=(3, 8, 12), **VGG)
    with pytest.raises(ValueError, match=r"input_shape=\(3, 8, 12\) would give .* another order"):
        classifier.fit(LAST, Y)
    assert not [name for name in vars(classifier) if name.endswith("_")]


FITS = {  # parameters and X: all of the same pictures
    "channels last": ({}, LAST),
    "channels='last'": ({"channels": "last"}, LAST),
    "flat, last": ({"input_shape": (8, 12, 3)}, LAST.reshape(40, -1)),
    "flat, first": ({"input_shape": (3, 8, 12)}, FIRST.reshape(40, -1)),
    "torch": ({}, torch.from_numpy(LAST)),
    "list": ({}, list(LAST)),
    "data set": ({}, Items(LAST)),
}


def assert_equal_probabilities(found, expected, X, X_expected):
    answers = zip(found.predict_proba(X), expected.predict_proba(X_expected), strict=True)
    for p, q in answers:
        np.testing.assert_allclose(p, q, atol=1e-5)


@pytest.mark.parametrize("name", FITS)
def test_pictures_are_the_same_in_every_layout(name):
    parameters, X = FITS[name]
    expected = quick(**VGG).fit(FIRST, Y)
    found = quick(**VGG).set_params(**parameters).fit(X, Y)
    assert_equal_probabilities(found, expected, X, FIRST)
    np.testing.assert_allclose(
        found.task_attention(X), expected.task_attention(FIRST), rtol=1e-3, atol=1e-5
    )
    whole = np.asarray(X) if name != "data set" else LAST
    reconstructed = found.reconstruct(X)
    assert reconstructed.shape == whole.shape
    in_order = expected.reconstruct(FIRST)
    if name != "flat, first":
        in_order = in_order.transpose(0, 2, 3, 1)
    np.testing.assert_allclose(reconstructed, in_order.reshape(whole.shape), atol=0.05)


@pytest.mark.parametrize("X", [LAST[..., 0], LAST[..., :1], LAST[..., 0].tolist()])
def test_grey_images(X):
    expected = quick(**VGG).fit(FIRST[:, :1], Y)
    parameters = {"input_shape": (1, 8, 12)} if isinstance(X, list) else {}
    found = quick(**VGG).set_params(**parameters).fit(X, Y)
    assert_equal_probabilities(found, expected, X, FIRST[:, :1])
    assert found.reconstruct(X).shape == np.shape(X)
    assert found.task_attention(X).shape == (40, 2, 8, 12)


def test_numbers_of_nearly_square_samples_are_grey_images_with_a_warning():
    X = LAST[..., 0].astype(float)
    with pytest.warns(UserWarning, match=r"read as grey images .* channels='last'") as caught:
        classifier = quick(**VGG).fit(X, Y)
    assert [warning.filename for warning in caught] == [__file__]
    classifier.predict(X)  # is not warned of again


def test_sequences_with_channels_first():
    expected = quick(**LSTM).fit(SEQUENCES, Y)
    X = np.ascontiguousarray(SEQUENCES.transpose(0, 2, 1))
    found = quick(channels="first", **LSTM).fit(X, Y)
    assert_equal_probabilities(found, expected, X, SEQUENCES)
    assert found.task_attention(X).shape == (40, 2, 9)
    np.testing.assert_allclose(
        found.reconstruct(X), expected.reconstruct(SEQUENCES).transpose(0, 2, 1), atol=1e-4
    )


def test_large_pictures_are_neither_copied_nor_converted():
    layout = choose_layout((8, 12, 3), input_shape=None, channels="auto", is_bytes=True)
    arranged = layout.arrange(LAST)
    assert np.shares_memory(arranged, LAST)
    assert arranged.dtype == np.uint8
    np.testing.assert_array_equal(arranged, FIRST)
    np.testing.assert_array_equal(layout.restore(arranged), LAST)


@pytest.mark.parametrize("X", [LAST, LAST.reshape(40, -1)])
def test_files_and_exports_read_the_layout_of_fit(X, tmp_path):
    classifier = quick(input_shape=(8, 12, 3) if X.ndim == 2 else None, **VGG).fit(X, Y)
    expected = classifier.predict_proba(X)
    save_model(classifier, tmp_path / "model")
    export_onnx(classifier, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    numbers = X.astype(np.float32)
    program = to_torch_program(classifier).module()
    answers = {
        "pickle": pickle.loads(pickle.dumps(classifier)).predict_proba(X),
        "file": load_model(tmp_path / "model").predict_proba(X),
        "onnx": session.run(None, {"X": numbers}),
        "torch": [p.numpy() for p in program(torch.from_numpy(numbers))],
    }
    for name, found in answers.items():
        for p, q in zip(found, expected, strict=True):
            np.testing.assert_allclose(p, q, atol=1e-5, err_msg=name)
    card = (tmp_path / "model" / "README.md").read_text(encoding="utf-8")
    read_as = r"read as (height, width, n_channels) of the shape \(8, 12, 3\)."
    assert read_as in " ".join(card.split())


def test_rows_in_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr("sklearn_abmtl._data.stored_rows.READ_BYTES", 0)
    np.save(tmp_path / "X.npy", LAST)
    stored = np.load(tmp_path / "X.npy", mmap_mode="r")
    expected = quick(**VGG).fit(FIRST, Y)
    found = quick(**VGG).fit(stored, Y, X_val=stored[:9], y_val=Y[:9])
    assert_equal_probabilities(found, quick(**VGG).fit(FIRST, Y, X_val=FIRST[:9], y_val=Y[:9]),
                               stored, FIRST)  # fmt: skip
    assert found.predict(stored).shape == expected.predict(FIRST).shape


def test_fits_that_continue():
    classes = [[0, 1], [0, 1]]
    found, expected = (
        quick(warm_start=True, **VGG).partial_fit(X, Y, classes).partial_fit(X, Y).fit(X, Y)
        for X in (LAST, FIRST)
    )
    assert_equal_probabilities(found, expected, LAST, FIRST)
    with pytest.raises(ValueError, match=r"samples of shape \(3, 8, 12\), but .* \(8, 12, 3\)"):
        found.partial_fit(FIRST, Y)


def test_backbones_get_channels_first():
    backbone = torch.nn.Conv2d(3, 4, kernel_size=4, stride=4)
    found, expected = (
        quick(encoder=BackboneEncoder(backbone, freeze=True, d_shared=8)).fit(X, Y)
        for X in (LAST, FIRST)
    )
    assert_equal_probabilities(found, expected, LAST, FIRST)


def test_displays_show_pictures_upright():
    classifier = quick(**VGG).fit(LAST, Y)
    attention = TaskAttentionDisplay.from_estimator(classifier, LAST[:2])
    np.testing.assert_array_equal(attention.samples, FIRST[:2])
    shown = ReconstructionDisplay.from_estimator(classifier, LAST, n_samples=2)
    np.testing.assert_array_equal(shown.samples, FIRST[:2])
    np.testing.assert_allclose(
        shown.reconstructions, classifier.reconstruct(LAST[:2]).transpose(0, 3, 1, 2)
    )


def test_what_is_built_on_a_classifier_reads_its_layout():
    represent = TaskRepresentation(quick(**VGG)).fit(LAST, Y)
    assert len(represent.transform(LAST)) == 40
    view = quick(**VGG).fit(LAST, Y).task(0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert view.predict(LAST).shape == (40,)
