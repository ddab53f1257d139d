"""Bad input gets an error that names the argument, the rule and what was found."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
import torch
from samples import frame, quick, table
from sklearn.exceptions import NotFittedError

from sklearn_abmtl import ABMTLClassifier, MLPEncoder, TaskAttention, TaskClassifier, VGGEncoder
from sklearn_abmtl.losses import DWA

X, CODES = table()
IMAGES = X[:, :4].reshape(60, 1, 2, 2)


def changed(array, row, column, value):
    copy = array.astype(float)
    copy[row, column] = value
    return copy


BAD_DATA = {
    "X without values": (X[:, :, None][:, :, :0], CODES, r"must hold values; .* \(5, 0\)"),
    "1-d X": (X[:, 0], CODES, "Expected 2D array, got 1D array"),
    "X with NaN": (changed(X, 3, 1, np.nan), CODES, "Input X contains NaN"),
    "X with inf": (changed(X, 3, 1, np.inf), CODES, "Input X contains infinity"),
    "X beyond float32": (changed(X, 3, 1, 1e300), CODES, "too large for dtype"),
    "X of strings": (np.full((60, 2), "a"), CODES, "could not convert string to float"),
    "X with 4 axes a sample": (X.reshape(60, 1, 1, 5, 1), CODES, r"1 \(table\), 2 \(sequence\)"),
    "no rows": (X[:0], CODES[:0], "Found array with 0 sample"),
    "fewer labels": (X, CODES[:50], r"inconsistent numbers of samples: \[60, 50\]"),
    "no y": (X, None, "requires y to be passed, but the target y is None"),
    "y with inf": (X, changed(CODES, 0, 1, np.inf), "Input y contains infinity.*'task_1'"),
    "y all NaN": (X, np.full(60, np.nan), "no label for task 'y'"),
    "a task without labels": (X, changed(CODES, slice(None), 2, np.nan), "for task 'task_2'"),
    "continuous y": (X, X[:, 0], "Unknown label type: continuous"),
    "a continuous task": (
        X,
        np.column_stack([CODES[:, 0], X[:, 0]]),
        r"Unknown label type: continuous.* Found in y of task 'task_1'\.",
    ),
    "3-d y": (X, CODES[:, :, None], r"\(n_samples, n_tasks\), found an array of shape"),
    "y without tasks": (X, CODES[:, :0], "at least one task"),
    "ragged y": (X, [[0, 1]] * 59 + [[0]], "must be rectangular"),
    "sparse y": (X, scipy.sparse.csr_array(CODES), r"use y.toarray\(\)"),
    "mixed types in a task": (
        X,
        frame(CODES).assign(color=lambda f: f["color"].replace("red", 3)),
        "task 'color' mixes labels of the types int, str",
    ),
    "a scalar y": (X, 3, "found an array of shape"),
}

BAD_WEIGHTS = {
    "negative": (-np.ones(60), "finite and not negative"),
    "NaN": (np.full(60, np.nan), "finite and not negative"),
    "all zero": (np.zeros(60), "sample_weight is zero for all rows"),
    "zero for one task": (np.repeat([[1, 0, 1]], 60, 0), "no label for task 'task_1'"),
    "of another length": (np.ones(50), r"shape \(60,\) or \(60, 3\); found \(50,\)"),
    "of another number of tasks": (np.ones((60, 2)), r"found \(60, 2\)"),
}

BAD_PARAMETERS = {
    "encoder name": ({"encoder": "transformer"}, "encoder must be one of .*'vgg'.*'transformer'"),
    "encoder class": ({"encoder": VGGEncoder}, "an object with a build method"),
    "encoder of images for a table": ({"encoder": "vgg"}, "n_channels, height, width.*set input"),
    "decoder name": ({"decoder": "lstm"}, "decoder must be one of .*'bilstm'.*None"),
    "attention": ({"attention": None}, "attention must be one of"),
    "attention heads": ({"attention": TaskAttention(n_heads=7)}, "n_heads must divide d_model"),
    "width": ({"encoder": MLPEncoder(width=0)}, "MLPEncoder: width must be an integer of at lea"),
    "dropout": ({"task_classifier": TaskClassifier(dropout=1.0)}, r"dropout .* \[0, 1\)"),
    "sharing": ({"sharing": "some"}, "The 'sharing' parameter"),
    "input_shape": ({"input_shape": (1, 2, 3)}, r"holds 6 values; .*\(5,\), 5 values"),
    "input_shape of no integers": ({"input_shape": (1, 2.5)}, "1 to 3 positive integers"),
    "categorical_features": ({"categorical_features": "all"}, "The 'categorical_features' param"),
    "handle_missing": ({"handle_missing": "drop"}, "The 'handle_missing' parameter"),
    "n_bins": ({"n_bins": 0}, "The 'n_bins' parameter"),
    "loss": ({"losses": "hinge"}, "losses of task 'task_0' must be one of .*'hinge'"),
    "number of losses": ({"losses": ["auto"]}, "losses must hold one value a task, 3"),
    "task of a loss": ({"losses": {"size": "auto"}}, r"losses names unknown tasks: \['size'\]"),
    "loss weight of zero": ({"loss_weights": [1, 0, 1]}, "loss_weights of task 'task_1' .* > 0"),
    "number of loss weights": ({"loss_weights": [1, 2]}, "loss_weights must hold one value a task"),
    "name of a loss weighting": (
        {"loss_weights": "even"},
        "loss_weights must be None, one number a task, .*'dwa'.* found 'even'",
    ),
    "class of a loss weighting": ({"loss_weights": DWA}, "loss_weights must be None.*DWA"),
    "temperature": ({"loss_weights": DWA(temperature=0)}, "DWA: temperature must be a number > 0"),
    "gradients of what is not shared": (
        {"loss_weights": "upgrad", "sharing": "soft"},
        "loss_weights that combine gradients need an encoder that the tasks share; .*'soft'",
    ),
    "negative loss weight": ({"loss_weights": {"task_2": -1}}, "loss_weights of task 'task_2'"),
    "class weight": ({"class_weight": ["even", None, None]}, "class_weight of task 'task_0'"),
    "class of a weight": ({"class_weight": {"task_0": {9: 1}}}, r"not among its classes: \[9\]"),
    "negative class weight": ({"class_weight": {"task_0": {0: -1}}}, "numbers >= 0"),
    "lr": ({"lr": 0}, "The 'lr' parameter"),
    "max_epochs": ({"max_epochs": 0}, "The 'max_epochs' parameter"),
    "batch_size": ({"batch_size": "big"}, "The 'batch_size' parameter"),
    "dtype": ({"dtype": "float16"}, "The 'dtype' parameter"),
    "label_smoothing": ({"label_smoothing": 1.0}, "The 'label_smoothing' parameter"),
    "device": ({"device": "abacus"}, "device must be 'auto' or a device of torch"),
    "validation of everything": (
        {"early_stopping": True, "validation_fraction": 0.999},
        "leaves nothing to train on",
    ),
}


def assert_unfitted(classifier):
    with pytest.raises(NotFittedError):
        classifier.predict(X)
    assert not [name for name in vars(classifier) if name.endswith("_")]


@pytest.mark.parametrize("case", BAD_DATA)
def test_bad_data(case):
    features, y, message = BAD_DATA[case]
    classifier = quick()
    with pytest.raises(ValueError, match=message):
        classifier.fit(features, y)
    assert_unfitted(classifier)


@pytest.mark.parametrize("case", BAD_WEIGHTS)
def test_bad_weights(case):
    weight, message = BAD_WEIGHTS[case]
    classifier = quick()
    with pytest.raises(ValueError, match=message):
        classifier.fit(X, CODES, sample_weight=weight)
    assert_unfitted(classifier)


@pytest.mark.parametrize("case", BAD_PARAMETERS)
def test_bad_parameters(case):
    parameters, message = BAD_PARAMETERS[case]
    classifier = quick(**parameters)
    with pytest.raises(ValueError, match=message):
        classifier.fit(X, CODES)
    assert_unfitted(classifier)


def test_sparse_X():
    with pytest.raises(TypeError, match=r"[Ss]parse"):
        quick().fit(scipy.sparse.csr_array(X), CODES)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (VGGEncoder(n_stages=4), "n_stages=4 needs images of at least 16 pixels a side"),
        (VGGEncoder(n_stages=1, n_layers=(2, 2)), r"one a stage \(1 stages\); found \(2, 2\)"),
        (
            MLPEncoder(),
            r"MLPEncoder takes samples of shape \(n_features,\); found .* \(1, 2, 2\)",
        ),
    ],
)
def test_encoders_that_do_not_fit_the_images(spec, message):
    with pytest.raises(ValueError, match=message):
        quick(encoder=spec).fit(IMAGES, CODES)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_where_there_is_none():
    with pytest.raises(ValueError, match="device='cuda' needs CUDA"):
        quick(device="cuda").fit(X, CODES)


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (X[:, :4], "X has 4 features, but ABMTLClassifier is expecting 5 features"),
        (X.reshape(60, 5, 1), r"samples of shape \(5, 1\), but ABMTLClassifier was fitted"),
        (X.reshape(60, 1, 5), r"samples of shape \(1, 5\), but ABMTLClassifier was fitted"),
        (changed(X, 0, 0, np.nan), "Input X contains NaN"),
    ],
)
def test_prediction_asks_for_the_features_of_fit(features, message):
    classifier = quick().fit(X, CODES)
    for method in (classifier.predict, classifier.predict_proba, classifier.task_attention):
        with pytest.raises(ValueError, match=message):
            method(features)


def test_names_of_features_and_tasks_must_be_those_of_fit():
    named = frame(CODES)
    classifier = quick().fit(X, named)
    with pytest.raises(ValueError, match="name the tasks as in fit"):
        classifier.set_params(warm_start=True).fit(X, named[["size", "color", "shape"]])
    with pytest.raises(ValueError, match=r"the tasks of fit, \['color', 'size', 'shape'\]"):
        classifier.fit(X, named[["size", "color"]])


def test_validation_rows_must_fit():
    with pytest.raises(ValueError, match="passed together"):
        quick().fit(X, CODES, X_val=X)
    with pytest.raises(ValueError, match="no known label; early stopping"):
        quick().fit(X, CODES, X_val=X, y_val=np.full(CODES.shape, np.nan))
    with pytest.raises(ValueError, match=r"task 'task_0' has labels .*: \[5\]"):
        quick().fit(X, CODES, X_val=X, y_val=CODES + [[5, 0, 0]] * (CODES == 0)[:, :1])
    with pytest.raises(ValueError, match="X has 4 features"):
        quick().fit(X, CODES, X_val=X[:, :4], y_val=CODES)
    with pytest.raises(ValueError, match="This was of the validation rows: X_val, y_val"):
        quick().fit(X, CODES, X_val=X, y_val=CODES[:, :2])


def test_partial_fit_needs_classes_at_first():
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        quick().partial_fit(X, CODES)
    with pytest.raises(ValueError, match="one array a task, 3 for this y; found 2"):
        quick().partial_fit(X, CODES, classes=[[0, 1, 2], [0, 1]])
    with pytest.raises(ValueError, match=r"task 'task_0' has labels .*: \[2\]"):
        quick().partial_fit(X, CODES, classes=[[0, 1], [0, 1], [0, 1, 2, 3]])
    classes = [[0, 1, 2], [0, 1], [0, 1, 2, 3]]
    classifier = quick().partial_fit(X, CODES, classes=classes)
    with pytest.raises(ValueError, match="classes must be those of the first call"):
        classifier.partial_fit(X, CODES, classes=[[0, 1, 2], [0, 1], [0, 1, 2]])
    with pytest.raises(ValueError, match="no known label, so there is nothing to learn"):
        classifier.partial_fit(X, np.full(CODES.shape, np.nan))
    for balanced in ("balanced", [None, "balanced", None], {"task_1": "balanced"}):
        with pytest.raises(ValueError, match="'balanced' does not go with partial_fit"):
            classifier.set_params(class_weight=balanced).partial_fit(X, CODES)


def test_offsets_that_float32_cannot_resolve_are_warned_of():
    far = X + np.array([0, 1e7, 0, 0, 0])
    with pytest.warns(UserWarning, match=r"channels \[1\]\); float32 cannot tell"):
        quick().fit(far, CODES)
    quick(dtype="float64").fit(far, CODES)
    quick().fit(np.where([0, 1, 0, 0, 0], 1e7, X), CODES)  # a constant has nothing to tell


def test_what_a_network_lacks_cannot_be_asked_of_it():
    classifier = quick().fit(X, CODES)
    with pytest.raises(ValueError, match="reconstruct needs a decoder"):
        classifier.reconstruct(X)
    with pytest.raises(ValueError, match=r"one of \('encoder',\); found 'decoder'"):
        classifier.task_attention(X, branch="decoder")
    with pytest.raises(NotFittedError):
        ABMTLClassifier().reconstruct(X)
