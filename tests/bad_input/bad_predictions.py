"""Predictions and scores that a classifier refuses."""

from __future__ import annotations

BEFORE_FIT = {
    "classifier.predict(X)": (
        "NotFittedError: This ABMTLClassifier instance is not fitted yet. Call 'fit' with "
        "appropriate arguments before using this estimator."
    ),
    "classifier.predict_proba(X)": (
        "NotFittedError: This ABMTLClassifier instance is not fitted yet. Call 'fit' with "
        "appropriate arguments before using this estimator."
    ),
    "classifier.predict_joint(X)": (
        "NotFittedError: This ABMTLClassifier instance is not fitted yet. Call 'fit' with "
        "appropriate arguments before using this estimator."
    ),
    "classifier.score(X, y)": (
        "NotFittedError: This ABMTLClassifier instance is not fitted yet. Call 'fit' with "
        "appropriate arguments before using this estimator."
    ),
    "classifier.reconstruct(X)": (
        "NotFittedError: This ABMTLClassifier instance is not fitted yet. Call 'fit' with "
        "appropriate arguments before using this estimator."
    ),
    "classifier.task_attention(X)": (
        "NotFittedError: This ABMTLClassifier instance is not fitted yet. Call 'fit' with "
        "appropriate arguments before using this estimator."
    ),
    "classifier.task_representations(X)": (
        "NotFittedError: This ABMTLClassifier instance is not fitted yet. Call 'fit' with "
        "appropriate arguments before using this estimator."
    ),
    "classifier.task(0)": (
        "NotFittedError: This ABMTLClassifier instance is not fitted yet. Call 'fit' with "
        "appropriate arguments before using this estimator."
    ),
    "classifier.feature_importances_": (
        "NotFittedError: This ABMTLClassifier instance is not fitted yet. Call 'fit' with "
        "appropriate arguments before using this estimator."
    ),
    "single.predict(X)": (
        "NotFittedError: This SingleTask instance is not fitted yet. Call 'fit' with "
        "appropriate arguments before using this estimator."
    ),
    "single.predict_proba(X)": (
        "NotFittedError: This SingleTask instance is not fitted yet. Call 'fit' with "
        "appropriate arguments before using this estimator."
    ),
    "representation.transform(X)": (
        "NotFittedError: This TaskRepresentation instance is not fitted yet. Call 'fit' with "
        "appropriate arguments before using this estimator."
    ),
    "representation.get_feature_names_out()": (
        "NotFittedError: This TaskRepresentation instance is not fitted yet. Call 'fit' with "
        "appropriate arguments before using this estimator."
    ),
    "task_view(classifier, 0)": (
        "NotFittedError: This ABMTLClassifier instance is not fitted yet. Call 'fit' with "
        "appropriate arguments before using this estimator."
    ),
    "task_view(3, 0)": "TypeError: 3 is not an estimator instance.",
    'calibrate(classifier, X, y, "sigmoid")': (
        "NotFittedError: This ABMTLClassifier instance is not fitted yet. Call 'fit' with "
        "appropriate arguments before using this estimator."
    ),
    "CalibratedMultiTaskClassifier(fitted).predict(X)": (
        "NotFittedError: This CalibratedMultiTaskClassifier instance is not fitted yet. Call "
        "'fit' with appropriate arguments before using this estimator."
    ),
    'save_model(classifier, folder / "a.safetensors")': (
        "NotFittedError: This ABMTLClassifier instance is not fitted yet. Call 'fit' with "
        "appropriate arguments before using this estimator."
    ),
    'mean_task_scorer("accuracy")(classifier, X, y)': (
        "NotFittedError: This ABMTLClassifier instance is not fitted yet. Call 'fit' with "
        "appropriate arguments before using this estimator."
    ),
    "exact_match_scorer()(classifier, X, y)": (
        "NotFittedError: This ABMTLClassifier instance is not fitted yet. Call 'fit' with "
        "appropriate arguments before using this estimator."
    ),
}

PREDICTIONS = {
    "fitted.predict(None)": (
        "ValueError: X must be an array or a frame of shape (n_samples, n_features) or "
        "(n_samples, ...); found None. Pass numbers."
    ),
    'fitted.predict({"a": 1})': (
        "ValueError: X must be an array or a frame of shape (n_samples, n_features) or "
        "(n_samples, ...); found the type dict. Pass pandas.DataFrame(X), or one array."
    ),
    "fitted.predict(X[0])": "ValueError: Expected 2D array, got 1D array instead: ...",
    "fitted.predict(X[:0])": (
        "ValueError: Found array with 0 sample(s) (shape=(0, 5)) while a minimum of 1 is required "
        "by ABMTLClassifier. The error is in X."
    ),
    "fitted.predict(X[:, :4])": (
        "ValueError: X has 4 features, but ABMTLClassifier is expecting 5 features as input."
    ),
    "fitted.predict(sequences)": (
        "ValueError: X has samples of shape (5, 1), but ABMTLClassifier was fitted with samples"
        " of shape (5,)."
    ),
    "fitted.predict(images)": (
        "ValueError: X has samples of shape (1, 2, 2), but ABMTLClassifier was fitted with "
        "samples of shape (5,)."
    ),
    "fitted.predict([[1, 2, 3, 4, 5], [1]])": (
        "ValueError: X must be an array or a frame of shape (n_samples, n_features) or "
        "(n_samples, ...); found rows or samples of several lengths, [1, 5]. Pad or cut "
        "them to one length."
    ),
    "fitted.predict(replaced(X, (0, 0), nan))": (
        "ValueError: Input X contains NaN in 1 of 5 columns, [0], first in row 0. The network "
        "was not trained with NaN: fill it as in the X of fit, or fit with "
        "handle_missing='indicator'."
    ),
    "fitted.predict(replaced(X, (0, 0), 1e300))": (
        "ValueError: Input X contains infinity or a value too large for dtype('float32') in 1 "
        "of 5 columns, [0], first in row 0."
    ),
    'fitted.predict(replaced(X, (0, 0), "a"))': (
        "ValueError: could not convert string to float: 'a' The error is in X."
    ),
    "fitted.predict(X + 1j)": "ValueError: Complex data not supported ...",
    "fitted.predict(scipy.sparse.csr_array(X))": (
        "TypeError: X is sparse data of the type csr_array, and ABMTLClassifier needs dense "
        "data. Use X.toarray(); set sparse_output=False in OneHotEncoder and similar steps, "
        "sparse_threshold=0 in ColumnTransformer; after TfidfVectorizer or CountVectorizer, add "
        "TruncatedSVD or a step that calls .toarray()."
    ),
    'named.predict(X_frame[list("bacde")])': (
        "ValueError: The feature names should match those that were passed during fit. "
        "Feature names must be in the same order as they were in fit."
    ),
    'named.predict(X_frame[list("abcd")])': (
        "ValueError: The feature names should match those that were passed during fit. "
        "Feature names seen at fit time, yet now missing: - e"
    ),
    'named.predict(X_frame.rename(columns={"a": "z"}))': (
        "ValueError: The feature names should match those that were passed during fit. "
        "Feature names unseen at fit time: - z Feature names seen at fit time, yet now "
        "missing: - a"
    ),
    'named.predict(X_frame.assign(a="text"))': (
        "ValueError: X must hold numbers in all columns that had numbers in fit; could not "
        "convert ['a']. Convert them to numbers, for example with pd.to_numeric."
    ),
    "fitted.predict_proba(X[:, :4])": (
        "ValueError: X has 4 features, but ABMTLClassifier is expecting 5 features as input."
    ),
    "fitted.task_attention(X[:, :4])": (
        "ValueError: X has 4 features, but ABMTLClassifier is expecting 5 features as input."
    ),
    'fitted.task_attention(X, branch="decoder")': (
        "ValueError: branch must be None or one of ('encoder',); found 'decoder'."
    ),
    "fitted.task_attention(X, branch=0)": (
        "ValueError: branch must be None or one of ('encoder',); found 0."
    ),
    "fitted.reconstruct(X)": (
        "ValueError: reconstruct needs a decoder; this estimator was fitted without one."
    ),
}

LABELS_THAT_ARE_KNOWN = {
    "fitted.predict(X, given=labels)": (
        "ValueError: given needs task weights, which are learned from held-out rows. This "
        "estimator was fitted without held-out rows: set early_stopping=True or aggregator__cv=5, "
        "or pass X_val and y_val to fit."
    ),
    "fitted.predict_joint(X)": (
        "ValueError: predict_joint needs task weights, which are learned from held-out rows. This "
        "estimator was fitted without held-out rows: set early_stopping=True or aggregator__cv=5, "
        "or pass X_val and y_val to fit."
    ),
    "held_out.predict(X, given=labels[:50])": (
        "ValueError: given must have one row per sample, 60; found 50."
    ),
    'held_out.predict(X, given="red")': (
        "ValueError: given must have the shape (n_samples,) or (n_samples, n_tasks), found an "
        "array of shape () and dtype <U3."
    ),
    'held_out.predict(X, given=labels["color"].to_numpy())': (
        "ValueError: given must have the tasks of fit, ['color', 'size', 'shape']; found ['y']."
    ),
    "held_out.predict(X, given=labels[['color', 'size']].to_numpy())": (
        "ValueError: given must have the tasks of fit, ['color', 'size', 'shape']; found "
        "['task_0', 'task_1']."
    ),
    'held_out.predict(X, given=labels[["size", "size", "shape"]])': (
        "ValueError: given must have a different name, as text, for each task; found "
        "['size', 'size', 'shape']."
    ),
    'held_out.predict(X, given=labels.rename(columns={"color": "hue"}))': (
        "ValueError: given must name the tasks as in fit, ['color', 'size', 'shape']; found "
        "['hue', 'size', 'shape']."
    ),
    'held_out.predict(X, given=labels.replace("red", "pink"))': (
        "ValueError: given of task 'color' has labels that are not among its classes: ['pink'];"
        " the classes are ['blue', 'green', 'red']."
    ),
    "held_out.predict(X, given=labels.to_numpy()[:, :, None])": (
        "ValueError: given must have the shape (n_samples,) or (n_samples, n_tasks), found an "
        "array of shape (60, 3, 1) and dtype object."
    ),
    'held_out.predict(X, given=[["red"]] * 59 + [["red", "blue"]])': (
        "ValueError: given must be rectangular, (n_samples, n_tasks): setting an array element "
        "with a sequence..."
    ),
    "held_out.predict(X, given=scipy.sparse.csr_array(y))": (
        "ValueError: given is a sparse matrix, but dense labels are needed; use given.toarray()."
    ),
    "held_out.predict(X, given=replaced(y, (0, 0), inf))": (
        "ValueError: Input given contains infinity or a value too large for dtype('float64'). "
        "Found in task 'color'."
    ),
    "held_out.predict_proba(X, given=y)": (
        "ValueError: given of task 'color' has labels that are not among its classes: [0, 1, "
        "2]; the classes are ['blue', 'green', 'red']."
    ),
    "held_out.predict_joint(X, given=labels[:50])": (
        "ValueError: given must have one row per sample, 60; found 50."
    ),
    "one_task.predict(X, given=y)": (
        "ValueError: given must have the tasks of fit, ['y']; found ['task_0', 'task_1', 'task_2']."
    ),
}

SCORES_OF_A_CLASSIFIER = {
    "fitted.score(X, None)": (
        "ValueError: y must have the shape (n_samples,) or (n_samples, n_tasks), found an array"
        " of shape () and dtype object."
    ),
    "fitted.score(X, 3)": (
        "ValueError: y must have the shape (n_samples,) or (n_samples, n_tasks), found an array"
        " of shape () and dtype int64."
    ),
    "fitted.score(X, labels[:50])": (
        "ValueError: y_true and y_pred must have the same shape; found (50, 3) and (60, 3) "
        "(samples, tasks)."
    ),
    'fitted.score(X, labels["color"])': (
        "ValueError: y_true and y_pred must have the same shape; found (60, 1) and (60, 3) "
        "(samples, tasks)."
    ),
    'fitted.score(X, labels.rename(columns={"color": "hue"}))': (
        "ValueError: y must name the tasks as in fit, ['color', 'size', 'shape']; found ['hue', "
        "'size', 'shape']."
    ),
    "fitted.score(X, labels, sample_weight=pd.DataFrame(np.ones((60, 3)), columns=[*'abc']))": (
        "ValueError: sample_weight must name the tasks as in y, ['color', 'size', 'shape']; found "
        "['a', 'b', 'c']."
    ),
    "fitted.score(X, labels.mask(labels.notna()))": (
        "ValueError: score needs at least one known label in y; found none."
    ),
    "fitted.score(X, labels.to_numpy()[:, :, None])": (
        "ValueError: y must have the shape (n_samples,) or (n_samples, n_tasks), found an array"
        " of shape (60, 3, 1) and dtype object."
    ),
    "fitted.score(X, labels, sample_weight=np.ones(50))": (
        "ValueError: sample_weight must have the shape (60,) or (60, 3); found (50,)."
    ),
    "fitted.score(X, labels, sample_weight=-np.ones(60))": (
        "ValueError: sample_weight must be finite and not negative; found -1.0."
    ),
}
