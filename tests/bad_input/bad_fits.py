"""Validation rows, and a fit that continues an earlier one."""

from __future__ import annotations

VALIDATION_ROWS = {
    "classifier.fit(X, y, X_val=X)": (
        "ValueError: X_val and y_val must be passed together; y_val is missing."
    ),
    "classifier.fit(X, y, y_val=y)": (
        "ValueError: X_val and y_val must be passed together; X_val is missing."
    ),
    "classifier.fit(X, y, sample_weight_val=np.ones(60))": (
        "ValueError: sample_weight_val must be passed with X_val and y_val, not alone."
    ),
    "classifier.fit(X, y, X_val=X[:0], y_val=y[:0])": (
        "ValueError: Found array with 0 sample(s) (shape=(0, 5)) while a minimum of 1 is required "
        "by ABMTLClassifier. The error is in X. The error is in the validation rows: X_val, y_val "
        "or sample_weight_val."
    ),
    "classifier.fit(X, y, X_val=X[:, :4], y_val=y)": (
        "ValueError: X has 4 features, but ABMTLClassifier is expecting 5 features as input. The "
        "error is in the validation rows: X_val, y_val or sample_weight_val."
    ),
    "classifier.fit(X, y, X_val=images, y_val=y)": (
        "ValueError: X has samples of shape (1, 2, 2), but ABMTLClassifier was fitted with samples "
        "of shape (5,). The error is in the validation rows: X_val, y_val or sample_weight_val."
    ),
    "classifier.fit(X, y, X_val=replaced(X, (0, 0), nan), y_val=y)": (
        "ValueError: Input X contains NaN in 1 of 5 columns, [0], first in row 0. The network "
        "was not trained with NaN: fill it as in the X of fit, or fit with "
        "handle_missing='indicator'. The error is in "
        "the validation rows: X_val, y_val or sample_weight_val."
    ),
    'classifier.fit(X_frame, y, X_val=X_frame[list("bacde")], y_val=y)': (
        "ValueError: The feature names should match those that were passed during fit. Feature "
        "names must be in the same order as they were in fit. The error is in the validation rows: "
        "X_val, y_val or sample_weight_val."
    ),
    "classifier.fit(X, y, X_val=X, y_val=y[:50])": (
        "ValueError: X_val and y_val must have the same number of rows; found 60 and 50. The error "
        "is in the validation rows: X_val, y_val or sample_weight_val."
    ),
    "classifier.fit(X, y, X_val=X, y_val=y[:, :2])": (
        "ValueError: y_val must have the tasks of fit, ['task_0', 'task_1', 'task_2']; found "
        "['task_0', 'task_1']. The error is in the validation rows: X_val, y_val or "
        "sample_weight_val."
    ),
    "classifier.fit(X, y, X_val=X, y_val=y + 5)": (
        "ValueError: y_val of task 'task_0' has labels that are not among its classes: [5, 6, 7]; "
        "the classes are [0, 1, 2]. The error is in the validation rows: X_val, y_val or "
        "sample_weight_val."
    ),
    "classifier.fit(X, y, X_val=X, y_val=y.astype(str))": (
        "ValueError: y_val of task 'task_0' has labels that are not among its classes: ['0', '1', "
        "'2']; the classes are [0, 1, 2]. The error is in the validation rows: X_val, y_val or "
        "sample_weight_val."
    ),
    "classifier.fit(X, y, X_val=X, y_val=np.full(y.shape, nan))": (
        "ValueError: The validation rows have no known label; early stopping needs at least one."
    ),
    'classifier.fit(X, labels, X_val=X, y_val=labels.rename(columns={"color": "hue"}))': (
        "ValueError: y_val must name the tasks as in fit, ['color', 'size', 'shape']; found "
        "['hue', 'size', 'shape']. The error is in the validation rows: X_val, y_val or "
        "sample_weight_val."
    ),
    "classifier.fit(X, y, X_val=X, y_val=y, sample_weight_val=-np.ones(60))": (
        "ValueError: sample_weight_val must be finite and not negative; found -1.0. The error is "
        "in the validation rows: X_val, y_val or sample_weight_val."
    ),
    "classifier.fit(X, y, X_val=X, y_val=y, sample_weight_val=np.zeros(60))": (
        "ValueError: sample_weight_val is zero for all rows; at least one weight must be > 0. The "
        "error is in the validation rows: X_val, y_val or sample_weight_val."
    ),
}

WARM_START_AND_PARTIAL_FIT = {
    "warm.fit(X[:, :4], y)": (
        "ValueError: X has 4 features, but ABMTLClassifier is expecting 5 features as input."
    ),
    "warm.fit(images, y)": (
        "ValueError: X has samples of shape (1, 2, 2), but ABMTLClassifier was fitted with "
        "samples of shape (5,)."
    ),
    "warm.fit(X[:0], y[:0])": (
        "ValueError: Found array with 0 sample(s) (shape=(0, 5)) while a minimum of 1 is required "
        "by ABMTLClassifier. The error is in X."
    ),
    "warm.fit(replaced(X, (0, 0), nan), y)": (
        "ValueError: Input X contains NaN in 1 of 5 columns, [0], first in row 0. The network "
        "was not trained with NaN: fill it as in the X of fit, or fit with "
        "handle_missing='indicator'."
    ),
    "warm.fit(X, y[:, :2])": (
        "ValueError: y must have the tasks of fit, ['task_0', 'task_1', 'task_2']; found "
        "['task_0', 'task_1']."
    ),
    "warm.fit(X, y[:, 0])": (
        "ValueError: y must have the tasks of fit, ['task_0', 'task_1', 'task_2']; found ['y']."
    ),
    "warm.fit(X, labels)": (
        "ValueError: y must name the tasks as in fit, ['task_0', 'task_1', 'task_2']; found "
        "['color', 'size', 'shape']."
    ),
    "warm.fit(X, y + 5)": (
        "ValueError: y of task 'task_0' has labels that are not among its classes: [5, 6, 7]; "
        "the classes are [0, 1, 2]."
    ),
    "warm.fit(X, np.full(y.shape, nan))": (
        "ValueError: y has no known label, so there is nothing to learn from."
    ),
    "warm.fit(X, y, sample_weight=np.zeros(60))": (
        "ValueError: sample_weight is zero for all rows; at least one weight must be > 0."
    ),
    "classifier.partial_fit(X, y)": (
        "ValueError: classes must be passed on the first call to partial_fit."
    ),
    "classifier.partial_fit(X, None, classes=[0, 1])": (
        "ValueError: ABMTLClassifier requires y to be passed, but the target y is None."
    ),
    "classifier.partial_fit(X, y, classes=3)": (
        "ValueError: classes must hold one array per task, 3 for this y; found 3."
    ),
    "classifier.partial_fit(X, y, classes=[[0, 1, 2], [0, 1]])": (
        "ValueError: classes must hold one array per task, 3 for this y; found 2."
    ),
    "classifier.partial_fit(X, y, classes=[[0, 1], [0, 1], [0, 1, 2, 3]])": (
        "ValueError: y of task 'task_0' has labels that are not among its classes: [2]; the "
        "classes are [0, 1]."
    ),
    "classifier.partial_fit(X, y, classes=[[0, 1, 2], [], [0, 1, 2, 3]])": (
        "ValueError: classes has no label for task 'task_1'; each task needs at least one."
    ),
    "classifier.partial_fit(X, y, classes=[[0, 1, 2], None, [0, 1, 2, 3]])": (
        "ValueError: classes of task 'task_1' must have the shape (n_samples,) or (n_samples, "
        "n_tasks), found an array of shape () and dtype object."
    ),
    'classifier.partial_fit(X, y, classes=[["a", "b"], [0, 1], [0, 1, 2, 3]])': (
        "ValueError: y of task 'task_0' has labels that are not among its classes: [0, 1, 2]; "
        "the classes are ['a', 'b']."
    ),
    'classifier.partial_fit(X, labels, classes={"color": [1], "size": [2]})': (
        "ValueError: classes must name the tasks of y, ['color', 'size', 'shape']; found "
        "['color', 'size']."
    ),
    "classifier.partial_fit(X, y[:, 0], classes=3)": (
        "ValueError: classes of task 'y' must have the shape (n_samples,) or (n_samples, "
        "n_tasks), found an array of shape () and dtype int64."
    ),
    'classifier.partial_fit(X, y[:, 0], classes="abc")': (
        "ValueError: classes of task 'y' must have the shape (n_samples,) or (n_samples, "
        "n_tasks), found an array of shape () and dtype <U3."
    ),
    "classifier.partial_fit(X, y[:, 0], classes=[])": (
        "ValueError: classes has no label for task 'y'; each task needs at least one."
    ),
    "classifier.partial_fit(X, y[:, 0], classes=[0, 1, nan])": (
        "ValueError: classes of task 'y' must be 1-d and without a missing label; found [0, 1, "
        "nan]."
    ),
    'classifier.partial_fit(X, y[:, 0], classes=["a", 1])': (
        "ValueError: classes of task 'y' mixes labels of the types int, str (numbers, text)."
    ),
    "classifier.partial_fit(X, y[:, 0], classes=[0.5, 1.5])": (
        "ValueError: Unknown label type: continuous. ... Found in classes of task 'y'."
    ),
    "classifier.partial_fit(X, y[:, 0], classes=[[0, 1], [1, 2]])": (
        "ValueError: classes of task 'y' must be 1-d and without a missing label; found [[0, "
        "1], [1, 2]]."
    ),
    "classifier.partial_fit(X, np.full(60, nan), classes=[0, 1])": (
        "ValueError: y has no known label, so there is nothing to learn from."
    ),
    'classifier.set_params(class_weight="balanced").partial_fit(X, y[:, 0], classes=[0, 1, 2])': (
        "ValueError: class_weight='balanced' is not supported by partial_fit, which reads one "
        "piece of the data at a time; pass the weights of the classes."
    ),
    'classifier.set_params(class_weight=3 * ["balanced"]).partial_fit(X, y, classes=classes)': (
        "ValueError: class_weight='balanced' is not supported by partial_fit, which reads one "
        "piece of the data at a time; pass the weights of the classes."
    ),
    'classifier.set_params(class_weight="balanced").partial_fit(X, y, classes=classes)': (
        "ValueError: class_weight='balanced' is not supported by partial_fit, which reads one "
        "piece of the data at a time; pass the weights of the classes."
    ),
    "streamed.partial_fit(X, y, classes=[[0, 1, 2], [0, 1], [0, 1, 2]])": (
        "ValueError: classes must be those of the first call to partial_fit, [[0, 1, 2], [0, "
        "1], [0, 1, 2, 3]]; found [[0, 1, 2], [0, 1], [0, 1, 2]]."
    ),
    "streamed.partial_fit(X, y + 5)": (
        "ValueError: y of task 'task_0' has labels that are not among its classes: [5, 6, 7]; "
        "the classes are [0, 1, 2]."
    ),
    "streamed.partial_fit(X, y[:, :2])": (
        "ValueError: y must have the tasks of fit, ['task_0', 'task_1', 'task_2']; found "
        "['task_0', 'task_1']."
    ),
    "streamed.partial_fit(X[:, :4], y)": (
        "ValueError: X has 4 features, but ABMTLClassifier is expecting 5 features as input."
    ),
    "streamed.partial_fit(replaced(X, (0, 0), inf), y)": (
        "ValueError: Input X contains infinity or a value too large for dtype('float32') in 1 "
        "of 5 columns, [0], first in row 0."
    ),
    "streamed.partial_fit(X, np.full(y.shape, nan))": (
        "ValueError: y has no known label, so there is nothing to learn from."
    ),
    "streamed.partial_fit(X, y, sample_weight=np.zeros(60))": (
        "ValueError: sample_weight is zero for all rows; at least one weight must be > 0."
    ),
    "streamed.partial_fit(X, y, sample_weight=np.ones(3))": (
        "ValueError: sample_weight must have the shape (60,) or (60, 3); found (3,)."
    ),
}
