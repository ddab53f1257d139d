"""The estimator's contract."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import warnings
from dataclasses import dataclass
from typing import ClassVar

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from samples import frame, quick, table
from sklearn.base import clone
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch.callbacks import (
    Callback,
    Checkpoint,
    EarlyStopping,
    TrainEndCheckpoint,
)
from torch import nn

from sklearn_abmtl import ABMTLClassifier, MLPEncoder, Spec, TaskClassifier, VGGEncoder
from sklearn_abmtl.metrics import task_accuracy_scores


def same_probabilities(a, b, X):
    pairs = zip(a.predict_proba(X), b.predict_proba(X), strict=True)
    return all(np.array_equal(p, q) for p, q in pairs)


def test_every_task_keeps_its_classes_and_types():
    X, codes = table()
    y = frame(codes)
    y.loc[::3, "color"] = None
    classifier = quick().fit(X, y)
    assert classifier.task_names_ == ["color", "size", "shape"]
    assert classifier.n_tasks_ == 3
    assert classifier.n_classes_ == [3, 2, 4]
    assert [c.dtype.kind for c in classifier.classes_] == ["O", "i", "O"]
    probabilities = classifier.predict_proba(X[:7])
    assert [p.shape for p in probabilities] == [(7, 3), (7, 2), (7, 4)]
    assert all(p.dtype == np.float64 for p in probabilities)
    np.testing.assert_allclose([p.sum(1) for p in probabilities], 1)
    predicted = classifier.predict(X)
    assert predicted.shape == (60, 3)
    assert predicted.dtype == object
    assert {type(label) for label in predicted[:, 1]} == {int}


def test_integer_tasks_give_integers_and_the_likeliest_class():
    X, codes = table()
    classifier = quick().fit(X, codes)
    predicted = classifier.predict(X)
    assert predicted.dtype == np.int64
    for task, p in enumerate(classifier.predict_proba(X)):
        np.testing.assert_array_equal(classifier.classes_[task][p.argmax(1)], predicted[:, task])


def test_one_task_is_an_ordinary_classifier():
    X, codes = table()
    classifier = quick().fit(X, frame(codes)["color"])
    assert classifier.classes_.tolist() == ["blue", "green", "red"]
    assert classifier.predict(X).shape == (60,)
    assert classifier.predict_proba(X).shape == (60, 3)
    assert classifier.n_classes_ == 3
    assert classifier.task_names_ == ["color"]


def test_a_single_column_is_one_task_with_scikit_learns_warning():
    X, codes = table()
    with pytest.warns(DataConversionWarning, match="column-vector y"):
        classifier = quick().fit(X, codes[:, :1])
    assert classifier.predict(X).shape == (60,)
    assert same_probabilities(classifier, quick().fit(X, codes[:, 0]), X)


def test_learns_what_can_be_learned():
    X, codes = table(600)
    X_test, codes_test = table(300, seed=1)
    classifier = ABMTLClassifier(random_state=0).fit(X, codes)
    assert classifier.score(X_test, codes_test) > 0.9
    assert classifier.history_[-1]["train_loss"] < 0.3


def test_equal_seeds_give_equal_networks_and_leave_no_trace():
    X, codes = table()
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    first, second = quick().fit(X, codes), quick().fit(X, codes)
    assert same_probabilities(first, second, X)
    assert not same_probabilities(first, quick(random_state=1).fit(X, codes), X)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads


def test_fit_changes_no_parameter():
    X, codes = table()
    classifier = ABMTLClassifier(max_epochs=1, callbacks=[("stop", EarlyStopping("train_loss"))])
    before = repr(classifier.get_params())
    classifier.fit(X, codes)
    assert repr(classifier.get_params()) == before
    assert not hasattr(classifier.callbacks[0][1], "best_epoch_")


def test_a_failed_fit_leaves_a_new_estimator_unfitted():
    X, codes = table()
    classifier = quick(losses="absolute")
    with pytest.raises(ValueError, match="losses of task 'task_0'"):
        classifier.fit(X, codes)
    with pytest.raises(NotFittedError):
        classifier.predict(X)
    assert not [name for name in vars(classifier) if name.endswith("_")]


def test_a_failed_fit_leaves_a_fitted_estimator_as_it_was():
    X, codes = table()
    classifier = quick().fit(X, codes)
    before = classifier.predict(X)
    with pytest.raises(ValueError, match="diverged"):
        classifier.set_params(lr=1e30, lr_schedule=None).fit(X[:, :2], codes[:, :2])
    assert classifier.n_features_in_ == 5
    np.testing.assert_array_equal(classifier.predict(X), before)


def test_score_is_the_mean_accuracy_on_known_labels():
    X, codes = table()
    y = codes.astype(float)
    y[:40, 1] = np.nan
    classifier = quick().fit(X, y)
    predicted = classifier.predict(X)
    expected = [(predicted[:, t] == codes[:, t]).mean() for t in (0, 2)]
    expected.append((predicted[40:, 1] == codes[40:, 1]).mean())
    assert classifier.score(X, y) == pytest.approx(np.mean(expected))
    with pytest.raises(ValueError, match="at least one known label"):
        classifier.score(X, np.full_like(y, np.nan))


def test_a_task_is_a_classifier_of_its_own():
    X, codes = table()
    y = frame(codes)
    classifier = quick().fit(X, y)
    view = classifier.task("size")
    np.testing.assert_array_equal(view.predict(X), classifier.predict(X)[:, 1].astype(int))
    np.testing.assert_array_equal(view.predict_proba(X), classifier.predict_proba(X)[1])
    assert 0.0 <= get_scorer("roc_auc")(classifier.task(1), X, y["size"] == 20) <= 1.0
    with pytest.raises(ValueError, match="colour"):
        classifier.task("colour")


def test_score_reads_tasks_by_name():
    X, codes = table()
    y = frame(codes)
    classifier = quick().fit(X, y)
    assert classifier.score(X, y.to_numpy()) == classifier.score(X, y)
    assert classifier.score(X, y[["shape", "color", "size"]]) == classifier.score(X, y)
    with pytest.raises(ValueError, match="name the tasks as in fit"):
        classifier.score(X, y.rename(columns={"color": "hue"}))


def test_rows_without_labels_change_nothing_without_a_decoder():
    X, codes = table()
    y = codes.astype(float)
    more_X = np.concatenate([X, X + 5])
    more_y = np.concatenate([y, np.full_like(y, np.nan)])
    assert same_probabilities(quick().fit(X, y), quick().fit(more_X, more_y), X)


def test_rows_without_labels_teach_the_decoder():
    generator = np.random.default_rng(0)
    X = generator.normal(size=(300, 2)) @ generator.normal(size=(2, 6))
    y = np.where(np.arange(300) < 10, X[:, 0] > 0, np.nan)
    parameters = {"decoder": "mlp", "reconstruction_weight": 1.0, "max_epochs": 20}
    errors = [
        np.square(classifier.reconstruct(X[10:]) - X[10:]).mean()
        for classifier in (quick(**parameters).fit(X, y), quick(**parameters).fit(X[:10], y[:10]))
    ]
    assert errors[0] < 0.5 * errors[1]


@pytest.mark.parametrize("shape", [(60,), (60, 3)])
def test_labels_of_weight_zero_are_as_if_they_were_not_there(shape):
    X, codes = table()
    weight = np.ones(shape)
    weight[40:] = 0
    poisoned = codes.copy()
    poisoned[40:] = 7
    weighted = quick().fit(X, poisoned, sample_weight=weight)
    assert same_probabilities(weighted, quick().fit(X[:40], codes[:40]), X)


def test_validation_rows_stop_training_and_the_best_epoch_comes_back():
    X, codes = table(200)
    X_val, codes_val = table(60, seed=1)
    classifier = quick(max_epochs=60, n_iter_no_change=2, lr=0.05, lr_schedule=None)
    classifier.fit(X, codes, X_val=X_val, y_val=codes_val)
    losses = [row["valid_loss"] for row in classifier.history_]
    assert len(losses) < 60
    assert len(losses) - 1 - int(np.argmin(losses)) == 2
    best = classifier.history_[int(np.argmin(losses))]
    classifier.net_.module_.aggregator.task_matrix.reset()  # the history knows no calibration
    accuracies = task_accuracy_scores(codes_val, classifier.predict(X_val))
    np.testing.assert_allclose(
        accuracies, [best[f"valid_accuracy_task_{task}"] for task in range(3)]
    )


def test_validation_fraction_sets_rows_aside():
    X, codes = table(100)
    row = quick(early_stopping=True, validation_fraction=0.2).fit(X, codes).history_[0]
    assert {"valid_loss", "valid_loss_task_2", "valid_accuracy_task_0"} <= set(row)
    assert "valid_loss" not in quick().fit(X, codes).history_[0]


def test_without_early_stopping_validation_is_only_recorded():
    X, codes = table()
    classifier = quick(early_stopping=False, n_iter_no_change=1, lr=1.0, max_epochs=8)
    classifier.fit(X, codes, X_val=X, y_val=codes)
    assert len(classifier.history_) == 8
    assert "valid_loss" in classifier.history_[0]


def test_history_has_a_row_an_epoch_with_every_task():
    X, codes = table()
    history = quick().fit(X, frame(codes)).history_
    assert [row["epoch"] for row in history] == [1, 2, 3]
    for row in history:
        tasks = [row[f"train_loss_{name}"] for name in ("color", "size", "shape")]
        assert row["train_loss"] == pytest.approx(np.mean(tasks))
        assert 0 <= row["train_accuracy_color"] <= 1
        assert row["dur"] > 0
    json.dumps(history)


def test_warm_start_goes_on():
    X, codes = table()
    classifier = quick(warm_start=True).fit(X, codes)
    first = classifier.history_[-1]["train_loss"]
    classifier.fit(X, codes)
    assert len(classifier.history_) == 6
    assert classifier.history_[-1]["train_loss"] < first
    with pytest.raises(ValueError, match="not among its classes"):
        classifier.fit(X, codes + 1)


def test_warm_start_with_validation_restores_the_best_epoch():
    X, codes = table(200)
    X_val, codes_val = table(60, seed=1)
    classifier = quick(warm_start=True).fit(X, codes, X_val=X_val, y_val=codes_val)
    classifier.set_params(lr=0.1, lr_schedule=None).fit(X, codes, X_val=X_val, y_val=codes_val)
    assert len(classifier.history_) == 6
    best = min(classifier.history_[3:], key=lambda row: row["valid_loss"])
    classifier.net_.module_.aggregator.task_matrix.reset()  # learned after the epochs
    accuracies = task_accuracy_scores(codes_val, classifier.predict(X_val))
    np.testing.assert_allclose(
        accuracies, [best[f"valid_accuracy_task_{task}"] for task in range(3)]
    )


@pytest.mark.parametrize(
    ("n_samples", "sample_shape", "decay"),
    [
        (500, (5,), 2.0),
        (50, (5,), 3.0),
        (12000, (5,), 0.1),
        (30, (4, 2), 0.3),
        (30, (1, 8, 8), 1.0),
    ],
)
def test_weight_decay_is_chosen_by_the_kind_and_the_number_of_rows(n_samples, sample_shape, decay):
    X = np.random.default_rng(0).normal(size=(n_samples, *sample_shape))
    y = np.arange(n_samples) % 2
    classifier = quick(encoder="auto", max_epochs=1, batch_size=3000, early_stopping=False)
    groups = classifier.fit(X, y).net_.optimizer_.param_groups
    assert {group["weight_decay"] for group in groups} - {0.0} == {decay}
    faster = classifier.set_params(lr=0.008).fit(X, y).net_.optimizer_.param_groups
    assert {group["weight_decay"] for group in faster} - {0.0} == {decay / 4}


@pytest.mark.parametrize(("n_samples", "dropout"), [(40, 0.5), (400, 0.25), (2000, 0.1)])
def test_dropout_of_a_table_is_chosen_by_its_features_per_row(n_samples, dropout):
    X, codes = table(n_samples)
    classifier = quick(max_epochs=1, early_stopping=False).fit(X, codes)
    assert classifier.net_.plan.specs.encoder.dropout == dropout
    named = clone(classifier).set_params(encoder__dropout=0.0).fit(X, codes)
    assert named.net_.plan.specs.encoder.dropout == 0.0
    assert named.get_params()["encoder__dropout"] == 0.0


def test_a_decoder_goes_on_from_rows_without_any_label():
    X, codes = table(40)
    classifier = quick(decoder="mlp", warm_start=True, early_stopping=False).fit(X, codes)
    classifier.fit(X, np.full(codes.shape, np.nan))
    assert len(classifier.history_) == 6


def test_dropout_is_least_where_rows_come_in_pieces():
    X, codes = table(40)
    classifier = quick().partial_fit(X, codes, classes=[[0, 1, 2], [0, 1], [0, 1, 2, 3]])
    rates = {
        m.p for m in classifier.net_.module_.trunk.encoder.modules() if isinstance(m, nn.Dropout)
    }
    assert rates == {0.1}


def test_partial_fit_learns_from_pieces():
    X, codes = table(400)
    classifier = quick(random_state=0)
    classes = [[0, 1, 2], [0, 1], [0, 1, 2, 3]]
    for _ in range(10):
        for start in range(0, 400, 100):
            rows = slice(start, start + 100)
            classifier.partial_fit(X[rows], codes[rows], classes=classes)
    assert classifier.score(X, codes) > 0.85
    assert len(classifier.history_) == 40


def test_partial_fit_takes_pieces_without_some_classes_and_tasks():
    X, codes = table()
    y = codes.astype(float)
    y[:, 2] = np.nan
    only_zeros = codes[:, 0] == 0
    classes = [[0.0, 1.0, 2.0], [0.0, 1.0], [0.0, 1.0, 2.0, 3.0]]
    classifier = quick().partial_fit(X[only_zeros], y[only_zeros], classes=classes)
    assert [p.shape[1] for p in classifier.predict_proba(X)] == [3, 2, 4]
    assert np.isnan(classifier.history_[0]["train_loss_task_2"])


def test_partial_fit_goes_on_after_fit():
    X, codes = table()
    classifier = quick().fit(X, codes)
    before = classifier.predict_proba(X)[0]
    classifier.partial_fit(X, codes).partial_fit(X, codes)
    assert len(classifier.history_) == 5
    assert not np.array_equal(classifier.predict_proba(X)[0], before)


@pytest.mark.parametrize(
    ("parameters", "shape"),
    [
        ({"encoder": "auto", "decoder": "mlp"}, (5,)),
        ({"encoder": "feature_token", "decoder": "bilstm"}, (5,)),
        ({"encoder": "recurrent", "decoder": "auto"}, (10, 2)),
        ({"encoder": VGGEncoder(width=4), "decoder": "auto"}, (2, 8, 12)),
        ({"encoder": VGGEncoder(width=4), "decoder": "conv", "sharing": "soft"}, (1, 9, 11)),
    ],
)
def test_reconstruction_and_attention_lie_on_the_input(parameters, shape):
    generator = np.random.default_rng(0)
    X = generator.normal(3, 2, size=(24, *shape))
    y = np.stack([np.arange(24) % 3, np.arange(24) % 2], axis=1)
    classifier = quick(**parameters).fit(X, y)
    cells = {1: shape, 2: shape[:1], 3: shape[1:]}[len(shape)]
    assert classifier.reconstruct(X).shape == X.shape
    for branch in (None, "encoder", "decoder"):
        weights = classifier.task_attention(X, branch=branch)
        assert weights.shape == (24, 2, *cells)
        np.testing.assert_allclose(weights.reshape(24, 2, -1).sum(2), 1, rtol=1e-5)
    assert classifier.branch_weights_.shape == (2, 2)


def test_flat_rows_become_images():
    generator = np.random.default_rng(0)
    X = generator.normal(size=(24, 1, 8, 12))
    y = np.stack([np.arange(24) % 3, np.arange(24) % 2], axis=1)
    images = quick(encoder="vgg").fit(X, y)
    flat = quick(encoder="vgg", input_shape=(1, 8, 12)).fit(X.reshape(24, -1), y)
    pairs = zip(images.predict_proba(X), flat.predict_proba(X.reshape(24, -1)), strict=True)
    assert all(np.array_equal(p, q) for p, q in pairs)
    assert flat.reconstruct(X.reshape(24, -1)).shape == (24, 96)


def test_reconstruction_gets_close_to_the_input():
    generator = np.random.default_rng(0)
    X = generator.normal(5, 3, size=(200, 2)) @ generator.normal(size=(2, 6))
    y = (X[:, 0] > X[:, 0].mean()).astype(int)
    classifier = quick(decoder="mlp", reconstruction_weight=1.0, max_epochs=60)
    classifier.set_params(encoder__dropout=0.1).fit(X, y)
    error = np.square(classifier.reconstruct(X) - X).mean() / X.var(axis=0).mean()
    assert error < 0.15


def test_uint8_images_give_what_floats_give():
    generator = np.random.default_rng(0)
    X = generator.integers(0, 256, size=(24, 1, 8, 8), dtype=np.uint8)
    y = np.arange(24) % 2
    small = {"encoder": VGGEncoder(width=4)}
    integers, floats = quick(**small).fit(X, y), quick(**small).fit(X.astype(np.float32), y)
    np.testing.assert_array_equal(integers.predict_proba(X), floats.predict_proba(X))


def test_soft_sharing_has_an_encoder_a_task():
    X, codes = table(300)
    hard, soft = quick().fit(X, codes), quick(sharing="soft", max_epochs=20).fit(X, codes)
    sizes = [sum(p.numel() for p in c.net_.module_.trunk.parameters()) for c in (hard, soft)]
    assert sizes[1] > 2 * sizes[0]
    assert soft.score(X, codes) > 0.85


def test_options_of_a_named_part_are_grid_keys():
    classifier = ABMTLClassifier(encoder="vgg")
    assert classifier.get_params()["encoder__n_stages"] == "auto"
    copy = clone(classifier).set_params(encoder__width=4)
    assert copy.encoder == VGGEncoder(width=4)
    assert classifier.encoder == "vgg"
    with pytest.raises(ValueError, match="Invalid parameter 'depth' for VGGEncoder"):
        classifier.set_params(encoder__depth=3)
    assert classifier.encoder == "vgg"
    with pytest.raises(ValueError, match="decoder__width cannot be set: decoder=None"):
        ABMTLClassifier(decoder=None).set_params(decoder__width=3)


def test_options_of_no_part_are_refused():
    with pytest.raises(ValueError, match="Invalid parameter 'enkoder' for estimator"):
        ABMTLClassifier().set_params(enkoder__width=4)


@pytest.mark.parametrize("shape", [(5,), (6, 3), (1, 8, 12)])
def test_options_of_an_auto_part_wait_for_the_data(shape):
    X = np.random.default_rng(0).normal(size=(20, *shape))
    y = np.arange(20) % 2
    classifier = quick(encoder="auto", max_epochs=1).set_params(encoder__width=6)
    copy = clone(classifier).set_params(**classifier.get_params())
    assert copy.get_params()["encoder__width"] == 6
    encoder = copy.fit(X, y).net_.module_.trunk.encoder
    assert 6 in {size for p in encoder.parameters() for size in p.shape}
    assert repr(copy.encoder) == "'auto' with width=6"
    with pytest.raises(ValueError, match="Invalid parameter 'depth' for encoder='auto'"):
        copy.set_params(encoder__depth=3)


def test_options_of_an_auto_part_must_fit_the_chosen_part():
    X, codes = table()
    with pytest.raises(ValueError, match="Invalid parameter 'n_stages' for MLPEncoder"):
        quick(encoder="auto").set_params(encoder__n_stages=2).fit(X, codes)
    with pytest.raises(ValueError, match=r"decoder='auto' is None .* options \['width'\]"):
        quick().set_params(decoder__width=2).fit(X, codes)


class Counter(Callback):
    """Counts epochs up to a limit."""

    def __init__(self, limit=5):
        self.limit = limit

    def on_epoch_end(self, net, **kwargs):
        if len(net.history) >= self.limit:
            raise KeyboardInterrupt


def test_callbacks_take_part_and_are_grid_keys():
    X, codes = table()
    classifier = quick(max_epochs=10, callbacks=[("count", Counter())])
    assert len(clone(classifier).fit(X, codes).history_) == 5
    assert classifier.get_params()["callbacks__count__limit"] == 5
    assert len(clone(classifier).set_params(callbacks__count__limit=2).fit(X, codes).history_) == 2
    assert len(clone(classifier).set_params(callbacks__count=None).fit(X, codes).history_) == 10
    with pytest.raises(ValueError, match="no callback named 'other'"):
        classifier.set_params(callbacks__other__limit=2)


def test_a_search_over_parts_survives_a_new_process(tmp_path):
    X, codes = table(90)
    X = np.tile(X, (1, 26))[:, :128]
    pipeline = make_pipeline(StandardScaler(), quick(encoder="auto", input_shape=(1, 8, 16)))
    grid = {
        "abmtlclassifier__encoder__width": [2, 4],
        "abmtlclassifier__decoder": [None, "conv"],
        "abmtlclassifier__max_epochs": [1],
    }
    search = GridSearchCV(pipeline, grid, cv=KFold(2), n_jobs=2).fit(X, frame(codes))
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    joblib.dump(search, tmp_path / "search.joblib")
    np.save(tmp_path / "X.npy", X)
    code = (
        "import joblib, numpy as np, sys; folder = sys.argv[1];"
        "np.save(folder + '/p.npy', joblib.load(folder + '/search.joblib')"
        ".predict_proba(np.load(folder + '/X.npy'))[2])"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    np.testing.assert_array_equal(np.load(tmp_path / "p.npy"), search.predict_proba(X)[2])


def test_cross_validation_with_missing_labels_and_mixed_types():
    X, codes = table(90)
    y = frame(codes)
    y.loc[::4, "size"] = None
    scores = cross_val_score(quick(), X, y, cv=KFold(3))
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", ["best", "seller_best", "batch_count", "train_batches"])
def test_tasks_may_be_called_like_what_skorch_records(name):
    X, codes = table()
    y = pd.DataFrame(codes[:, :2], columns=[name, "other"])
    classifier = quick(early_stopping=True).fit(X, y)
    keys = {
        f"{subset}_{kind}_{name}" for subset in ("train", "valid") for kind in ("loss", "accuracy")
    }
    assert all(keys <= row.keys() for row in classifier.history_)
    assert all(type(row[key]) is float for row in classifier.history_ for key in keys)


def test_verbose_prints_progress_or_a_line_an_epoch(capsys):
    X, codes = table()
    quick(verbose=0).fit(X, codes)
    assert capsys.readouterr() == ("", "")
    quick(verbose=1).fit(X, codes)
    assert "epoch 3 of 3" in capsys.readouterr().err
    quick(verbose=2).fit(X, codes)
    lines = capsys.readouterr().out.splitlines()
    assert "train_accuracy_task_2" in lines[0]
    assert len(lines) == 5


def test_predictions_are_of_the_same_rows_in_any_order_and_number():
    X, codes = table()
    classifier = quick().fit(X, codes)
    whole = classifier.predict_proba(X)[2]
    np.testing.assert_allclose(classifier.predict_proba(X[::-1])[2][::-1], whole, rtol=1e-5)
    np.testing.assert_allclose(classifier.predict_proba(X[:1])[2], whole[:1], rtol=1e-5)


def test_no_warning_in_everyday_use():
    X, codes = table()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        quick(early_stopping=True).fit(X, frame(codes)).predict(X)
        quick(max_epochs=1, batch_size=100).fit(X[:1], codes[:1])


@pytest.mark.gpu
def test_a_network_of_the_gpu_predicts_on_the_cpu_as_there(tmp_path):
    X, codes = table()
    classifier = quick(losses=["binary_cross_entropy", "auto", "auto"]).fit(X, codes)
    assert classifier.net_.device == "cuda"
    joblib.dump(classifier, tmp_path / "gpu.joblib")
    np.save(tmp_path / "X.npy", X)
    code = (
        "import joblib, numpy as np, sys, warnings; folder = sys.argv[1];"
        "warnings.simplefilter('ignore');"
        "np.save(folder + '/p.npy', joblib.load(folder + '/gpu.joblib')"
        ".predict_proba(np.load(folder + '/X.npy'))[0])"
    )
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": ""}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env=environment)
    on_gpu = classifier.predict_proba(X)[0]
    np.testing.assert_allclose(np.load(tmp_path / "p.npy"), on_gpu, rtol=1e-4, atol=1e-5)


def test_a_pickle_holds_the_network_once():
    X, codes = table()
    classifier = quick(encoder=MLPEncoder(width=256)).fit(X, codes)
    n_bytes = 4 * sum(p.numel() for p in classifier.net_.module_.parameters())
    assert len(pickle.dumps(classifier)) < 1.3 * n_bytes
    classifier.set_params(warm_start=True)
    assert len(pickle.dumps(classifier)) < 3.3 * n_bytes  # with two moments of AdamW


class Bomb(Callback):
    """Fails in the middle of a training."""

    def on_epoch_end(self, net, **kwargs):
        raise RuntimeError("bomb")


def test_a_failed_partial_fit_leaves_everything_as_it_was():
    X, codes = table()
    classifier = quick().fit(X, codes).partial_fit(X, codes)
    before, n_epochs = classifier.predict_proba(X)[0], len(classifier.history_)
    with pytest.raises(RuntimeError, match="bomb"):
        classifier.set_params(callbacks=[Bomb()]).partial_fit(X, codes)
    with pytest.raises(ValueError, match="diverged"):
        classifier.set_params(callbacks=None, lr=1e30).partial_fit(X, codes)
    np.testing.assert_array_equal(classifier.predict_proba(X)[0], before)
    assert len(classifier.history_) == n_epochs


class DropoutMasks(Callback):
    """Keeps the dropout mask of the first layer, a batch each."""

    masks: ClassVar[list] = []

    def on_train_begin(self, net, **kwargs):
        dropout = next(m for m in net.module_.modules() if isinstance(m, torch.nn.Dropout))
        self.hook_ = dropout.register_forward_hook(lambda _, __, out: self.masks.append(out == 0))

    def on_train_end(self, net, **kwargs):
        self.hook_.remove()
        del self.hook_


def test_pieces_see_other_dropout_masks_each():
    X, codes = table(20)
    DropoutMasks.masks.clear()
    encoder = MLPEncoder(width=16, dropout=0.5)
    classifier = quick(encoder=encoder, callbacks=[DropoutMasks()])
    for _ in range(3):
        classifier.partial_fit(X, codes, classes=[[0, 1, 2], [0, 1], [0, 1, 2, 3]])
    first, *others = DropoutMasks.masks
    assert len(others) == 2
    assert not any(torch.equal(first, mask) for mask in others)


def test_partial_fit_heeds_parameters_that_change():
    X, codes = table()
    classifier = quick().partial_fit(X, codes, classes=[[0, 1, 2], [0, 1], [0, 1, 2, 3]])
    before = classifier.predict_proba(X)[0]
    after = classifier.set_params(lr=1e-12).partial_fit(X, codes).predict_proba(X)[0]
    np.testing.assert_allclose(after, before, rtol=1e-5)


def test_skorch_callbacks_that_read_the_history(tmp_path):
    X, codes = table(200)
    callbacks = [
        ("checkpoint", Checkpoint(dirname=tmp_path / "best")),
        ("end", TrainEndCheckpoint(dirname=tmp_path / "end")),
        ("early_stopping", EarlyStopping(monitor="train_loss", patience=1, threshold=0.9)),
    ]
    classifier = quick(callbacks=callbacks, early_stopping=True, max_epochs=10).fit(X, codes)
    assert len(classifier.history_) == 2
    assert (tmp_path / "best" / "params.pt").exists()
    assert (tmp_path / "end" / "train_end_params.pt").exists()


@pytest.mark.parametrize("n_copies", [2, 3])
def test_weights_and_copies_are_the_same_in_the_exact_configuration(n_copies):
    X, codes = table(30)
    y = codes.astype(float)
    y[::4, 1] = np.nan
    exact = {
        "encoder": MLPEncoder(width=8, dropout=0.0),
        "task_classifier": TaskClassifier(dropout=0.0),
        "dtype": "float64",
        "batch_size": 1000,
        "max_epochs": 20,
        "class_weight": "balanced",
    }
    weight = np.where(np.arange(30) < 10, n_copies, 1)
    weighted = quick(**exact).fit(X, y, sample_weight=weight)
    rows = np.repeat(np.arange(30), weight)
    copied = quick(**exact).fit(X[rows], y[rows])
    for p, q in zip(weighted.predict_proba(X), copied.predict_proba(X), strict=True):
        np.testing.assert_allclose(p, q, rtol=1e-6, atol=1e-9)


def test_a_class_of_more_weight_is_predicted_more_often():
    X, codes = table(300)
    noise = np.random.default_rng(0).normal(size=X.shape)  # nothing to learn
    plain = quick().fit(noise, codes[:, 1])
    weighted = quick(class_weight={0: 1.0, 1: 20.0}).fit(noise, codes[:, 1])
    assert weighted.predict_proba(noise)[:, 1].mean() > 0.8
    assert abs(plain.predict_proba(noise)[:, 1].mean() - codes[:, 1].mean()) < 0.1


@pytest.mark.parametrize(
    "class_weight",
    [[None, {0: 1, 1: 5}, "balanced"], {"task_1": {1: 5}, "task_2": "balanced"}],
)
def test_class_weights_a_task_as_a_list_or_by_name(class_weight):
    X, codes = table()
    expected = quick(class_weight=[None, {0: 1.0, 1: 5.0}, "balanced"]).fit(X, codes)
    assert same_probabilities(quick(class_weight=class_weight).fit(X, codes), expected, X)


@pytest.mark.parametrize("loss_weights", [[1, 100, 1], {"task_1": 100}])
def test_a_task_of_more_loss_weight_is_learned_first(loss_weights):
    X, codes = table(300)
    plain, weighted = quick().fit(X, codes), quick(loss_weights=loss_weights).fit(X, codes)
    key = "train_loss_task_1"
    assert weighted.history_[-1][key] < plain.history_[-1][key]
    assert weighted.history_[-1]["train_loss_task_2"] > plain.history_[-1]["train_loss_task_2"]


def test_losses_a_task():
    X, codes = table(300)
    mixed = quick(losses={"task_0": "binary_cross_entropy"}, max_epochs=20).fit(X, codes)
    assert mixed.score(X, codes) > 0.8
    np.testing.assert_allclose([p.sum(1) for p in mixed.predict_proba(X)], 1)
    same = quick(losses=["binary_cross_entropy", "auto", "cross_entropy"], max_epochs=20)
    assert same_probabilities(same.fit(X, codes), mixed, X)


@dataclass(kw_only=True)
class Doubling(Spec):
    """An encoder of a user's own, in one line of torch."""

    factor: float = 2.0

    def build(self, sample_shape):
        return DoublingModule(sample_shape[0], self.factor)


class DoublingModule(torch.nn.Module):
    def __init__(self, n_features, factor):
        super().__init__()
        self.factor = torch.nn.Parameter(torch.tensor(factor))
        self.grid, self.d_tokens, self.d_shared = (n_features,), 1, n_features

    def forward(self, features):
        return self.factor * features.unsqueeze(2), self.factor * features


def test_an_encoder_of_the_users_own():
    X, codes = table()
    grid = {"encoder__factor": [1.0, 2.0]}
    search = GridSearchCV(quick(encoder=Doubling()), grid, cv=KFold(2)).fit(X, codes)
    assert search.best_estimator_.task_attention(X).shape == (60, 3, 5)


def test_a_constant_task_is_predicted():
    X, codes = table()
    codes[:, 1] = 4
    classifier = quick().fit(X, codes)
    assert (classifier.predict(X)[:, 1] == 4).all()
    assert classifier.predict_proba(X)[1].tolist() == [[1.0]] * 60


def test_a_table_of_labels_has_no_limit_of_tasks():
    X, codes = table()
    many = np.tile(codes, (1, 40))
    classifier = quick().fit(X, many)
    assert classifier.predict(X).shape == (60, 120)
