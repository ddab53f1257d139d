"""Tools that split rows: cross-validation, splitters and searches."""

from __future__ import annotations

from functools import partial

import numpy as np
from tool import (
    AS_IT_IS,
    FUNCTION,
    METRIC,
    SCORER,
    SINGLE_TASK,
    SPLITTER,
    NoTool,
    Tool,
)
from tool_checks import (
    CHANCE,
    N_ROWS,
    accuracy,
    classes,
    labels,
    likelihood,
    parts,
    probabilities,
    score,
    score_dict,
    scores,
    splits,
)


def folds(found):
    assert found.get_n_splits() == 5


def log_probabilities(found):
    probabilities([np.exp(p) for p in found])


def with_a_rare_class(found):
    assert [p.shape for p in found] == [(N_ROWS, 3), (N_ROWS, 2), (N_ROWS, 5)]
    assert not found[2][:2, 4].any()
    assert found[2][50:, 4].all()
    np.testing.assert_allclose(found[2].sum(axis=1), 1)


def by_name(name, scoring, *, low, high=1.0, since="1.6"):
    """Return the tool of one of scikit-learn's names of scores, with our scorer."""
    return Tool(
        f"`cross_val_score(scoring='{name}')`",
        SCORER,
        f"cross_val_score(classifier, X, y, cv=cv, scoring={scoring})",
        partial(scores, low=low, high=high),
        since,
    )


def by_mean(name, **options):
    return by_name(name, f"mean_task_scorer('{name}')", **options)


CROSS_VALIDATION = [
    Tool(
        "`check_cv(5, y, classifier=True)`",
        FUNCTION,
        "check_cv(5, mask_labels(y), classifier=True)",
        folds,
    ),
    Tool("`cross_val_score`", SPLITTER, "cross_val_score(classifier, X, y, cv=cv)", accuracy),
    by_mean("accuracy", low=0.5),
    by_mean("balanced_accuracy", low=0.5),
    by_mean("f1_macro", low=0.4),
    by_name("roc_auc", "task_scorer('roc_auc', 1)", low=0.7),
    by_mean("roc_auc_ovr", low=0.7),
    by_mean("neg_log_loss", low=CHANCE, high=0.0),
    by_mean("neg_brier_score", low=-0.64, high=0.0, since="1.7"),
    by_mean("matthews_corrcoef", low=0.3),
    by_mean("jaccard_macro", low=0.3),
    by_name("top_k_accuracy", "task_scorer('top_k_accuracy', 0)", low=0.7),
    Tool(
        "`cross_val_score(scoring=make_scorer(exact match))`",
        SCORER,
        "cross_val_score(classifier, X, y, cv=cv, scoring=exact_match_scorer())",
        partial(scores, low=0.2),
    ),
    Tool(
        "`make_scorer(function, response_method='predict_proba')`",
        METRIC,
        "cross_val_score(classifier, X, y, cv=cv, scoring=make_scorer("
        "lambda y, p: task_log_losses(y, p, fitted.classes_).mean(), "
        "response_method='predict_proba', greater_is_better=False))",
        likelihood,
    ),
    Tool(
        "`make_scorer(function, response_method=('decision_function', 'predict_proba'))`",
        METRIC,
        "cross_val_score(classifier, X, y, cv=cv, scoring=make_scorer("
        "lambda y, p: task_log_losses(y, p, fitted.classes_).mean(), "
        "response_method=('decision_function', 'predict_proba'), greater_is_better=False))",
        likelihood,
    ),
    Tool(
        "`cross_val_score(scoring=callable)`",
        METRIC,
        "cross_val_score(classifier, X, y, cv=cv, scoring="
        "lambda e, X, y: -task_log_losses(y, e.predict_proba(X), e.classes_).mean())",
        likelihood,
    ),
    Tool(
        "`cross_validate(scoring=dict of callables)`",
        SCORER,
        "cross_validate(classifier, X, y, cv=cv, "
        "scoring={'exact': exact_match_scorer(), 'log_loss': scorer})",
        partial(score_dict, exact=0.2, log_loss=CHANCE),
    ),
    Tool(
        "`cross_validate(scoring=callable that returns a dict)`",
        SCORER,
        "cross_validate(classifier, X, y, cv=cv, scoring=all_task_scorers('accuracy'))",
        partial(score_dict, task_0_accuracy=0.4, task_1_accuracy=0.6, task_2_accuracy=0.3),
    ),
    Tool(
        "`cross_validate(scoring=list of names)`",
        SCORER,
        "cross_validate(classifier, X, y, cv=cv, "
        "scoring=all_task_scorers(['accuracy', 'f1_macro']))",
        partial(score_dict, mean_accuracy=0.5, mean_f1_macro=0.4),
    ),
    Tool(
        "`cross_val_score` of frames",
        SCORER,
        "cross_val_score(classifier, X_frame, y_frame, cv=cv, scoring=scorer)",
        likelihood,
    ),
    Tool(
        "`cross_val_predict(method='predict')`",
        FUNCTION,
        "cross_val_predict(classifier, X, y, cv=3)",
        labels,
    ),
    Tool(
        "`cross_val_predict(method='predict_proba')`",
        FUNCTION,
        "cross_val_predict(classifier, X, y, cv=3, method='predict_proba')",
        probabilities,
    ),
    Tool(
        "`cross_val_predict(method='predict_log_proba')`",
        FUNCTION,
        "[np.log(p) for p in cross_val_predict(classifier, X, y, cv=3, method='predict_proba')]",
        log_probabilities,
    ),
    NoTool(
        "`cross_val_predict(method='decision_function')`",
        "cross_val_predict(classifier, X, y, cv=3, method='decision_function')",
        "'ABMTLClassifier' object has no attribute 'decision_function'",
        "There is no `decision_function`: scikit-learn has no form of it for several tasks of "
        "several classes. Take `predict_proba`.",
    ),
    Tool(
        "`cross_val_predict(method='predict_proba')` of frames",
        FUNCTION,
        "cross_val_predict(classifier, X_frame, y_frame, cv=3, method='predict_proba')",
        probabilities,
    ),
    Tool(
        "`cross_val_predict(method='predict_proba')`, a fold lacks a class",
        FUNCTION,
        "cross_val_predict(classifier, X, y_rare, cv=KFold(3), method='predict_proba')",
        with_a_rare_class,
    ),
    Tool(
        "`cross_val_predict(method='predict')` of strings",
        SPLITTER,
        "sklearn.model_selection.cross_val_predict(classifier, X, y, cv=cv)",
        labels,
    ),
    Tool(
        "`cross_val_predict(method='predict_proba')` of strings",
        FUNCTION,
        "cross_val_predict(classifier, X, y, cv=cv, method='predict_proba')",
        probabilities,
    ),
]

SPLITTERS = [
    Tool(
        "`KFold`",
        AS_IT_IS,
        "list(KFold(3).split(X, y))",
        partial(splits, every_class=False),
    ),
    Tool("`StratifiedKFold`", SPLITTER, "list(MultiTaskStratifiedKFold(3).split(X, y))", splits),
    Tool(
        "`StratifiedShuffleSplit`",
        SPLITTER,
        "list(MultiTaskStratifiedShuffleSplit(3, random_state=0).split(X, y))",
        splits,
    ),
    Tool(
        "`StratifiedGroupKFold`",
        SPLITTER,
        "list(MultiTaskStratifiedKFold(3).split(X, y, groups=np.arange(len(y)) % 10))",
        splits,
    ),
    Tool(
        "`GroupKFold`",
        AS_IT_IS,
        "list(GroupKFold(3).split(X, y, groups=np.arange(len(y)) % 10))",
        partial(splits, every_class=False),
    ),
    Tool(
        "`train_test_split`",
        AS_IT_IS,
        "train_test_split(X, y, random_state=0)",
        partial(parts, every_class=False),
    ),
    Tool(
        "`train_test_split(stratify=y)`",
        FUNCTION,
        "multitask_train_test_split(X, y, stratify=y, random_state=0)",
        parts,
    ),
    Tool(
        "`train_test_split(stratify=y)` of frames",
        FUNCTION,
        "multitask_train_test_split(X_frame, y_frame, stratify=y_frame, random_state=0)",
        parts,
    ),
    Tool(
        "`cv=` a list of splits",
        SPLITTER,
        "cross_val_score(classifier, X, y, cv=list(cv.split(X, y)), scoring=scorer)",
        likelihood,
    ),
]

SEARCHES = [
    Tool(
        "`GridSearchCV`",
        SPLITTER,
        "GridSearchCV(classifier, grid, cv=cv).fit(X, y).best_score_",
        partial(score, low=0.5),
    ),
    Tool(
        "`GridSearchCV(scoring='accuracy')`",
        SCORER,
        "GridSearchCV(classifier, grid, cv=cv, scoring=mean_task_scorer('accuracy'))"
        ".fit(X, y).best_score_",
        partial(score, low=0.5),
    ),
    Tool(
        "`GridSearchCV(scoring=callable)`",
        SCORER,
        "GridSearchCV(classifier, grid, cv=cv, scoring=scorer).fit(X, y).best_score_",
        partial(score, low=CHANCE, high=0.0),
    ),
    Tool(
        "`GridSearchCV(scoring=dict, refit=name)`",
        SCORER,
        "GridSearchCV(classifier, grid, cv=cv, refit='exact', "
        "scoring={'exact': exact_match_scorer(), 'log_loss': scorer}).fit(X, y).predict_proba(X)",
        probabilities,
    ),
    Tool(
        "`GridSearchCV.classes_`",
        SCORER,
        "GridSearchCV(classifier, grid, cv=cv, scoring=scorer).fit(X, y).classes_",
        classes,
    ),
    Tool(
        "`RandomizedSearchCV`",
        SCORER,
        "RandomizedSearchCV(classifier, grid, n_iter=2, cv=cv, scoring=scorer)"
        ".fit(X, y).best_score_",
        partial(score, low=CHANCE, high=0.0),
    ),
    Tool(
        "`HalvingGridSearchCV(scoring=callable)`",
        SINGLE_TASK,
        "HalvingGridSearchCV(single, single_grid, cv=3, min_resources=40, random_state=0, "
        "scoring='neg_log_loss').fit(X_color, y_color, aux_y=aux_color).best_score_",
        partial(score, low=-np.log(3), high=0.0),
    ),
    Tool(
        "`HalvingRandomSearchCV(scoring=callable)`",
        SINGLE_TASK,
        "HalvingRandomSearchCV(single, single_grid, n_candidates=2, cv=3, "
        "min_resources=40, random_state=0, scoring='neg_log_loss')"
        ".fit(X_color, y_color, aux_y=aux_color).best_score_",
        partial(score, low=-np.log(3), high=0.0),
    ),
    Tool(
        "`HalvingGridSearchCV`",
        SINGLE_TASK,
        "HalvingGridSearchCV(single, single_grid, cv=3, min_resources=40, random_state=0)"
        ".fit(X_color, y_color, aux_y=aux_color).best_score_",
        partial(score, low=0.4),
    ),
    Tool(
        "`HalvingGridSearchCV` of frames",
        SINGLE_TASK,
        "HalvingGridSearchCV(single, single_grid, cv=3, min_resources=40, random_state=0)"
        ".fit(X_frame[is_color], y_frame['color'][is_color], aux_y=aux_color).best_score_",
        partial(score, low=0.4),
    ),
]
