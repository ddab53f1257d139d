"""Estimators around the classifier; metrics, weights and encoders of arrays."""

from __future__ import annotations

from functools import partial

import numpy as np
from tool import (
    AS_IT_IS,
    FUNCTION,
    METRIC,
    ONE_TASK,
    OPTION,
    ROUTED,
    SCORER,
    TASK,
    NoTool,
    Tool,
)
from tool_checks import (
    CLASSES,
    N_ROWS,
    labels,
    labels_of,
    likelihood,
    probabilities,
    probabilities_of,
    score,
    scores,
)


def only(label, found):
    assert set(found) == {label}


def report(found):
    for task, own in CLASSES.items():
        assert set(own) < set(found[task])


def matrix(found):
    assert found.shape == (3, 3)
    assert found.trace() > found.sum() / 2


def matrices(found):
    assert found.shape == (3, 2, 2)
    assert (found[:, 0, 0] > 0).all()
    assert (found[:, 1, 1] > 0).all()


def balancing(found):
    assert found.shape == (3,)
    assert found.min() < 1 < found.max()


def row_weights(found):
    np.testing.assert_allclose(found.mean(), 1)
    assert len(np.unique(found.round(6))) == 3


def mostly_red(found):
    labels(found)
    assert np.mean(found[:, 0] == "red") > 0.5  # a third of the rows is


def class_numbers(found):
    assert set(found) == {0, 1, 2}


def task_class_numbers(found):
    assert found.shape == (N_ROWS, 3)
    assert (np.nanmax(found, axis=0) == [2, 1, 3]).all()
    assert 0.2 < np.isnan(found).mean() < 0.4


def indicators(found):
    assert found.shape[1] == 3
    assert (found.sum(axis=1) == 1).all()


META_ESTIMATORS = [
    Tool(
        "`CalibratedClassifierCV`",
        ROUTED,
        "CalibratedClassifierCV(single, cv=3).fit(X_color, y_color, aux_y=aux_color)"
        ".predict_proba(X)",
        partial(probabilities_of, "color"),
    ),
    Tool(
        "`CalibratedClassifierCV(FrozenEstimator)`",
        FUNCTION,
        "calibrate(fitted, X, y, method='sigmoid').predict_proba(X)",
        probabilities,
    ),
    Tool(
        "`FrozenEstimator`",
        AS_IT_IS,
        "FrozenEstimator(fitted).fit(X, y).predict_proba(X)",
        probabilities,
    ),
    Tool(
        "`cross_val_score(FrozenEstimator)`",
        SCORER,
        "cross_val_score(FrozenEstimator(fitted), X, y, cv=cv, scoring=scorer)",
        likelihood,
    ),
    Tool(
        "`TunedThresholdClassifierCV`",
        ROUTED,
        "TunedThresholdClassifierCV(single, cv=3).fit(X_size, y_size, aux_y=aux_size).predict(X)",
        partial(labels_of, "size"),
    ),
    Tool(
        "`FixedThresholdClassifier`",
        TASK,
        "FixedThresholdClassifier(FrozenEstimator(fitted.task('size')), threshold=0.0, "
        "pos_label='small').fit(X_size, y_size).predict(X)",
        partial(only, "small"),
    ),
    Tool(
        "`StackingClassifier`",
        TASK,
        "StackingClassifier([('a', fitted.task('color')), ('b', GaussianNB().fit(X_color, y_color))"
        "], GaussianNB(), cv='prefit').fit(X_color, y_color).predict(X)",
        partial(labels_of, "color"),
    ),
    Tool(
        "`VotingClassifier(voting='hard')`",
        ROUTED,
        "VotingClassifier([('a', single), ('b', clone(single))])"
        ".fit(X_color, y_color, aux_y=aux_color).predict(X)",
        partial(labels_of, "color"),
    ),
    Tool(
        "`VotingClassifier(voting='soft')`",
        ROUTED,
        "VotingClassifier([('a', single), ('b', clone(single))], voting='soft')"
        ".fit(X_color, y_color, aux_y=aux_color).predict_proba(X)",
        partial(probabilities_of, "color"),
    ),
    Tool(
        "`BaggingClassifier`",
        ROUTED,
        "BaggingClassifier(single, n_estimators=2, random_state=0)"
        ".fit(X_color, y_color, aux_y=aux_color).predict_proba(X)",
        partial(probabilities_of, "color"),
    ),
    Tool(
        "`AdaBoostClassifier`",
        ONE_TASK,
        "AdaBoostClassifier(classifier, n_estimators=2, random_state=0)"
        ".fit(X_color, y_color).predict(X)",
        partial(labels_of, "color"),
    ),
    Tool(
        "`MultiOutputClassifier`",
        OPTION,
        "MultiOutputClassifier(clone(classifier).set_params(missing_label='?'))"
        ".fit(X, y_filled).predict_proba(X)",
        probabilities,
    ),
    Tool(
        "`MultiOutputClassifier.score`",
        METRIC,
        "exact_match_score(y, MultiOutputClassifier("
        "clone(classifier).set_params(missing_label='?')).fit(X, y_filled).predict(X))",
        partial(score, low=0.2),
    ),
    NoTool(
        "`ClassifierChain`",
        "ClassifierChain(classifier).fit(X, OrdinalEncoder().fit_transform(y_frame))",
        "Input [yY] contains NaN",
        "It makes features of the labels of earlier tasks, so they must be numbers and none may "
        "be missing; and its probabilities are for tasks with two classes.",
    ),
    Tool(
        "`OneVsRestClassifier`",
        ROUTED,
        "OneVsRestClassifier(single).fit(X_color, y_color, aux_y=aux_color).predict(X)",
        partial(labels_of, "color"),
    ),
    Tool(
        "`SelfTrainingClassifier`",
        ONE_TASK,
        "SelfTrainingClassifier(classifier)"
        ".fit(X, y_frame['color'].astype(object).fillna(-1).to_numpy()).predict(X)",
        partial(labels_of, "color"),
    ),
]

METRICS = [
    Tool(
        "`accuracy_score`",
        METRIC,
        "task_accuracy_scores(y, fitted.predict(X))",
        partial(scores, low=0.6),
    ),
    Tool(
        "`balanced_accuracy_score`",
        METRIC,
        "task_balanced_accuracy_scores(y, fitted.predict(X))",
        partial(scores, low=0.6),
    ),
    Tool(
        "`f1_score`",
        METRIC,
        "task_f1_scores(y, fitted.predict(X), average='macro')",
        partial(scores, low=0.6),
    ),
    Tool(
        "`classification_report`",
        METRIC,
        "multitask_classification_report(y, fitted.predict(X), task_names=fitted.task_names_, "
        "output='dict')",
        report,
    ),
    Tool(
        "`confusion_matrix`",
        TASK,
        "confusion_matrix(y_color, fitted.task('color').predict(X_color))",
        matrix,
    ),
    Tool(
        "`multilabel_confusion_matrix`",
        TASK,
        "multilabel_confusion_matrix(y_color, fitted.task('color').predict(X_color))",
        matrices,
    ),
    Tool(
        "`hamming_loss`",
        METRIC,
        "multitask_hamming_loss(y, fitted.predict(X))",
        partial(score, low=0.0, high=0.4),
    ),
    Tool(
        "`zero_one_loss`",
        METRIC,
        "1 - exact_match_score(y, fitted.predict(X))",
        partial(score, low=0.0, high=0.6),
    ),
    Tool(
        "`matthews_corrcoef`",
        SCORER,
        "mean_task_scorer('matthews_corrcoef')(fitted, X, y)",
        partial(score, low=0.4),
    ),
    Tool(
        "`cohen_kappa_score`",
        SCORER,
        "mean_task_scorer(make_scorer(cohen_kappa_score))(fitted, X, y)",
        partial(score, low=0.4),
    ),
    Tool(
        "`jaccard_score`",
        SCORER,
        "mean_task_scorer('jaccard_macro')(fitted, X, y)",
        partial(score, low=0.4),
    ),
    Tool(
        "`log_loss`",
        METRIC,
        "-task_log_losses(y, fitted.predict_proba(X), fitted.classes_)",
        likelihood,
    ),
    Tool(
        "`roc_auc_score`",
        SCORER,
        "mean_task_scorer('roc_auc_ovr')(fitted, X, y)",
        partial(score, low=0.7),
    ),
    Tool(
        "`log_loss` of one task",
        TASK,
        "-log_loss(y_color, fitted.task('color').predict_proba(X_color))",
        partial(score, low=-np.log(3), high=0.0),
    ),
    Tool(
        "`roc_auc_score` of one task",
        TASK,
        "roc_auc_score(y_color, fitted.task('color').predict_proba(X_color), multi_class='ovr')",
        partial(score, low=0.7),
    ),
    Tool(
        "`compute_class_weight`",
        ONE_TASK,
        "compute_class_weight('balanced', classes=np.unique(y_color), y=y_color)",
        balancing,
    ),
    Tool(
        "`compute_sample_weight('balanced')`",
        ONE_TASK,
        "compute_sample_weight('balanced', y_color)",
        row_weights,
    ),
    Tool(
        "`compute_sample_weight` with a list of dicts",
        OPTION,
        "clone(classifier).set_params(class_weight=[{'red': 100}, 'balanced', None])"
        ".fit(X, y).predict(X)",
        mostly_red,
    ),
    Tool("`LabelEncoder`", ONE_TASK, "LabelEncoder().fit_transform(y_color)", class_numbers),
    Tool(
        "`OrdinalEncoder`",
        AS_IT_IS,
        "OrdinalEncoder().fit_transform(y_frame)",
        task_class_numbers,
    ),
    Tool("`LabelBinarizer`", ONE_TASK, "LabelBinarizer().fit_transform(y_color)", indicators),
]
