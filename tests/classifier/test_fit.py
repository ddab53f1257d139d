"""``fit`` learns, repeats, reports, and leaves parameters and failed estimators as they were."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import warnings

import joblib
import numpy as np
import pytest
import torch
from samples import frame, quick, table
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch.callbacks import (
    EarlyStopping,
)

from sklearn_abmtl import ABMTLClassifier, MLPEncoder


def same_probabilities(a, b, X):
    pairs = zip(a.predict_proba(X), b.predict_proba(X), strict=True)
    return all(np.array_equal(p, q) for p, q in pairs)


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
