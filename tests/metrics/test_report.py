"""Classification reports, one per task."""

from __future__ import annotations

import builtins

import numpy as np
import pytest
from score_samples import NAMES, answers, known, labels_of
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import classification_report

from sklearn_abmtl.metrics import multitask_classification_report, task_accuracy_scores


def expected_of(y, predicted, task, **options):
    labels = predicted.iloc[:, task].to_numpy()[known(y, task)]
    return classification_report(labels_of(y, task), labels, **options)


def test_each_task_has_scikit_learns_report():
    y, predicted, _ = answers()
    reports = multitask_classification_report(y, predicted, output="dict")
    assert list(reports) == NAMES
    for task, name in enumerate(NAMES):
        assert reports[name] == expected_of(y, predicted, task, output_dict=True)


def test_the_text_has_a_heading_per_task():
    y, predicted, _ = answers()
    text = multitask_classification_report(y, predicted, digits=3)
    for task, name in enumerate(NAMES):
        heading = f"{name}: {known(y, task).sum()} known labels\n"
        assert heading + expected_of(y, predicted, task, digits=3) in text


def test_the_frame_has_a_row_per_task_and_class():
    y, predicted, _ = answers()
    report = multitask_classification_report(y, predicted, output="frame")
    assert report.index.names == ["task", "class"]
    assert list(report.columns) == ["precision", "recall", "f1-score", "support"]
    assert report.loc["color"].index[:3].tolist() == ["blue", "green", "red"]
    assert report.loc[("size", "20"), "support"] == (labels_of(y, 1) == 20).sum()
    accuracies = report.xs("accuracy", level="class")
    np.testing.assert_allclose(accuracies["f1-score"], task_accuracy_scores(y, predicted))
    assert accuracies["support"].tolist() == [known(y, task).sum() for task in range(3)]


def test_names_and_weights_are_passed_on():
    y, predicted, _ = answers()
    weight = np.arange(90) % 2
    report = multitask_classification_report(
        y.to_numpy(),
        predicted.to_numpy(),
        task_names=["a", "b", "c"],
        sample_weight=weight,
        output="dict",
    )
    half = multitask_classification_report(y.iloc[1::2], predicted.iloc[1::2], output="dict")
    assert list(report) == ["a", "b", "c"]
    assert report["c"]["macro avg"] == pytest.approx(half["shape"]["macro avg"])
    unnamed = multitask_classification_report(y.to_numpy(), predicted, output="dict")
    assert list(unnamed) == ["color", "size", "shape"]
    unnamed = multitask_classification_report(y.to_numpy(), predicted.to_numpy(), output="dict")
    assert list(unnamed) == ["task_0", "task_1", "task_2"]


def test_a_task_without_a_known_label_has_an_empty_entry():
    y, predicted, _ = answers()
    y["size"] = None
    assert "size: 0 known labels\n\nshape" in multitask_classification_report(y, predicted)
    assert multitask_classification_report(y, predicted, output="dict")["size"] == {}
    report = multitask_classification_report(y, predicted, output="frame")
    assert set(report.index.get_level_values("task")) == {"color", "shape"}
    y[:] = None
    assert len(multitask_classification_report(y, predicted, output="frame")) == 0


def test_a_class_that_is_never_predicted_is_warned_of():
    with pytest.warns(UndefinedMetricWarning, match="Precision is ill-defined"):
        multitask_classification_report([0, 1], [0, 0])
    report = multitask_classification_report([0, 1], [0, 0], zero_division=1.0, output="dict")
    assert report["y"]["1"]["precision"] == 1


def test_other_arguments_are_refused():
    y, predicted, _ = answers()
    with pytest.raises(ValueError, match=r"output must be one of .*; found 'html'"):
        multitask_classification_report(y, predicted, output="html")
    with pytest.raises(ValueError, match=r"task_names must hold 3 names; found \['a'\]"):
        multitask_classification_report(y, predicted, task_names=["a"])
    with pytest.raises(
        ValueError, match=r"task_names must have a different name .*; found \['a', 'b', 'a'"
    ):
        multitask_classification_report(y, predicted, task_names=["a", "b", "a"])


@pytest.mark.parametrize("label", ["accuracy", "macro avg", "weighted avg"])
def test_a_class_is_not_lost_under_another_row_of_its_name(label):
    y = np.array([[label, "x"], ["other", "y"]], dtype=object)
    assert multitask_classification_report(y, y).count(label) == 3  # the class and two summaries
    for output in ("dict", "frame"):
        with pytest.raises(ValueError, match=f"Task 'task_0' has the classes .'{label}'.*rows of"):
            multitask_classification_report(y, y, output=output)


def test_a_frame_needs_pandas(monkeypatch):
    y, predicted, _ = answers()
    importer = builtins.__import__

    def without_pandas(name, *args, **kwargs):
        if name == "pandas":
            raise ImportError(name)
        return importer(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_pandas)
    with pytest.raises(ImportError, match="output='frame' needs pandas"):
        multitask_classification_report(y, predicted, output="frame")
