"""Wrappers of a classifier are saved in files that run no code and are checked."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hostile_files import parts_of, sealed
from samples import frame, quick, table
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_abmtl import SingleTask, calibrate, load_model, save_model, task_view

pytest.importorskip("pandas")
X, CODES = table(64)
FITTED = quick(max_epochs=1).fit(X, frame(CODES))
PLAIN = quick(max_epochs=1).fit(X, CODES)
SINGLE = SingleTask(quick(max_epochs=1), task="one").fit(
    X, CODES[:, 0], aux_y=frame(CODES).iloc[:, 1:]
)
NUMBERED = SingleTask(quick(max_epochs=1)).fit(X, CODES[:, 0], aux_y=CODES[:, 1:])


def calibrated(method, estimator=PLAIN, y=CODES):
    return calibrate(estimator, X, y, method=method)


CASES = {
    "sigmoid": calibrated("sigmoid"),
    "isotonic": calibrated("isotonic"),
    "one task": calibrated("sigmoid", quick(max_epochs=1).fit(X, CODES[:, 0]), CODES[:, 0]),
    "names and text": calibrated("isotonic", FITTED, frame(CODES)),
    "a view": FITTED.task("size"),
    "a view by position": task_view(FITTED, 2),
    "a view of what is calibrated": task_view(calibrated("sigmoid"), 1),
    "a single task": SINGLE,
    "a single task without names": NUMBERED,
    "calibrated, a single task": calibrated("isotonic", NUMBERED, CODES[:, 0]),
    "frozen": FrozenEstimator(FITTED),
}


def saved(estimator, tmp_path):
    save_model(estimator, tmp_path / "a.safetensors")
    return tmp_path / "a.safetensors"


@pytest.mark.parametrize("name", CASES)
def test_what_is_loaded_predicts_the_same_to_the_bit(name, tmp_path):
    original = CASES[name]
    loaded = load_model(saved(original, tmp_path))
    assert type(loaded) is type(original)
    np.testing.assert_array_equal(loaded.predict(X), original.predict(X))
    found, expected = loaded.predict_proba(X), original.predict_proba(X)
    pairs = zip(found, expected, strict=True) if isinstance(found, list) else [(found, expected)]
    for ours, theirs in pairs:
        np.testing.assert_array_equal(ours, theirs)
    assert repr(loaded) == repr(original)
    assert getattr(loaded, "task_names_", None) == getattr(original, "task_names_", None)


def test_temperature_is_saved(tmp_path):
    pytest.importorskip("sklearn", minversion="1.8")
    original = calibrated("temperature")
    loaded = load_model(saved(original, tmp_path))
    for ours, theirs in zip(loaded.predict_proba(X), original.predict_proba(X), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_folder_has_the_card_of_the_classifier_inside(tmp_path):
    save_model(CASES["sigmoid"], tmp_path / "folder")
    card = (tmp_path / "folder" / "README.md").read_text()
    assert "# ABMTLClassifier in FrozenEstimator in CalibratedMultiTaskClassifier" in card
    loaded = load_model(tmp_path / "folder")
    np.testing.assert_array_equal(loaded.predict(X), CASES["sigmoid"].predict(X))


def test_pipelines_and_searches_are_refused_with_what_to_do(tmp_path):
    pipeline = make_pipeline(StandardScaler(), quick(max_epochs=1)).fit(X, CODES)
    search = GridSearchCV(quick(max_epochs=1), {"lr": [0.01]}, cv=2).fit(X, CODES)
    for refused, text in {
        pipeline: r"not a Pipeline.*save_model\(pipeline\[-1\], .*skops.io.dump\(pipeline\[:-1\]",
        search: r"not a GridSearchCV.*save_model\(search.best_estimator_",
        calibrate(
            pipeline, X, CODES, method="sigmoid"
        ): r"not of a Pipeline.*calibrate\(pipeline\[",
        task_view(pipeline, 1): "a TaskView of a fitted ABMTLClassifier, not of a Pipeline",
    }.items():
        with pytest.raises(ValueError, match=text):
            save_model(refused, tmp_path / "a.safetensors")
    assert not list(tmp_path.iterdir())


NAN = {"__float__": "nan"}
CURVE = {"__array__": "<f8", "shape": [1, 2], "values": [1.0, 0.0]}
HOSTILE = {  # a place in the header of "sigmoid", a value, and what the error says
    "another class": (("class",), "os.system", "its header must have"),
    "a class that is no text": (("class",), ["TaskView"], "its header must have"),
    "values of another wrapper": (("values",), {"task": 0}, "its header must have"),
    "another method": (("values", "method"), "eval", "is by 'eval'"),
    "another method of the same file": (("values", "method"), "isotonic", "must have numbers"),
    "names that are numbers": (("values", "task_names"), [1, 2, 3], "names the tasks"),
    "one name twice": (("values", "task_names"), ["a", "a", "b"], "names the tasks"),
    "too few names": (("values", "task_names"), ["a"], "names the tasks"),
    "no calibrators": (("values", "calibrators"), [], "for 0 tasks"),
    "a missing calibrator": (("values", "calibrators"), [None] * 3, "must have 3 curves"),
    "curves of NaN": (("values", "calibrators", 0, 0, "values"), [1.0, NAN], "must have numbers"),
    "texts": (("values", "calibrators", 0, 0), "import os", "must have numbers"),
    "too many curves": (("values", "calibrators", 0), [CURVE] * 9, "must have 3 curves"),
    "code": (("values", "calibrators", 0, 0), {"__custom__": "system"}, "custom part 'system'"),
    "a newer schema inside": (("inner", "schema_version"), 9, "schema version 9"),
    "nothing inside": (("inner",), {}, "schema version None"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused(name, tmp_path):
    (*parents, last), value, text = HOSTILE[name]
    path = saved(CASES["sigmoid"], tmp_path)
    header, tensors = parts_of(path.read_bytes())
    place = header
    for parent in parents:
        place = place[parent]
    place[last] = value
    path.write_bytes(sealed({"sklearn_abmtl": json.dumps(header)}, tensors))
    with pytest.raises(ValueError, match="is not a file that save_model wrote") as caught:
        load_model(path)
    assert text in str(caught.value)


@pytest.mark.parametrize("task", ["colour", 3, -1, True])
def test_a_view_of_a_task_that_is_none_is_refused(task, tmp_path):
    path = saved(CASES["a view"], tmp_path)
    header, tensors = parts_of(path.read_bytes())
    header["values"]["task"] = task
    path.write_bytes(sealed({"sklearn_abmtl": json.dumps(header)}, tensors))
    with pytest.raises(ValueError, match="task must be one of"):
        load_model(path)


def test_wrappers_in_wrappers_without_end_are_refused(tmp_path):
    path = saved(CASES["frozen"], tmp_path)
    header, tensors = parts_of(path.read_bytes())
    for _ in range(9):
        header = header | {"inner": header}
    path.write_bytes(sealed({"sklearn_abmtl": json.dumps(header)}, tensors))
    with pytest.raises(ValueError, match="more than 8 wrappers"):
        load_model(path)
