"""Checkpoints that do not fit, and trainings that diverge."""

from __future__ import annotations

CHECKPOINTS = {
    "classifier.set_params(checkpoint=3).fit(X, y)": (
        "InvalidParameterError: The 'checkpoint' parameter of ABMTLClassifier must be an "
        "instance of 'str', an instance of 'os.PathLike' or None. Got 3 instead."
    ),
    "classifier.set_params(checkpoint=folder).fit(X, y)": (
        "ValueError: checkpoint must be a file in a folder that exists; found '...'."
    ),
    'classifier.set_params(checkpoint=folder / "missing" / "a").fit(X, y)': (
        "ValueError: checkpoint must be a file in a folder that exists; found '...missing/a'."
    ),
    'classifier.set_params(checkpoint=folder / "a", random_state=None).fit(X, y)': (
        "ValueError: checkpoint needs a random_state, so that a resumed fit draws the same split "
        "and order; found random_state=None."
    ),
    '(folder / "a").write_text("a,b") and '
    'classifier.set_params(checkpoint=folder / "a").fit(X, y)': (
        "ValueError: checkpoint='...a' is not a checkpoint that fit wrote: its length or its first "
        "bytes are not those of such a file. Use another file, or remove this one to start again."
    ),
    '(folder / "a").write_bytes(b"\\x80\\x04K\\x01.") and '
    'classifier.set_params(checkpoint=folder / "a").fit(X, y)': (
        "ValueError: checkpoint='...a' is not a checkpoint that fit wrote: its length or its first "
        "bytes are not those of such a file. Use another file, or remove this one to start again."
    ),
    '(folder / "a").touch() or classifier.set_params(checkpoint=folder / "a").fit(X, y)': (
        "ValueError: checkpoint='...a' is not a checkpoint that fit wrote: its length or its first "
        "bytes are not those of such a file. Use another file, or remove this one to start again."
    ),
    'save_model(fitted, folder / "a.safetensors") or '
    'classifier.set_params(checkpoint=folder / "a.safetensors").fit(X, y)': (
        "ValueError: checkpoint='...a.safetensors' is not a checkpoint that fit wrote: its header "
        "has ['class', 'fitted', 'net', 'package_version', 'parameters', 'schema_version']. Use "
        "another file, or remove this one to start again."
    ),
    "load_model(cut_off(folder).checkpoint)": (
        "ValueError: '...a' is not a file that save_model wrote: it has schema version None, of "
        "version None of sklearn_abmtl; version 0.1.0 reads schema versions 1 to 2"
    ),
    "os.truncate(cut_off(folder).checkpoint, 5000) or "
    'classifier.set_params(checkpoint=folder / "a").fit(X, y)': (
        "ValueError: checkpoint='...a' is not a checkpoint that fit wrote: its length or its first "
        "bytes are not those of such a file. Use another file, or remove this one to start again."
    ),
    "os.truncate(cut_off(folder).checkpoint, 10**6) or "
    'classifier.set_params(checkpoint=folder / "a").fit(X, y)': (
        "ValueError: checkpoint='...a' is not a checkpoint that fit wrote: it was cut or added to: "
        "its tensors take ... of 1000000 bytes. Use another file, or remove this one to start "
        "again."
    ),
    "cut_off(folder).fit(X + 1, y)": (
        "ValueError: checkpoint='...a' is of a fit with another X, network to begin with. Use the "
        "values of that fit, or remove the file to start again."
    ),
    "cut_off(folder).fit(X[:50], y[:50])": (
        "ValueError: checkpoint='...a' is of a fit with another X, network to begin with, "
        "sample_weight, y. Use the values of that fit, or remove the file to start again."
    ),
    "cut_off(folder).fit(X, y[:, :2])": (
        "ValueError: checkpoint='...a' is of a fit with another network to begin with, "
        "sample_weight, y. Use the values of that fit, or remove the file to start again."
    ),
    "cut_off(folder).fit(X, labels)": (
        "ValueError: checkpoint='...a' is of a fit with another y. Use the values of that fit, or "
        "remove the file to start again."
    ),
    "cut_off(folder).fit(X, y, sample_weight=np.arange(1, 61))": (
        "ValueError: checkpoint='...a' is of a fit with another network to begin with, "
        "sample_weight. Use the values of that fit, or remove the file to start again."
    ),
    "cut_off(folder).fit(X, y, X_val=X, y_val=y)": (
        "ValueError: checkpoint='...a' is of a fit with another set of validation rows. Use the "
        "values of that fit, or remove the file to start again."
    ),
    "cut_off(folder).set_params(lr=0.1).fit(X, y)": (
        "ValueError: checkpoint='...a' is of a fit with another lr. Use the values of that fit, or "
        "remove the file to start again."
    ),
    "cut_off(folder).set_params(max_epochs=9).fit(X, y)": (
        "ValueError: checkpoint='...a' is of a fit with another max_epochs. Use the values of that "
        "fit, or remove the file to start again."
    ),
    "cut_off(folder).set_params(random_state=1).fit(X, y)": (
        "ValueError: checkpoint='...a' is of a fit with another network to begin with, seed "
        "(random_state). Use the values of that fit, or remove the file to start again."
    ),
    "cut_off(folder).set_params(random_state=None).fit(X, y)": (
        "ValueError: checkpoint needs a random_state, so that a resumed fit draws the same split "
        "and order; found random_state=None."
    ),
    'cut_off(folder).set_params(dtype="float64").fit(X, y)': (
        "ValueError: checkpoint='...a' is of a fit with another X, dtype, network to begin with. "
        "Use the values of that fit, or remove the file to start again."
    ),
}


DIVERGED = {
    "classifier.set_params(lr=1e30).fit(X, y)": (
        "ValueError: Training diverged in epoch 1: the loss of the tasks ['task_0', 'task_1', "
        "'task_2'] is not finite. lr is 1e+30, dtype 'float32'; scaled X reaches 3.3, label "
        "weights 1.5: a lower lr may help; dtype='float64' has a wider range."
    ),
    'classifier.set_params(lr=1e300, dtype="float64").fit(X, y)': (
        "ValueError: Training diverged in epoch 1: the loss of the tasks ['task_0', 'task_1', "
        "'task_2'] is not finite. lr is 1e+300, dtype 'float64'; scaled X reaches 3.3, label "
        "weights 1.5: a lower lr may help."
    ),
    "classifier.set_params(weight_decay=1e30).fit(X, y)": (
        "ValueError: Training diverged in epoch 1: the loss of the tasks ['task_0', 'task_1', "
        "'task_2'] is not finite. lr is 0.002, dtype 'float32'; scaled X reaches 3.3, label "
        "weights 1.5: lower weight_decay, which times lr is 2e+27; a lower lr may help; "
        "dtype='float64' has a wider range."
    ),
    "copy.copy(warm).set_params(lr=1e30).fit(X, y)": (
        "ValueError: Training diverged in epoch 3: the loss of the tasks ['task_0', 'task_1', "
        "'task_2'] is not finite. lr is 1e+30, dtype 'float32'; scaled X reaches 3.3, label "
        "weights 1.5: a lower lr may help; dtype='float64' has a wider range."
    ),
    'ABMTLClassifier(dtype="float64").fit(X * 1e200, y)': (
        "ValueError: X has values whose squares float64 cannot hold (columns or channels [0, 1, 2, "
        "3, 4]). Divide them by a constant before, or clip them."
    ),
    "copy.copy(streamed).set_params(lr=1e30).partial_fit(X, y)": (
        "ValueError: Training diverged in epoch 2: the loss of the tasks ['task_0', 'task_1', "
        "'task_2'] is not finite. lr is 1e+30, dtype 'float32'; scaled X reaches 3.3, label "
        "weights 1.4: a lower lr may help; dtype='float64' has a wider range."
    ),
}
