"""Scores use only known labels, refuse wrong arguments, and are NaN if no label is known."""

from __future__ import annotations

import numpy as np
import pytest

from sklearn_abmtl.metrics import (
    exact_match_score,
    multitask_classification_report,
    multitask_hamming_loss,
    task_log_losses,
)

Y = [["red", "a"], ["blue", "b"], ["blue", "?"]]
PREDICTED = [["red", "a"], ["blue", "a"], ["red", "a"]]


@pytest.mark.parametrize("score", [exact_match_score, multitask_hamming_loss])
def test_without_a_known_label_a_score_is_nan(score):
    assert np.isnan(score([[None, None]], [["red", "a"]]))
    assert np.isnan(score([["red", "a"], [None, None]], PREDICTED[:2], sample_weight=[0, 1]))


def test_a_sentinel_counts_as_missing():
    assert multitask_hamming_loss(Y, PREDICTED, missing_label="?") == pytest.approx(2 / 5)
    report = multitask_classification_report(
        Y, PREDICTED, missing_label="?", output="dict", zero_division=0
    )
    assert report["task_1"].keys() == {"a", "b", "accuracy", "macro avg", "weighted avg"}


def test_exact_matches_take_one_weight_per_row():
    with pytest.raises(ValueError, match="sample_weight"):
        exact_match_score(Y, PREDICTED, sample_weight=np.ones((3, 2)))


def test_a_report_weighs_rows():
    report = multitask_classification_report(
        Y, PREDICTED, sample_weight=[1, 1, 0], output="dict", zero_division=0
    )
    assert report["task_0"]["accuracy"] == 1
    assert report["task_0"]["blue"]["support"] == 1


@pytest.mark.parametrize("classes", [["b", "a"], [["a"], ["b"]], ["a", "a"]])
def test_classes_that_are_not_sorted_are_refused(classes):
    with pytest.raises(ValueError, match=r"classes of task '.*' must be sorted, as in classes_"):
        task_log_losses(["a", "b"], np.full((2, 2), 0.5), classes)


@pytest.mark.parametrize("wrong", [1.5, -0.5, np.nan, "0.5", 0.5j])
def test_what_is_no_probability_is_refused(wrong):
    y_proba = np.full((2, 2), 0.5, dtype=np.asarray(wrong).dtype)
    y_proba[0, 0] = wrong
    with pytest.raises(ValueError, match=r"y_proba of task '.*' must hold numbers from 0 to 1"):
        task_log_losses(["a", "b"], y_proba, ["a", "b"])
