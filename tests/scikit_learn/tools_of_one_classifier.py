"""Tools that take one classifier: its own methods, Pipelines, selection, inspection."""

from __future__ import annotations

from functools import partial

from tool import AS_IT_IS, OPTION, SCORER, SINGLE_TASK, SPLITTER, TASK, Tool
from tool_checks import (
    CHANCE,
    CLASSES,
    classes,
    columns,
    curve,
    equals,
    importances,
    labels,
    labels_of,
    probabilities,
    probabilities_of,
    score,
)


def one_task(found):
    labels_of("color", found[0])
    probabilities_of("color", found[1])


def scaled(found):
    assert abs(found.mean()) < 1e-9
    assert abs(found.std() - 1) < 1e-9


def one_of_the_informative(found):
    assert found.tolist() in ([0], [1])


def several_importances(found):
    for name in ("log_loss", "exact"):
        importances(found[name].importances_mean)


def dependence(found):
    average = found["average"]  # (n_classes, n_points)
    assert len(average) == 3
    assert (average[0, 0] > average[0, -1]) != (average[2, 0] > average[2, -1])


def dependence_is_drawn(found):
    assert found.lines_.size == 1
    assert found.lines_[0, 0].get_ydata().std() > 0.01


def curve_is_drawn(found):
    curve(found.test_scores, CHANCE)
    assert found.figure_.axes


def better_than_permuted(found):
    true_score, permuted, p_value = found
    assert true_score > permuted.max()
    assert p_value == 1 / (len(permuted) + 1)


def boundary_is_drawn(found):
    assert found.response.ndim == 2
    assert len(set(found.response.ravel())) > 1


def matrix_is_drawn(found):
    assert found.confusion_matrix.shape == (3, 3)
    assert found.confusion_matrix.trace() > found.confusion_matrix.sum() / 2
    assert found.display_labels.tolist() == CLASSES["color"]


def roc_is_drawn(found):
    score(found.roc_auc, 0.7)


def calibration_is_drawn(found):
    assert found.estimator_name == "TaskView"
    assert len(found.prob_true) > 1


ESTIMATOR = [
    Tool("`fit`, `predict`", AS_IT_IS, "classifier.fit(X, y).predict(X)", labels),
    Tool("`predict_proba`", AS_IT_IS, "classifier.fit(X, y).predict_proba(X)", probabilities),
    Tool("`classes_`", AS_IT_IS, "classifier.fit(X, y).classes_", classes),
    Tool(
        "`n_classes_`, `n_outputs_`",
        AS_IT_IS,
        "fitted.n_classes_, fitted.n_tasks_",
        partial(equals, ([3, 2, 4], 3)),
    ),
    Tool("`score`", AS_IT_IS, "classifier.fit(X, y).score(X, y)", partial(score, low=0.6)),
    Tool(
        "`fit`, `predict` of frames",
        AS_IT_IS,
        "classifier.fit(X_frame, y_frame).predict(X_frame)",
        labels,
    ),
    Tool(
        "`fit` of 1-d y",
        AS_IT_IS,
        "classifier.fit(X_color, y_color).predict(X), classifier.predict_proba(X)",
        one_task,
    ),
    Tool(
        "`fit` of y of one column",
        AS_IT_IS,
        "classifier.fit(X_color, y_color[:, None]).predict(X), classifier.predict_proba(X)",
        one_task,
        warns="A column-vector y was passed",
    ),
]

COMPOSITION = [
    Tool(
        "`Pipeline`",
        AS_IT_IS,
        "make_pipeline(StandardScaler(), classifier).fit(X, y).predict_proba(X)",
        probabilities,
    ),
    Tool(
        "`Pipeline.score`",
        AS_IT_IS,
        "make_pipeline(StandardScaler(), classifier).fit(X, y).score(X, y)",
        partial(score, low=0.6),
    ),
    Tool(
        "`Pipeline.classes_`",
        AS_IT_IS,
        "make_pipeline(StandardScaler(), classifier).fit(X, y).classes_",
        classes,
    ),
    Tool(
        "`ColumnTransformer` with `set_output`",
        AS_IT_IS,
        "make_pipeline(ColumnTransformer([('s', StandardScaler(), ['a', 'b'])], "
        "remainder='passthrough').set_output(transform='pandas'), classifier)"
        ".fit(X_frame, y_frame).predict(X_frame)",
        labels,
    ),
    Tool(
        "`GridSearchCV` of a `Pipeline`",
        SCORER,
        "GridSearchCV(Pipeline([('s', StandardScaler()), ('e', classifier)]), "
        "{'e__lr': [0.01, 0.02]}, cv=cv, scoring=scorer).fit(X, y).best_score_",
        partial(score, low=CHANCE, high=0.0),
    ),
    Tool(
        "`TargetEncoder` in a `Pipeline`",
        SINGLE_TASK,
        "make_pipeline(TargetEncoder(cv=2), single)"
        ".fit(X_color.round(), y_color, singletask__aux_y=aux_color).predict(X.round())",
        partial(labels_of, "color"),
    ),
    Tool(
        "`SelectKBest` in a `Pipeline`",
        SINGLE_TASK,
        "make_pipeline(SelectKBest(k=2), single)"
        ".fit(X_color, y_color, singletask__aux_y=aux_color).predict(X)",
        partial(labels_of, "color"),
    ),
    Tool(
        "`SelectFromModel`",
        AS_IT_IS,
        "SelectFromModel(classifier, max_features=3, threshold=-np.inf).fit(X, y)"
        ".get_support(indices=True)",
        partial(columns, [0, 1, 2]),
    ),
    Tool(
        "`RFE`",
        OPTION,
        "RFE(clone(classifier).set_params(missing_label='?'), n_features_to_select=3)"
        ".fit(X, y_filled).get_support(indices=True)",
        partial(columns, [0, 1, 2]),
    ),
    Tool(
        "`SequentialFeatureSelector`",
        SCORER,
        "SequentialFeatureSelector(classifier, n_features_to_select=1, cv=cv, scoring=scorer)"
        ".fit(X[:, 1:4], y).get_support(indices=True)",
        one_of_the_informative,
    ),
    Tool(
        "`StandardScaler.fit_transform` with y",
        AS_IT_IS,
        "StandardScaler().fit_transform(X, y)",
        scaled,
    ),
]

INSPECTION = [
    Tool(
        "`permutation_importance`",
        AS_IT_IS,
        "permutation_importance(fitted, X, y, random_state=0).importances_mean",
        importances,
    ),
    Tool(
        "`permutation_importance(scoring=callable)`",
        SCORER,
        "permutation_importance(fitted, X, y, scoring=scorer, random_state=0).importances_mean",
        importances,
    ),
    Tool(
        "`permutation_importance(scoring=dict)`",
        SCORER,
        "permutation_importance(fitted, X, y, "
        "scoring={'log_loss': scorer, 'exact': exact_match_scorer()}, random_state=0)",
        several_importances,
    ),
    Tool(
        "`permutation_importance` of frames",
        SCORER,
        "permutation_importance(classifier.fit(X_frame, y_frame), X_frame, y_frame, "
        "scoring=scorer, random_state=0).importances_mean",
        importances,
    ),
    Tool(
        "`partial_dependence`",
        TASK,
        "partial_dependence(fitted.task('color'), X, [0])",
        dependence,
    ),
    Tool(
        "`PartialDependenceDisplay`",
        TASK,
        "PartialDependenceDisplay.from_estimator(fitted.task('color'), X, [0], target='red')",
        dependence_is_drawn,
    ),
    Tool(
        "`learning_curve(scoring=callable)`",
        SCORER,
        "learning_curve(classifier, X, y, cv=cv, train_sizes=[0.5, 1.0], scoring=scorer)[2]",
        partial(curve, low=CHANCE),
    ),
    Tool(
        "`learning_curve`",
        SPLITTER,
        "learning_curve(classifier, X, y, cv=cv, train_sizes=[0.5, 1.0])[2]",
        partial(curve, low=0.5),
    ),
    Tool(
        "`validation_curve`",
        SCORER,
        "validation_curve(classifier, X, y, param_name='lr', param_range=[0.01, 0.02], cv=cv, "
        "scoring=scorer)[1]",
        partial(curve, low=CHANCE),
    ),
    Tool(
        "`LearningCurveDisplay`",
        SCORER,
        "LearningCurveDisplay.from_estimator(classifier, X, y, cv=cv, train_sizes=[0.5, 1.0], "
        "scoring=scorer)",
        curve_is_drawn,
    ),
    Tool(
        "`ValidationCurveDisplay`",
        SCORER,
        "ValidationCurveDisplay.from_estimator(classifier, X, y, param_name='lr', "
        "param_range=[0.01, 0.02], cv=cv, scoring=scorer)",
        curve_is_drawn,
    ),
    Tool(
        "`permutation_test_score`",
        SCORER,
        "permutation_test_score(classifier, X, y, cv=cv, n_permutations=3, scoring=scorer)",
        better_than_permuted,
    ),
    Tool(
        "`DecisionBoundaryDisplay`",
        TASK,
        "DecisionBoundaryDisplay.from_estimator(classifier.fit(X[:, :2], y).task(0), X[:, :2], "
        "response_method='predict', grid_resolution=20)",
        boundary_is_drawn,
    ),
    Tool(
        "`ConfusionMatrixDisplay.from_estimator`",
        TASK,
        "ConfusionMatrixDisplay.from_estimator(fitted.task('color'), X_color, y_color)",
        matrix_is_drawn,
    ),
    Tool(
        "`ConfusionMatrixDisplay.from_predictions`",
        TASK,
        "ConfusionMatrixDisplay.from_predictions(y_color, fitted.task('color').predict(X_color))",
        matrix_is_drawn,
    ),
    Tool(
        "`RocCurveDisplay`",
        TASK,
        "RocCurveDisplay.from_estimator(fitted.task('size'), X_size, y_size, pos_label='small')",
        roc_is_drawn,
    ),
    Tool(
        "`CalibrationDisplay`",
        TASK,
        "CalibrationDisplay.from_estimator(fitted.task('size'), X_size, y_size, pos_label='small')",
        calibration_is_drawn,
    ),
]
