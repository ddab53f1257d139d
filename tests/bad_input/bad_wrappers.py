"""Wrong uses of the wrappers of a classifier."""

from __future__ import annotations

ONE_TASK = {
    'fitted.task("colour")': (
        "ValueError: task must be one of ['color', 'size', 'shape'] or a position from 0 to 2; "
        "found 'colour'."
    ),
    "fitted.task(3)": (
        "ValueError: task must be one of ['color', 'size', 'shape'] or a position from 0 to 2; "
        "found 3."
    ),
    "task_view(copy.copy(classifier).fit(X, pd.DataFrame(y, columns=[1, 2, 3])), 1)": (
        "ValueError: task=1 may be the name '1' or the position of '2'; pass the name as text."
    ),
    "fitted.task(-1)": (
        "ValueError: task must be one of ['color', 'size', 'shape'] or a position from 0 to 2; "
        "found -1."
    ),
    "fitted.task(True)": (
        "ValueError: task must be one of ['color', 'size', 'shape'] or a position from 0 to 2; "
        "found True."
    ),
    "fitted.task(None)": (
        "ValueError: task must be one of ['color', 'size', 'shape'] or a position from 0 to 2; "
        "found None."
    ),
    'fitted.task("color").fit(X, y)': (
        "TypeError: TaskView shows one task of a fitted classifier and cannot be fitted; fit the "
        "classifier with all tasks, or wrap the view in sklearn.frozen.FrozenEstimator if a tool "
        "calls fit."
    ),
    'fitted.task("color").predict(X[:, :4])': (
        "ValueError: X has 4 features, but ABMTLClassifier is expecting 5 features as input."
    ),
    'fitted.task("color").score(X, labels)': (
        "ValueError: y must hold the labels of one task; found 3."
    ),
    'fitted.task("color").score(X, labels["color"][:50])': (
        "ValueError: X and y must have the same number of rows; found 60 and 50."
    ),
    'fitted.task("color").score(X, [None] * 60)': (
        "ValueError: score needs at least one known label in y; found none."
    ),
    "SingleTask(3).fit(X, y[:, 0])": (
        "InvalidParameterError: The 'estimator' parameter of SingleTask must be an object "
        "implementing 'fit' and 'predict'. Got 3 instead."
    ),
    "SingleTask(ABMTLClassifier).fit(X, y[:, 0])": (
        "TypeError: Cannot clone object. You should provide an instance of scikit-learn "
        "estimator instead of a class."
    ),
    "SingleTask(ABMTLClassifier(), task=3).fit(X, y[:, 0])": (
        "InvalidParameterError: The 'task' parameter of SingleTask must be an instance of "
        "'str'. Got 3 instead."
    ),
    "single.fit(X, None)": (
        "ValueError: ABMTLClassifier requires y to be passed, but the target y is None."
    ),
    "single.fit(X, y)": (
        "ValueError: y should be a 1d array, got an array of shape (60, 3) instead."
    ),
    "single.fit(X[:, 0], y[:, 0])": "ValueError: Expected 2D array, got 1D array instead: ...",
    "single.fit(X, [None] * 60, aux_y=y)": (
        "ValueError: y has no label for task 'task_0'; each task needs at least one."
    ),
    'single.fit(X, y[:, 0], aux_y="text")': (
        "ValueError: aux_y must have the shape (n_samples,) or (n_samples, n_tasks), found an "
        "array of shape () and dtype <U4."
    ),
    "single.fit(X, y[:, 0], aux_y=y[:50, 1:])": (
        "ValueError: y and aux_y must have the same number of rows; found 60 and 50. If a step "
        "before SingleTask resampled the rows, as imbalanced-learn's samplers do, aux_y did not "
        "follow: use class_weight='balanced' in its place, or resample before the fit and take the "
        "rows sampler.sample_indices_ of aux_y. If a tool split the rows, request aux_y by "
        "scikit-learn's metadata routing."
    ),
    "single.fit(X, y[:, 0], aux_y=y[:, :, None])": (
        "ValueError: aux_y must have the shape (n_samples,) or (n_samples, n_tasks), found an "
        "array of shape (60, 3, 1) and dtype int64."
    ),
    "single.fit(X, y[:, 0], aux_y=y[:, :0])": (
        "ValueError: aux_y must have at least one task; found no column."
    ),
    "single.fit(X, y[:, 0], aux_y=X)": (
        "ValueError: Unknown label type: continuous. ... Found in y of task 'task_1'."
    ),
    "single.fit(X, y[:, 0], aux_y=labels.assign(y=3))": (
        "ValueError: task must differ from the columns of aux_y, ['color', 'size', "
        "'shape', 'y']; found 'y'."
    ),
    'single.fit(X, y[:, 0], aux_y=labels.set_axis(["a", "a", "b"], axis=1))': (
        "ValueError: aux_y must have a different name, as text, for each task; found ['a',"
        " 'a', 'b']."
    ),
    "single.fit(X, y[:, 0], aux_y=y[:, 1:], sample_weight=np.ones(3))": (
        "ValueError: sample_weight must have the shape (60,) or (60, 3); found (3,)."
    ),
    "fitted_single.predict(X[:, :4])": (
        "ValueError: X has 4 features, but ABMTLClassifier is expecting 5 features as input."
    ),
    "fitted_single.score(X, y)": "ValueError: y must hold the labels of one task; found 3.",
    "fitted_single.score(X, y[:50, 0])": (
        "ValueError: X and y must have the same number of rows; found 60 and 50."
    ),
    "TaskRepresentation(RandomForestClassifier()).fit(X, y)": (
        "InvalidParameterError: The 'estimator' parameter of TaskRepresentation must be an "
        "object implementing 'fit' and 'task_representations'. Got RandomForestClassifier() "
        "instead."
    ),
    'representation.set_params(task="colour").fit(X, y)': (
        "ValueError: task must be one of ['task_0', 'task_1', 'task_2'] or a position from 0 to"
        " 2; found 'colour'."
    ),
    "representation.set_params(task=7).fit(X, y)": (
        "ValueError: task must be one of ['task_0', 'task_1', 'task_2'] or a position from 0 to"
        " 2; found 7."
    ),
    "representation.set_params(task=1.5).fit(X, y)": (
        "InvalidParameterError: The 'task' parameter of TaskRepresentation must be ... Got 1.5 "
        "instead."
    ),
    "representation.fit(X)": (
        "ValueError: ABMTLClassifier requires y to be passed, but the target y is None."
    ),
    "representation.fit(X, y[:50])": (
        "ValueError: X and y must have the same number of rows; found 60 and 50."
    ),
    "representation.fit(X, y, weights=1)": (
        "TypeError: ABMTLClassifier.fit() got an unexpected keyword argument 'weights'"
    ),
    "fitted_representation.transform(X[:, :4])": (
        "ValueError: X has 4 features, but ABMTLClassifier is expecting 5 features as input."
    ),
}

CALIBRATION = {
    'calibrate(3, X, y, "sigmoid")': "TypeError: 3 is not an estimator instance.",
    'calibrate(fitted, X, labels, "platt")': (
        "InvalidParameterError: The 'method' parameter of CalibratedMultiTaskClassifier must be"
        " ... Got 'platt' instead."
    ),
    'calibrate(fitted, X, None, "sigmoid")': (
        "ValueError: y must have the shape (n_samples,) or (n_samples, n_tasks), found an array"
        " of shape () and dtype object."
    ),
    'calibrate(fitted, X[:, :4], labels, "sigmoid")': (
        "ValueError: X has 4 features, but ABMTLClassifier is expecting 5 features as input."
    ),
    'calibrate(fitted, replaced(X, (0, 0), nan), labels, "sigmoid")': (
        "ValueError: Input X contains NaN in 1 of 5 columns, [0], first in row 0. The network "
        "was not trained with NaN: fill it as in the X of fit, or fit with "
        "handle_missing='indicator'."
    ),
    'calibrate(fitted, X, labels[:50], "sigmoid")': (
        "ValueError: X and y must have the same number of rows; found 60 and 50."
    ),
    'calibrate(fitted, X, labels["color"], "sigmoid")': (
        "ValueError: y must have the tasks of fit, ['color', 'size', 'shape']; found ['color']."
    ),
    'calibrate(fitted, X, labels.rename(columns={"color": "hue"}), "sigmoid")': (
        "ValueError: y must name the tasks as in fit, ['color', 'size', 'shape']; found ['hue', "
        "'size', 'shape']."
    ),
    'calibrate(fitted, X, labels.replace("red", "pink"), "sigmoid")': (
        "ValueError: y of task 'color' has labels that are not among its classes: ['pink']; the"
        " classes are ['blue', 'green', 'red']."
    ),
    'calibrate(fitted, X, labels.assign(size=None), "sigmoid")': (
        "ValueError: y has no label for task 'size'; calibration needs at least one."
    ),
    "calibrated.predict(X[:, :4])": (
        "ValueError: X has 4 features, but ABMTLClassifier is expecting 5 features as input."
    ),
    "calibrated.score(X, labels[:50])": (
        "ValueError: y_true and y_pred must have the same shape; found (50, 3) and (60, 3) "
        "(samples, tasks)."
    ),
}
