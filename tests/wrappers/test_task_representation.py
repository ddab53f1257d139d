"""TaskRepresentation returns the inputs of the task classifiers for other estimators."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
import torch
from samples import frame, quick, table
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_abmtl import ABMTLClassifier, MLPEncoder, TaskRepresentation
from sklearn_abmtl.datasets import make_multitask_classification

SMALL = ABMTLClassifier(encoder=MLPEncoder(width=4), max_epochs=2, random_state=0)


@pytest.mark.filterwarnings("ignore")  # what the checks warn of is theirs to judge
@parametrize_with_checks([TaskRepresentation(SMALL)])
def test_scikit_learn_takes_it_for_one_of_its_own(estimator, check):
    check(estimator)


def labels_with_missing(codes):
    missing = np.random.default_rng(1).random(codes.shape) < 0.3
    return frame(codes).astype(object).mask(missing, None)


@pytest.mark.parametrize("sharing", ["hard", "soft"])
@pytest.mark.parametrize("decoder", [None, "mlp"])
def test_the_tasks_own_classifiers_read_it(sharing, decoder):
    X, codes = table()
    classifier = quick(sharing=sharing, decoder=decoder).fit(X, labels_with_missing(codes))
    representations = classifier.task_representations(X)
    assert representations.dtype == np.float32
    network = classifier.net_.module_
    widths = network.trunk.d_representations
    assert representations.shape == (len(X), 3, sum(widths))
    parts = torch.from_numpy(representations).split(widths, dim=2)
    pairs = zip(network.task_classifiers, parts, strict=True)
    logits = network.aggregator(torch.stack([classify(part) for classify, part in pairs]))
    codes_of_classes = logits.masked_fill(~network.class_mask, -np.inf).argmax(2).numpy()
    expected = classifier.task_label_encoder_.inverse_transform(codes_of_classes)
    np.testing.assert_array_equal(expected, classifier.predict(X))


def test_all_tasks_stand_one_after_the_other_and_each_can_be_had_alone():
    X, codes = table()
    fitted = FrozenEstimator(quick(decoder="mlp").fit(X, frame(codes)))
    together = TaskRepresentation(fitted).fit(X)
    alone = [TaskRepresentation(fitted, task=task).fit(X) for task in ("color", 1, "shape")]
    np.testing.assert_array_equal(
        together.transform(X), np.hstack([one.transform(X) for one in alone])
    )
    names = together.get_feature_names_out()
    of_tasks = [one.get_feature_names_out() for one in alone]
    assert names.tolist() == np.concatenate(of_tasks).tolist()
    assert names[0] == "color_encoder_0"
    assert of_tasks[1][-1].startswith("size_decoder_")
    assert len(set(names)) == len(names) == together.transform(X).shape[1]


def test_a_fitted_classifier_stays_as_it_is_when_frozen():
    X, codes = table()
    classifier = quick().fit(X, codes)
    representation = TaskRepresentation(FrozenEstimator(classifier)).fit(X)
    assert representation.estimator_.net_ is classifier.net_
    own = TaskRepresentation(quick()).fit(X, codes)
    np.testing.assert_array_equal(own.transform(X), representation.transform(X))


@pytest.mark.parametrize("frames", [("pandas", pd.DataFrame), ("polars", pl.DataFrame)])
def test_frames_come_out_if_asked_for(frames):
    X, codes = table()
    name, container = frames
    representation = TaskRepresentation(quick(), task="size").set_output(transform=name)
    found = representation.fit_transform(X, frame(codes))
    assert isinstance(found, container)
    assert list(found.columns) == representation.get_feature_names_out().tolist()


def test_one_task_clones_and_pickles():
    X, codes = table()
    representation = TaskRepresentation(quick(), task="y").fit(X, codes[:, 0])
    expected = representation.transform(X)
    assert expected.shape == (len(X), len(representation.get_feature_names_out()))
    for copied in (
        pickle.loads(pickle.dumps(representation)),
        clone(representation).fit(X, codes[:, 0]),
    ):
        np.testing.assert_array_equal(copied.transform(X), expected)


@pytest.mark.parametrize(
    "classifier",
    [
        LogisticRegression(solver="newton-cholesky"),
        HistGradientBoostingClassifier(max_iter=30, random_state=0),
    ],
)
@pytest.mark.parametrize("task", [0, 1])
def test_another_classifier_does_as_well_on_it_as_the_network(task, classifier):
    X, y = make_multitask_classification(900, n_classes=(3, 2), random_state=0)
    y_missing = y.astype(float)
    y_missing[::5, 1 - task] = np.nan
    network = ABMTLClassifier(encoder=MLPEncoder(width=32), max_epochs=15, random_state=0)
    representation = TaskRepresentation(network, task=task).fit(X[:600], y_missing[:600])
    classifier = classifier.fit(representation.transform(X[:600]), y[:600, task])
    score = classifier.score(representation.transform(X[600:]), y[600:, task])
    predicted = representation.estimator_.predict(X[600:])[:, task]
    assert score > np.mean(predicted == y[600:, task]) - 0.03


def test_an_unknown_task_is_refused():
    X, codes = table()
    with pytest.raises(ValueError, match=r"task must be one of \['color', 'size', 'shape'\]"):
        TaskRepresentation(quick(), task="taste").fit(X, frame(codes))


def test_fit_parameters_reach_the_network_with_and_without_routing():
    X, codes = table()
    weights = np.where(np.arange(len(X)) < 40, 1.0, 0.0)
    expected = TaskRepresentation(quick()).fit(X[:40], codes[:40]).transform(X)
    found = TaskRepresentation(quick()).fit(X, codes, sample_weight=weights).transform(X)
    np.testing.assert_array_equal(found, expected)
    with sklearn.config_context(enable_metadata_routing=True):
        representation = TaskRepresentation(quick().set_fit_request(sample_weight=True))
        found = representation.fit(X, codes, sample_weight=weights).transform(X)
        np.testing.assert_array_equal(found, expected)
        pipe = make_pipeline(
            clone(representation), StandardScaler().set_fit_request(sample_weight=False)
        )
        pipe.fit(X, codes, sample_weight=weights)
        np.testing.assert_array_equal(pipe[0].transform(X), expected)
