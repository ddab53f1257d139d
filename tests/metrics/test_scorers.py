"""Scorers in scikit-learn's tools: cross-validation, searches, routing."""

from __future__ import annotations

import pickle
from functools import partial

import numpy as np
import pandas as pd
import pytest
import sklearn
from samples import frame, quick, table
from score_samples import CLASSES, NAMES, Fixed, answers, fixed
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import permutation_importance
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    cross_val_score,
    cross_validate,
    learning_curve,
)
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sklearn_abmtl.inspection import TaskConfusionDisplay
from sklearn_abmtl.metrics import (
    all_task_scorers,
    exact_match_score,
    exact_match_scorer,
    mean_task_scorer,
    task_scorer,
)
from sklearn_abmtl.model_selection import cross_val_predict


def test_all_task_scorers_score_each_task_and_take_means():
    classifier, X, y = fixed()
    f1 = make_scorer(f1_score, average="macro", pos_label=None)
    scores = all_task_scorers({"loss": "neg_log_loss", "f1": f1})(classifier, X, y)
    metrics = {"loss": "neg_log_loss", "f1": f1}
    assert list(scores) == [f"{task}_{m}" for m in metrics for task in [*NAMES, "mean"]]
    for metric, scoring in metrics.items():
        per_task = [task_scorer(scoring, task)(classifier, X, y) for task in NAMES]
        assert [scores[f"{task}_{metric}"] for task in NAMES] == per_task
        assert scores[f"mean_{metric}"] == pytest.approx(np.mean(per_task))
        assert mean_task_scorer(scoring)(classifier, X, y) == scores[f"mean_{metric}"]


def test_displays_of_curves_find_a_name():
    assert mean_task_scorer("neg_log_loss").__name__ == "mean_neg_log_loss"
    assert task_scorer(exact_match_scorer(), "color").__name__ == "color_exact_match"
    name = mean_task_scorer(make_scorer(f1_score)).__name__
    assert name.startswith("mean_make_scorer(f1_score")


def test_the_estimator_is_asked_once_a_method():
    classifier, X, y = fixed()
    all_task_scorers(["accuracy", "f1_macro", "neg_log_loss", "roc_auc_ovr"])(classifier, X, y)
    assert classifier.n_calls == 2


def test_the_mean_leaves_out_what_is_not_defined():
    classifier, X, y = fixed()
    y["color"] = None
    y["size"] = y["size"].replace(20, None)
    scores = all_task_scorers(["roc_auc_ovr", "accuracy"])(classifier, X, y)
    assert np.isnan([scores["color_roc_auc_ovr"], scores["size_roc_auc_ovr"]]).all()
    assert scores["mean_roc_auc_ovr"] == scores["shape_roc_auc_ovr"]
    assert np.isnan(scores["color_accuracy"])
    assert scores["mean_accuracy"] == (scores["size_accuracy"] + scores["shape_accuracy"]) / 2
    y[:] = None
    assert np.isnan(mean_task_scorer()(classifier, X, y))
    assert np.isnan(exact_match_scorer()(classifier, X, y))


def test_exact_match_is_the_metric_of_that_name():
    classifier, X, y = fixed()
    score = exact_match_scorer()(classifier, X, y)
    assert score == exact_match_score(y, classifier.predict(X))
    weight = np.arange(90) % 2
    odd = exact_match_scorer()(classifier, X[1::2], y.iloc[1::2])
    assert exact_match_scorer()(classifier, X, y, sample_weight=weight) == pytest.approx(odd)


@pytest.mark.parametrize("name", ["accuracy", "balanced_accuracy", "f1_macro", "neg_log_loss"])
def test_a_weight_of_0_is_as_if_the_label_were_missing(name):
    classifier, X, y = fixed()
    weight = np.random.default_rng(0).integers(0, 2, size=(90, 3))
    scorer = all_task_scorers(name)
    weighted = scorer(classifier, X, y, sample_weight=weight)
    assert weighted == pytest.approx(scorer(classifier, X, y.mask(weight == 0, None)))


def partial_rows(n_samples=120):
    """Return X and labels (strings, integers, strings) of which 30 % are missing."""
    X, codes = table(n_samples)
    missing = np.random.default_rng(1).random(codes.shape) < 0.3
    return X, frame(codes).astype(object).mask(missing, None)


def test_cross_validation_of_a_pipeline_in_two_processes():
    X, y = partial_rows()
    pipeline = make_pipeline(StandardScaler(), quick())
    scorer = all_task_scorers(["accuracy", "roc_auc_ovr", "neg_log_loss"])
    results = [
        cross_validate(pipeline, X, y, cv=KFold(2), scoring=scorer, n_jobs=n_jobs)
        for n_jobs in (2, None)
    ]
    for key in (f"test_{task}_roc_auc_ovr" for task in [*NAMES, "mean"]):
        assert np.isfinite(results[0][key]).all()
        np.testing.assert_allclose(results[0][key], results[1][key], rtol=1e-5)


def test_a_search_is_refitted_by_a_mean():
    X, y = partial_rows()
    pipeline = make_pipeline(StandardScaler(), quick())
    search = GridSearchCV(
        pipeline,
        {"abmtlclassifier__lr": [1e-6, 1e-2]},
        cv=KFold(2),
        scoring=all_task_scorers(["accuracy", "neg_log_loss"]),
        refit="mean_neg_log_loss",
    ).fit(X, y)
    assert search.best_params_ == {"abmtlclassifier__lr": 1e-2}
    assert task_scorer("accuracy", "shape")(search, X, y) > 0.4


@pytest.mark.filterwarnings("ignore:y has labels that are not classes of their task:UserWarning")
def test_a_task_that_is_not_defined_does_not_stop_a_search():
    X, codes = table()
    codes[:30, 1] = 0  # one class alone in the first fold
    search = GridSearchCV(
        RandomForestClassifier(5, random_state=0),
        {"max_depth": [1, 4]},
        cv=KFold(2),
        scoring=all_task_scorers("roc_auc_ovr"),
        refit="mean_roc_auc_ovr",
    )
    with pytest.warns(UserWarning, match="scores are non-finite"):
        search.fit(X, codes)
    assert np.isnan(search.cv_results_["mean_test_task_1_roc_auc_ovr"]).all()
    assert np.isfinite(search.best_score_)


@pytest.mark.parametrize(
    "scorer", [mean_task_scorer("f1_macro"), task_scorer("roc_auc", "size"), exact_match_scorer()]
)
def test_tools_of_one_score_take_a_scorer(scorer):
    X, y = partial_rows()
    assert np.isfinite(cross_val_score(quick(), X, y, cv=KFold(2), scoring=scorer)).all()
    classifier = quick().fit(X, y)
    importances = permutation_importance(classifier, X, y, n_repeats=2, scoring=scorer)
    assert importances.importances_mean.argmax() in (0, 1, 2)
    curve = learning_curve(quick(), X, y, cv=KFold(2), train_sizes=[0.5], scoring=scorer)
    assert np.isfinite(curve[2]).all()


@pytest.mark.filterwarnings("ignore:y has labels that are not classes of their task:UserWarning")
def test_rare_classes_do_not_stop_cross_validation():
    X, codes = table(90)
    y = frame(codes)
    y.loc[:1, "color"] = "black"  # in one fold alone
    scorer = all_task_scorers(["neg_log_loss", "roc_auc_ovr", "roc_auc_ovo", "f1_macro"])
    for estimator, labels in ((quick(), y), (RandomForestClassifier(5), y.astype(str))):
        scores = cross_validate(
            estimator, X, labels, cv=KFold(3), scoring=scorer, error_score="raise"
        )
        assert np.isfinite(scores["test_color_neg_log_loss"]).all()
        assert np.isfinite(scores["test_mean_roc_auc_ovr"]).all()


def test_the_classifiers_missing_label_is_known_in_a_pipeline():
    X, codes = table(120)
    missing = np.random.default_rng(1).random(codes.shape) < 0.3
    y = np.where(missing, -1, codes)
    pipeline = make_pipeline(StandardScaler(), quick(missing_label=-1)).fit(X, y)
    masked = np.ma.masked_array(codes, missing)
    names = ["accuracy", "neg_log_loss"]
    scores = [all_task_scorers(names)(pipeline, X, labels) for labels in (y, masked)]
    assert scores[0] == scores[1]
    assert exact_match_scorer()(pipeline, X, y) == exact_match_scorer()(pipeline, X, masked)


def test_tasks_of_a_forest_are_named_by_y():
    X, codes = table()
    forest = RandomForestClassifier(5, random_state=0).fit(X, codes)
    names = [f"a{task}" for task in range(3)]
    y = pd.DataFrame(codes, columns=names)
    assert list(all_task_scorers("accuracy")(forest, X, y))[:3] == [f"{n}_accuracy" for n in names]
    assert task_scorer("accuracy", "a1")(forest, X, y) == (forest.predict(X) == codes)[:, 1].mean()


def test_one_task_is_scored_too():
    X, codes = table()
    y = frame(codes)["color"]
    classifier = quick().fit(X, y)
    scores = all_task_scorers("accuracy")(classifier, X, y.to_numpy())
    assert scores == {
        "color_accuracy": classifier.score(X, y),
        "mean_accuracy": classifier.score(X, y),
    }


def test_sample_weights_are_routed():
    X, y = partial_rows(60)
    weight = np.r_[np.ones(40), np.zeros(20)]
    scorers = [all_task_scorers("accuracy"), mean_task_scorer(), task_scorer("accuracy", 0)]
    with sklearn.config_context(enable_metadata_routing=True):
        estimator = quick().set_fit_request(sample_weight=False)
        for scorer in scorers:
            scorer.set_score_request(sample_weight=True)
            routed, plain = (
                cross_validate(estimator, X, y, cv=[(range(30), rows)], scoring=scorer, params=p)
                for rows, p in ((range(60), {"sample_weight": weight}), (range(40), None))
            )
            scores = [key for key in routed if key.startswith("test")]
            np.testing.assert_allclose([routed[k] for k in scores], [plain[k] for k in scores])


def test_scorers_are_pickled_and_printed():
    classifier, X, y = fixed()
    for scorer in (all_task_scorers("accuracy"), mean_task_scorer(), task_scorer("accuracy", 0)):
        assert pickle.loads(pickle.dumps(scorer))(classifier, X, y) == scorer(classifier, X, y)
    assert repr(task_scorer("f1", 0)) == "TaskScorer(scoring='f1', task=0)"
    scorer = mean_task_scorer("f1", missing_label=-1, pos_label={"size": 20})
    assert repr(scorer) == (
        "MeanTaskScorer(scoring='f1', missing_label=-1, pos_label={'size': 20})"
    )


def test_unknown_scorings_are_refused():
    for make in (all_task_scorers, mean_task_scorer, lambda name: task_scorer(name, 0)):
        with pytest.raises(ValueError, match="'acuracy' is not a valid scoring value"):
            make("acuracy")
    with pytest.raises(ValueError, match="scoring must be a name or a callable; found None"):
        mean_task_scorer(None)
    for scoring in ([], None, 3):
        with pytest.raises(ValueError, match="scoring must be a name, a list of names or a dict"):
            all_task_scorers(scoring)


def test_other_tasks_are_refused():
    classifier, X, y = fixed()
    with pytest.raises(ValueError, match=r"task must be one of \['color', 'size', 'shape'\]"):
        task_scorer("accuracy", "colour")(classifier, X, y)
    with pytest.raises(ValueError, match="y must have the tasks of fit"):
        mean_task_scorer()(classifier, X, y[["color", "size"]])
    with pytest.raises(ValueError, match="y must name the tasks as in fit"):
        mean_task_scorer()(classifier, X, y.rename(columns={"color": "hue"}))
    with (
        pytest.warns(UserWarning, match="y has labels that are not classes of their task"),
        pytest.raises(ValueError, match="classes of task 'size' must be of one kind"),
    ):
        mean_task_scorer()(classifier, X, y.assign(size=y["size"].astype(str)))


def test_names_that_clash_are_refused():
    _, X, y = fixed()
    clashing = Fixed(CLASSES, answers()[2], ["mean", "size", "shape"])
    text = r"clash in the scores \['mean_accuracy'\], of the tasks \['mean'\]; rename these tasks"
    with pytest.raises(ValueError, match=text):
        all_task_scorers("accuracy")(clashing, X, y.to_numpy())
    clashing = Fixed(CLASSES, answers()[2], ["a", "a_b", "shape"])
    scorer = all_task_scorers({"b_c": "accuracy", "c": "accuracy"})
    with pytest.raises(ValueError, match=r"scores \['a_b_c'\], of the tasks \['a_b'\]"):
        scorer(clashing, X, y.to_numpy())


def test_an_error_names_the_task():
    classifier, X, y = fixed()
    with pytest.raises(ValueError, match="The error is in the score 'f1' of task 'color'"):
        all_task_scorers("f1")(classifier, X, y)


def sentinel_rows():
    """Return X, labels of two binary tasks, and the same with -1 where 30 % are missing."""
    X, codes = table(120)
    y = np.minimum(codes[:, :2], 1)
    missing = np.random.default_rng(1).random(y.shape) < 0.3
    return X, np.ma.masked_array(y, missing), np.where(missing, -1, y)


@pytest.mark.parametrize("wrap", [None, FrozenEstimator, Pipeline])
def test_the_missing_label_is_found_however_deep_it_is(wrap):
    X, masked, y = sentinel_rows()
    inner = MultiOutputClassifier(quick(missing_label=-1))
    inner.fit(X, y)
    estimator = {
        None: inner,
        FrozenEstimator: FrozenEstimator(inner),
        Pipeline: Pipeline([("last", inner)]),
    }[wrap]
    hits = (inner.predict(X) == masked.data) & ~masked.mask
    expected = (hits.sum(axis=0) / (~masked.mask).sum(axis=0)).mean()
    assert mean_task_scorer()(estimator, X, y) == pytest.approx(expected)
    for scorer in (exact_match_scorer(), all_task_scorers(["f1", "neg_log_loss"])):
        assert scorer(estimator, X, y) == scorer(estimator, X, masked)
    drawn = TaskConfusionDisplay.from_estimator(estimator, X, y)
    assert drawn.confusion_matrices[0].shape == (2, 2)
    answers = cross_val_predict(inner, X, y, cv=2, method="predict_proba")
    assert [p.shape for p in answers] == [(120, 2), (120, 2)]


def test_the_missing_label_is_found_in_a_search():
    X, masked, y = sentinel_rows()
    inner = make_pipeline(StandardScaler(), MultiOutputClassifier(quick(missing_label=-1)))
    grid = {"multioutputclassifier__estimator__lr": [1e-2]}
    search = GridSearchCV(inner, grid, cv=KFold(2), scoring=mean_task_scorer()).fit(X, y)
    assert mean_task_scorer()(search, X, y) == mean_task_scorer()(search, X, masked)
    assert search.best_score_ > 0.6  # with -1 as a class it is at most .7 times that


def test_scorers_take_the_missing_label_of_other_classifiers():
    X, masked, y = sentinel_rows()
    tree = DecisionTreeClassifier(max_depth=2).fit(X, masked.data)
    for make in (mean_task_scorer, partial(task_scorer, task=0), all_task_scorers):
        scorer = make("f1", missing_label=-1)
        assert scorer(tree, X, y) == scorer(tree, X, masked)
    exact = exact_match_scorer(missing_label=-1)
    assert exact(tree, X, y) == exact_match_scorer()(tree, X, masked)
    assert cross_val_score(tree, X, masked.data, cv=2, scoring=exact).shape == (2,)


@pytest.mark.parametrize(
    "score",
    [
        mean_task_scorer(),
        all_task_scorers(["accuracy", "balanced_accuracy"]),
        exact_match_scorer(),
        lambda classifier, X, y: classifier.score(X, y),
        lambda classifier, X, y: classifier.task("size").score(X, y["size"]),
    ],
)
def test_labels_that_are_no_class_are_named(score):
    X, codes = table()
    y = frame(codes)
    classifier = quick().fit(X, y)
    other = y.assign(size=y["size"].replace(20, 30))
    with pytest.warns(UserWarning, match=r"classes of their task, \{'size': \[30\]\}") as caught:
        score(classifier, X, other)
    assert len(caught) == 1
    assert caught[0].filename == __file__


def test_weights_of_0_hide_labels_that_are_no_class():
    X, masked, y = sentinel_rows()
    classifier = quick().fit(X, masked)
    weights = (y >= 0).astype(float)
    assert classifier.score(X, y, sample_weight=weights) == classifier.score(X, masked)
    scorer = mean_task_scorer()
    assert scorer(classifier, X, y, sample_weight=weights) == scorer(classifier, X, masked)


def test_the_function_of_version_0_1_0_still_scores_with_a_warning():
    classifier, X, y = fixed()
    expected = exact_match_scorer()(classifier, X, y)
    with pytest.warns(FutureWarning, match=r"pass scoring=exact_match_scorer\(\)"):
        assert exact_match_scorer(classifier, X, y) == expected
    weights = np.arange(1, len(X) + 1)
    expected = exact_match_scorer()(classifier, X, y, sample_weight=weights)
    with pytest.warns(FutureWarning, match=r"pass scoring=exact_match_scorer\(\)"):
        assert exact_match_scorer(classifier, X, y, weights) == expected
    with pytest.warns(FutureWarning, match=r"pass scoring=exact_match_scorer\(\)"):
        found = exact_match_scorer(estimator=classifier, X=X, y=y, sample_weight=weights)
    assert found == expected
