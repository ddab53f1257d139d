"""Files, metrics, splits and data makers with wrong arguments."""

from __future__ import annotations

FOREIGN = "ValueError: '...a.safetensors' is not a file that save_model wrote: "

FILES = {
    'save_model(3, folder / "a.safetensors")': (
        "ValueError: save_model writes a fitted ABMTLClassifier; found int. For other estimators "
        "use skops or joblib."
    ),
    'save_model(RandomForestClassifier(), folder / "a.safetensors")': (
        "ValueError: save_model writes a fitted ABMTLClassifier; found RandomForestClassifier. "
        "For other estimators use skops or joblib."
    ),
    "save_model(fitted, 3)": "TypeError: path must be a str or a path; found 3.",
    'save_model(fitted, "")': "ValueError: path must name a file or a folder; found ''.",
    'save_model(fitted, folder / "a.pickle")': (
        "ValueError: path must end in .safetensors, or have no suffix for a folder; found "
        "'...a.pickle'."
    ),
    'save_model(fitted, folder / "missing" / "a.safetensors")': (
        "FileNotFoundError: path must be in a folder that exists; found '...missing/a.safetensors'."
    ),
    "save_model(copy.copy(fitted).set_params(callbacks=[EpochTimer()]), folder)": (
        "ValueError: save_model cannot write callbacks=[<skorch.callbacks.logging.EpochTimer "
        "object ...>], because they are code. Set callbacks=None, which changes no prediction, or "
        "use joblib."
    ),
    "save_model(copy.copy(fitted).set_params(missing_label=1j), folder)": (
        "ValueError: save_model cannot write missing_label=1j: a file that runs no code holds "
        "numbers, text, dates, arrays, and parts by name (1j is not a label that JSON can hold). "
        "Set another value, or use joblib."
    ),
    "load_model(3)": "TypeError: path must be a str or a path; found 3.",
    'load_model("")': "ValueError: path must name a file or a folder; found ''.",
    "load_model(folder)": (
        "FileNotFoundError: [Errno 2] No such file or directory: '...model.safetensors'"
    ),
    'load_model(folder / "none.safetensors")': (
        "FileNotFoundError: [Errno 2] No such file or directory: '...none.safetensors'"
    ),
    'load_model(folder, custom_parts=["MLPEncoder"])': (
        "TypeError: custom_parts must hold classes and functions; found 'MLPEncoder'."
    ),
    '(folder / "a").write_bytes(b"text") and load_model(folder / "a")': (
        "ValueError: '...a' is not a file that save_model wrote: its length or its first bytes are "
        "not those of such a file"
    ),
    '(folder / "a").write_bytes(b"\\x80\\x04K\\x01.") and load_model(folder / "a")': (
        "ValueError: '...a' is not a file that save_model wrote: its length or its first bytes are "
        "not those of such a file"
    ),
    '(folder / "a").write_bytes(bytes(8) + b"{}") and load_model(folder / "a")': (
        "ValueError: '...a' is not a file that save_model wrote: it has no digest"
    ),
    'os.mkfifo(folder / "a") or load_model(folder / "a")': (
        "ValueError: path must be a file or a folder; '...a' is neither."
    ),
    '(folder / "README.md").write_text("# Mine") and save_model(fitted, folder)': (
        "ValueError: path must be a folder whose README.md, if it has one, was written by "
        "save_model; '...README.md' has no sign of that (a README.md of version 0.1.0 has none). "
        "Use another folder or file, or remove this file."
    ),
    'load_model(forged(folder, "schema_version", value=3))': (
        f"{FOREIGN}it has schema version 3, of version ... of sklearn_abmtl; version ... reads "
        "schema versions 1 to 2"
    ),
    'load_model(forged(folder, "parameters", "checkpoint", value="a"))': (
        f"{FOREIGN}it must not set checkpoint, a path to write to, or callbacks, which are code; "
        "found checkpoint='a', callbacks=None"
    ),
    'load_model(forged(folder, "parameters", "encoder", value={"__custom__": "system"}))': (
        f"{FOREIGN}it has the custom part 'system'; pass its class or function in custom_parts if "
        "you trust the file to use it. Passed: []"
    ),
    'load_model(forged(folder, "net", "plan", "n_members", value=1000))': (
        f"{FOREIGN}its plan is for a network with more tensors than it holds"
    ),
    'load_model(forged(folder, "net", "plan", "n_classes", value=[2**40] * 3))': (
        f"{FOREIGN}its plan breaks a rule: n_classes is [1099511627776, 1099511627776, "
        "1099511627776]"
    ),
    'load_model(forged(folder, "net", "history", value=[]))': (
        f"{FOREIGN}its history has no epoch"
    ),
    'load_model(forged(folder, "net", "seed", value=True))': (
        f"{FOREIGN}seed of its header must be of the type <class 'int'>; found True"
    ),
    'load_model(forged(folder, "fitted", "task_label_encoder_", "task_names_", value=[*"aab"]))': (
        f"{FOREIGN}each of its tasks must have a unique name and classes; found the names "
        "['a', 'a', 'b'] and 3 lists of classes"
    ),
    'load_model(forged(folder, "parameters", "class_weight", value={"__dict__": [[2**64, 1]]}))': (
        f"{FOREIGN}it has 18446744073709551616, an integer of more than 64 bits"
    ),
}

METRICS = {
    "task_accuracy_scores(None, y)": (
        "ValueError: y must have the shape (n_samples,) or (n_samples, n_tasks), found an array"
        " of shape () and dtype object."
    ),
    "task_accuracy_scores(y, None)": (
        "ValueError: y_pred must have the shape (n_samples,) or (n_samples, n_tasks), found an "
        "array of shape () and dtype object."
    ),
    "task_accuracy_scores(y, y[:50])": (
        "ValueError: y_true and y_pred must have the same shape; found (60, 3) and (50, 3) "
        "(samples, tasks)."
    ),
    "task_accuracy_scores(y, y[:, :2])": (
        "ValueError: y_true and y_pred must have the same shape; found (60, 3) and (60, 2) "
        "(samples, tasks)."
    ),
    "task_accuracy_scores(y, y, sample_weight=np.ones(3))": (
        "ValueError: sample_weight must have the shape (60,) or (60, 3); found (3,)."
    ),
    "task_accuracy_scores(y, y, missing_label=[0, 1])": (
        "ValueError: missing_label must be None or a scalar; found [0, 1]."
    ),
    'task_accuracy_scores(labels, labels.rename(columns={"color": "hue"}))': (
        "ValueError: y_pred must name the tasks as in y_true, ['color', 'size', 'shape']; found "
        "['hue', 'size', 'shape']."
    ),
    "exact_match_score(y, y[:, :2])": (
        "ValueError: y_true and y_pred must have the same shape; found (60, 3) and (60, 2) "
        "(samples, tasks)."
    ),
    "exact_match_score(y, y, sample_weight=np.ones((60, 3)))": (
        "ValueError: sample_weight must have the shape (60,) or (60, 1); found (60, 3)."
    ),
    "exact_match_score(y, y, sample_weight=-np.ones(60))": (
        "ValueError: sample_weight must be finite and not negative; found -1.0."
    ),
    "multitask_hamming_loss(y, y[:, :2])": (
        "ValueError: y_true and y_pred must have the same shape; found (60, 3) and (60, 2) "
        "(samples, tasks)."
    ),
    'multitask_hamming_loss(y, y, sample_weight="a")': (
        "ValueError: sample_weight must be an array of numbers; found <U1."
    ),
    "task_balanced_accuracy_scores(y, y[:, :2])": (
        "ValueError: y_true and y_pred must have the same shape; found (60, 3) and (60, 2) "
        "(samples, tasks)."
    ),
    "task_balanced_accuracy_scores(y, replaced(y, (0, 0), nan))": (
        "ValueError: y_pred must hold a label wherever y_true does; 'task_0' does not."
    ),
    "task_balanced_accuracy_scores(y, X[:, :3])": (
        "ValueError: Unknown label type: continuous. ... Found in y_pred of task 'task_0'."
    ),
    "task_balanced_accuracy_scores(y, y.astype(str))": (
        "ValueError: Labels, predictions and classes of task 'task_0' must be of one kind; "
        "found numbers, as [0, 1, 2, 0, 1], and text, as ['0', '1', '2', '0', '1']."
    ),
    "task_f1_scores(y, y, average='binary')": (
        "ValueError: Task 'task_0' has 3 classes, [0, 1, 2], but a binary metric needs two; "
        "choose another average, such as 'macro'."
    ),
    "task_f1_scores(labels['size'], labels['size'], average='binary')": (
        "ValueError: pos_label must be a class of task 'size', [0, 10]; found 1. Pass "
        "pos_label={'size': 10}, or choose another average, such as 'macro'."
    ),
    'task_f1_scores(y, y, average="mean")': (
        "ValueError: average must be one of ('auto', 'binary', 'macro', 'micro', 'weighted', "
        "'samples'); found 'mean'."
    ),
    "task_f1_scores(y[:, 1], y[:, 1], pos_label={'size': 1})": (
        "ValueError: pos_label names unknown tasks: ['size']; the tasks are ['y']."
    ),
    'task_f1_scores(labels, y, average="macro")': (
        "ValueError: Labels, predictions and classes of task 'color' must be of one kind; "
        "found text, as ['blue', 'green', 'red', 'blue', 'green'], and numbers, as [0, 1, "
        "2, 0, 1]."
    ),
    "task_log_losses(y, None, warm.classes_)": (
        "ValueError: y_proba and classes must hold one array per task of y_true, 3; found 1 and 1."
    ),
    "task_log_losses(y[:1], [p[:1] for p in warm.predict_proba(X)])": (
        "ValueError: classes must be passed, as in classes_, if y_true does not have all: task "
        "'task_0' has 1 in y_true and 3 in y_proba."
    ),
    "task_log_losses(y, warm.predict_proba(X)[:2], warm.classes_)": (
        "ValueError: y_proba and classes must hold one array per task of y_true, 3; found 2 and 3."
    ),
    "task_log_losses(y, warm.predict_proba(X), warm.classes_[:2])": (
        "ValueError: y_proba and classes must hold one array per task of y_true, 3; found 3 and 2."
    ),
    "task_log_losses(y, warm.predict_proba(X[:50]), warm.classes_)": (
        "ValueError: y_proba of task 'task_0' must have the shape (60, 3) (samples, classes); "
        "found (50, 3)."
    ),
    "task_log_losses(y, y, warm.classes_)": (
        "ValueError: y_proba and classes must hold one array per task of y_true, 3; found 1 and 1."
    ),
    "task_log_losses(y, warm.predict_proba(X), fitted.classes_)": (
        "ValueError: Labels, predictions and classes of task 'task_0' must be of one kind; "
        "found text, as ['blue', 'green', 'red'], and numbers, as [0, 1, 2, 0, 1]."
    ),
    "task_log_losses(y, warm.predict_proba(X), [c[::-1] for c in warm.classes_])": (
        "ValueError: classes of task 'task_0' must be sorted, as in classes_; found [2, 1, 0]."
    ),
    "task_log_losses(y, [p - 1 for p in warm.predict_proba(X)], warm.classes_)": (
        "ValueError: y_proba of task 'task_0' must hold numbers from 0 to 1."
    ),
    "task_log_losses(y, [p * nan for p in warm.predict_proba(X)], warm.classes_)": (
        "ValueError: y_proba of task 'task_0' must hold numbers from 0 to 1."
    ),
    "task_log_losses(y, [p.astype(str) for p in warm.predict_proba(X)], warm.classes_)": (
        "ValueError: y_proba of task 'task_0' must hold numbers from 0 to 1."
    ),
    'task_log_losses(y, {"color": y}, warm.classes_)': (
        "ValueError: y_proba must name the tasks of y_true, ['task_0', 'task_1', 'task_2']; found "
        "['color']."
    ),
    "task_log_losses(y, warm.predict_proba(X), {0: [0, 1]})": (
        "ValueError: classes must name the tasks of y_true, ['task_0', 'task_1', 'task_2']; found "
        "[0]."
    ),
    'task_log_losses(y[:, 1], pd.DataFrame(np.eye(2)[y[:, 1]], columns=["no", "yes"]), [0, 1])': (
        "ValueError: y_proba of task 'y' must name the classes [0, 1]; found the columns ['no', "
        "'yes']."
    ),
    'multitask_classification_report(y, y, output="html")': (
        "ValueError: output must be one of ('text', 'dict', 'frame'); found 'html'."
    ),
    'multitask_classification_report(y, y, task_names=["a"])': (
        "ValueError: task_names must hold 3 names; found ['a']."
    ),
    'multitask_classification_report(y, y, task_names="abc")': (
        "ValueError: task_names must hold 3 names; found 'abc'."
    ),
    'multitask_classification_report(y, y, task_names=["a", "b", "a"])': (
        "ValueError: task_names must have a different name for each task; found ['a', 'b', 'a']."
    ),
    'multitask_classification_report(["accuracy"], ["accuracy"], output="dict")': (
        "ValueError: Task 'y' has the classes ['accuracy'], which are also rows of the report; "
        "rename them, or use output='text'."
    ),
    "multitask_classification_report(y, y, digits=-1)": (
        "InvalidParameterError: The 'digits' parameter of classification_report must be an int "
        "in the range [0, inf). Got -1 instead."
    ),
}

SCORERS = {
    'task_scorer("acuracy", "color")': (
        "ValueError: 'acuracy' is not a valid scoring value. Use "
        "sklearn.metrics.get_scorer_names() to get valid options."
    ),
    'task_scorer(None, "color")': "ValueError: scoring must be a name or a callable; found None.",
    'task_scorer("accuracy", "colour")(fitted, X, labels)': (
        "ValueError: task must be one of ['color', 'size', 'shape'] or a position from 0 to 2; "
        "found 'colour'."
    ),
    'task_scorer("accuracy", "color")(fitted, X, labels[["size", "color"]])': (
        "ValueError: y must have the tasks of fit, ['color', 'size', 'shape']; found ['size', "
        "'color']."
    ),
    'task_scorer("f1", "color")(fitted, X, labels)': (
        "ValueError: Task 'color' has 3 classes, ['blue', 'green', 'red'], but a binary metric "
        "needs two; choose another average, such as 'macro'. The error is in the score 'f1' of "
        "task 'color'."
    ),
    'task_scorer("f1", "size")(fitted, X, labels)': (
        "ValueError: pos_label must be a class of task 'size', [0, 10]; found 1. Pass "
        "pos_label={'size': 10}, or choose another average, such as 'macro'. The error is in the "
        "score 'f1' of task 'size'."
    ),
    'mean_task_scorer("none")': (
        "ValueError: 'none' is not a valid scoring value. Use "
        "sklearn.metrics.get_scorer_names() to get valid options."
    ),
    'mean_task_scorer("accuracy")(fitted, X[:, :4], labels)': (
        "ValueError: X has 4 features, but ABMTLClassifier is expecting 5 features as input. The "
        "error is in the score 'accuracy' of task 'color'."
    ),
    'mean_task_scorer("accuracy")(fitted, X, labels[:50])': (
        "ValueError: X and y must have the same number of rows; found 60 and 50."
    ),
    'mean_task_scorer("accuracy")(fitted, X, labels, sample_weight=np.ones(3))': (
        "ValueError: sample_weight must have the shape (60,) or (60, 3); found (3,)."
    ),
    "all_task_scorers([])": (
        "ValueError: scoring must be a name, a list of names or a dict from names to scorers; "
        "found []."
    ),
    "all_task_scorers(3)": (
        "ValueError: scoring must be a name, a list of names or a dict from names to scorers; "
        "found 3."
    ),
    'all_task_scorers(["accuracy", 3])': (
        "ValueError: scoring must be a name or a callable; found 3."
    ),
    "exact_match_scorer()(fitted, X, labels[:50])": (
        "ValueError: X and y must have the same number of rows; found 60 and 50."
    ),
}

SPLITS = {
    "list(MultiTaskStratifiedKFold(1).split(X, y))": "ValueError: n_splits == 1, must be >= 2.",
    'list(MultiTaskStratifiedKFold("5").split(X, y))': (
        "TypeError: n_splits must be an instance of ..., not str."
    ),
    "list(MultiTaskStratifiedKFold(100).split(X, y))": (
        "ValueError: n_splits must be at most the number of rows, 60; found n_splits=100."
    ),
    "list(MultiTaskStratifiedKFold(random_state=0).split(X, y))": (
        "ValueError: random_state must be None unless shuffle=True, as it would have no "
        "effect; found 0."
    ),
    'list(MultiTaskStratifiedKFold(shuffle="yes").split(X, y))': (
        "TypeError: shuffle must be an instance of ..., not str."
    ),
    "list(MultiTaskStratifiedKFold().split(X, None))": (
        "ValueError: MultiTaskStratifiedKFold requires y to be passed; found None."
    ),
    "list(MultiTaskStratifiedKFold().split(X, y[:50]))": (
        "ValueError: Found input variables with inconsistent numbers of samples: [60, 50]"
    ),
    "list(MultiTaskStratifiedKFold().split(X, X))": (
        "ValueError: Unknown label type: continuous. ... Found in y of task 'task_0'."
    ),
    "list(MultiTaskStratifiedKFold().split(X, y, groups=[0] * 60))": (
        "ValueError: groups must hold at least 5 groups, one for each fold; found 1."
    ),
    "list(MultiTaskStratifiedKFold().split(X, y, groups=range(3)))": (
        "ValueError: Found input variables with inconsistent numbers of samples: [60, 60, 3]"
    ),
    "list(MultiTaskStratifiedKFold().split(X, y, groups=y))": (
        "ValueError: groups must be 1-d and without missing values."
    ),
    "list(MultiTaskStratifiedKFold().split(X, y, groups=[None] * 60))": (
        "ValueError: groups must be 1-d and without missing values."
    ),
    "list(MultiTaskStratifiedShuffleSplit(0).split(X, y))": (
        "ValueError: n_splits == 0, must be >= 1."
    ),
    "list(MultiTaskStratifiedShuffleSplit(test_size=1.5).split(X, y))": (
        "ValueError: test_size=1.5 should be either positive and smaller than the number of "
        "samples 60 or a float in the (0, 1) range"
    ),
    'list(MultiTaskStratifiedShuffleSplit(test_size="a").split(X, y))': (
        "ValueError: Invalid value for test_size: a"
    ),
    "list(MultiTaskStratifiedShuffleSplit(test_size=0.7, train_size=0.7).split(X, y))": (
        "ValueError: The sum of test_size and train_size = 1.4, should be in the (0, 1) range. "
        "Reduce test_size and/or train_size."
    ),
    "list(MultiTaskStratifiedShuffleSplit().split(X, replaced(y, (slice(None), 1), nan)))": (
        "ValueError: y has no label for task 'task_1'; each task needs at least one."
    ),
    "multitask_train_test_split(stratify=y)": (
        "ValueError: arrays must hold at least one array to split; found none."
    ),
    "multitask_train_test_split(X, stratify=None)": (
        "ValueError: stratify must be the labels to stratify by; found None."
    ),
    "multitask_train_test_split(X, y[:50], stratify=y)": (
        "ValueError: Found input variables with inconsistent numbers of samples: [60, 50]"
    ),
    'multitask_train_test_split(X, stratify=y, random_state="a")': (
        "ValueError: 'a' cannot be used to seed a numpy.random.RandomState instance"
    ),
    "cross_val_predict(classifier, X, None)": (
        "ValueError: cross_val_predict requires y to be passed; found None."
    ),
    "cross_val_predict(classifier, X, y, cv=1)": "ValueError: n_splits == 1, must be >= 2.",
    'cross_val_predict(classifier, X, y, cv="5")': (
        "ValueError: Expected ...cv... as an integer, ..."
    ),
    'cross_val_predict(classifier, X, y, cv=3, method="predict_all")': (
        "AttributeError: 'ABMTLClassifier' object has no attribute 'predict_all'"
    ),
    "cross_val_predict(classifier, X, y, cv=MultiTaskStratifiedShuffleSplit(2, random_state=0))": (
        "ValueError: cv must put every row into exactly one test fold, as cross_val_predict only "
        "works for partitions; found 50 rows in none and 2 in several."
    ),
    'cross_val_predict(classifier, X, y, cv=3, params={"sample_weight": np.ones(3)})': (
        "ValueError: sample_weight must have the shape (40,) or (40, 3); found (3,)."
    ),
    "mask_labels(None)": (
        "ValueError: y must have the shape (n_samples,) or (n_samples, n_tasks), found an array"
        " of shape () and dtype object."
    ),
    "mask_labels(labels)": (
        "ValueError: y must have labels of one kind to fit into one masked array, such as "
        "numbers or text; found {'color': 'text', 'size': 'numbers', 'shape': 'text'}. Pass y "
        "unchanged with cv=MultiTaskStratifiedKFold(...)."
    ),
    "mask_labels(replaced(y, (slice(None), 1), nan))": (
        "ValueError: y has no label for task 'task_1'; each task needs at least one."
    ),
}

DATA_MAKERS = {
    "make_multitask_classification(0)": (
        "InvalidParameterError: The 'n_samples' parameter of make_multitask_classification must"
        " be an int in the range [1, inf). Got 0 instead."
    ),
    "make_multitask_classification(n_features=3)": (
        "ValueError: n_features must be more than the number of tasks, 3; found 3."
    ),
    "make_multitask_classification(n_classes=3)": (
        "InvalidParameterError: The 'n_classes' parameter of make_multitask_classification must"
        " be an array-like. Got 3 instead."
    ),
    "make_multitask_classification(n_classes=(1, 2))": (
        "ValueError: n_classes must hold an integer of at least 2 for each task; found (1, 2)."
    ),
    "make_multitask_classification(correlation=2)": (
        "InvalidParameterError: The 'correlation' parameter of make_multitask_classification "
        "must be a float in the range [0.0, 1.0]. Got 2 instead."
    ),
    "make_multitask_classification(missing_rate=1)": (
        "InvalidParameterError: The 'missing_rate' parameter of make_multitask_classification "
        "must be a float in the range [0.0, 1.0). Got 1 instead."
    ),
    "make_multitask_classification(10, missing_rate=0.9)": (
        "ValueError: n_samples * (1 - missing_rate) must be at least 4, one label for each "
        "class; found 10 - 9."
    ),
    'make_multitask_classification(random_state="a")': (
        "InvalidParameterError: The 'random_state' parameter of make_multitask_classification "
        "must be ... Got 'a' instead."
    ),
    "make_digit_pairs(-1)": (
        "InvalidParameterError: The 'n_samples' parameter of make_digit_pairs must be an int in"
        " the range [1, inf). Got -1 instead."
    ),
    "make_digit_pairs(images=images[:, 0])": (
        "ValueError: images and labels must be passed together; found images alone."
    ),
    "make_digit_pairs(images=X, labels=y[:, 0])": (
        "ValueError: images must have the shape (n_images, height, width); found (60, 5)."
    ),
    "make_digit_pairs(images=abs(images[:, 0]), labels=y[:50, 0])": (
        "ValueError: labels must hold one digit per image, (60,); found the shape (50,)."
    ),
    "make_digit_pairs(images=abs(images[:, 0]), labels=y[:, 0] + 9)": (
        "ValueError: labels must be digits from 0 to 9; found [10, 11]."
    ),
    "make_digit_pairs(images=images[:, 0], labels=y[:, 0])": (
        "ValueError: images must not be negative, 0 is the background; found -3.1063368012832915."
    ),
    "make_digit_pairs(overlap=8)": (
        "ValueError: overlap must be less than the width of a digit, 8; found 8."
    ),
    "make_digit_pairs(overlap=-1)": (
        "InvalidParameterError: The 'overlap' parameter of make_digit_pairs must be an int in "
        "the range [0, inf). Got -1 instead."
    ),
    'make_digit_pairs(subset="valid")': (
        "InvalidParameterError: The 'subset' parameter of make_digit_pairs must be ... Got "
        "'valid' instead."
    ),
    "make_digit_strings(0)": (
        "InvalidParameterError: The 'n_samples' parameter of make_digit_strings must be an int "
        "in the range [1, inf). Got 0 instead."
    ),
    "make_digit_strings(min_length=0)": (
        "InvalidParameterError: The 'min_length' parameter of make_digit_strings must be an int"
        " in the range [1, inf). Got 0 instead."
    ),
    "make_digit_strings(min_length=5, max_length=3)": (
        "ValueError: min_length must not be above max_length, 3; found 5."
    ),
    "make_digit_strings(max_gap=-1)": (
        "InvalidParameterError: The 'max_gap' parameter of make_digit_strings must be an int in"
        " the range [0, inf). Got -1 instead."
    ),
}
