"""Losses and options of the training that break a rule."""

from __future__ import annotations

LOSSES = {
    'classifier.set_params(losses="hinge").fit(X, y)': (
        "ValueError: losses of task 'task_0' must be one of ['auto', 'cross_entropy', "
        "'binary_cross_entropy']; found 'hinge'."
    ),
    "classifier.set_params(losses=None).fit(X, y)": (
        "InvalidParameterError: The 'losses' parameter of ABMTLClassifier must be an instance "
        "of 'str', an instance of 'list', an instance of 'tuple' or an instance of 'dict'. Got "
        "None instead."
    ),
    'classifier.set_params(losses=["auto"]).fit(X, y)': (
        "ValueError: losses must hold one value per task, 3 (['task_0', 'task_1', 'task_2']); "
        "found 1."
    ),
    'classifier.set_params(losses=[None, "auto", "auto"]).fit(X, y)': (
        "ValueError: losses of task 'task_0' must be one of ['auto', 'cross_entropy', "
        "'binary_cross_entropy']; found None."
    ),
    'classifier.set_params(losses={"size": "auto"}).fit(X, y)': (
        "ValueError: losses names unknown tasks: ['size']; the tasks are ['task_0', 'task_1', "
        "'task_2']."
    ),
    'classifier.set_params(loss_weights="even").fit(X, y)': (
        "ValueError: loss_weights must be None, one number per task, a dict of task names, one of"
        " ['equal', 'uncertainty', 'dwa', 'famo', 'geometric', 'random', 'upgrad', 'pcgrad', "
        "'mgda'], an aggregator of ..."
    ),
    "classifier.set_params(loss_weights=3.0).fit(X, y)": (
        "ValueError: loss_weights must be None, one number per task, a dict of task names, one of"
        " ['equal', 'uncertainty', 'dwa', 'famo', 'geometric', 'random', 'upgrad', 'pcgrad', "
        "'mgda'], an aggregator of ..."
    ),
    "classifier.set_params(loss_weights=DWA).fit(X, y)": (
        "ValueError: loss_weights must be None, one number per task, a dict of task names, one of"
        " ['equal', 'uncertainty', 'dwa', 'famo', 'geometric', 'random', 'upgrad', 'pcgrad', "
        "'mgda'], an aggregator of ..."
    ),
    "classifier.set_params(loss_weights=DWA(temperature=0)).fit(X, y)": (
        "ValueError: DWA: temperature must be a number > 0; found 0."
    ),
    'classifier.set_params(loss_weights="dwa", loss_weights__speed=3)': (
        "ValueError: Invalid parameter 'speed' for DWA. Valid parameters are: ['temperature']."
    ),
    "classifier.set_params(loss_weights=[1, 2]).fit(X, y)": (
        "ValueError: loss_weights must hold one value per task, 3 (['task_0', 'task_1', "
        "'task_2']); found 2."
    ),
    "classifier.set_params(loss_weights=[1, 0, 1]).fit(X, y)": (
        "ValueError: loss_weights of task 'task_1' must be > 0; found 0."
    ),
    "classifier.set_params(loss_weights=[1, nan, 1]).fit(X, y)": (
        "ValueError: loss_weights of task 'task_1' must be > 0; found nan."
    ),
    'classifier.set_params(loss_weights=[1, "a", 1]).fit(X, y)': (
        "ValueError: loss_weights of task 'task_1' must be > 0; found 'a'."
    ),
    "classifier.set_params(loss_weights=np.ones((3, 2))).fit(X, y)": (
        "ValueError: loss_weights of task 'task_0' must be > 0; found array([1., 1.])."
    ),
    'classifier.set_params(loss_weights={"task_2": -1}).fit(X, y)': (
        "ValueError: loss_weights of task 'task_2' must be > 0; found -1."
    ),
    'classifier.set_params(loss_weights={"size": 1}).fit(X, y)': (
        "ValueError: loss_weights names unknown tasks: ['size']; the tasks are ['task_0', "
        "'task_1', 'task_2']."
    ),
    "classifier.set_params(loss_weights=lambda gradients: 3).fit(X, y)": (
        "ValueError: loss_weights must map gradients of shape (n_tasks, n_values), here (3, "
        "480), to one of shape (n_values,); found 3."
    ),
    'classifier.set_params(loss_weights="upgrad", sharing="soft").fit(X, y)': (
        "ValueError: loss_weights that combine gradients need an encoder that the tasks share; "
        "found sharing='soft'."
    ),
    "classifier.set_params(class_weight=3).fit(X, y)": (
        "InvalidParameterError: The 'class_weight' parameter of ABMTLClassifier must be an "
        "instance of 'str', an instance of 'list', an instance of 'dict' or None. Got 3 "
        "instead."
    ),
    'classifier.set_params(class_weight="even").fit(X, y)': (
        "ValueError: class_weight of task 'task_0' must be None, 'balanced' or a dict of "
        "labels; found 'even'."
    ),
    'classifier.set_params(class_weight=["balanced"]).fit(X, y)': (
        "ValueError: class_weight must hold one value per task, 3 (['task_0', 'task_1', "
        "'task_2']); found 1."
    ),
    'classifier.set_params(class_weight=["even", None, None]).fit(X, y)': (
        "ValueError: class_weight of task 'task_0' must be None, 'balanced' or a dict of "
        "labels; found 'even'."
    ),
    "classifier.set_params(class_weight={0: 1}).fit(X, y)": (
        "ValueError: class_weight names unknown tasks: [0]; the tasks are ['task_0', 'task_1', "
        "'task_2']."
    ),
    "classifier.set_params(class_weight={9: 1}).fit(X, y[:, 0])": (
        "ValueError: class_weight of task 'y' names labels that are not among its classes: [9];"
        " the classes are [0, 1, 2]."
    ),
    'classifier.set_params(class_weight={"size": "balanced"}).fit(X, y)': (
        "ValueError: class_weight names unknown tasks: ['size']; the tasks are ['task_0', "
        "'task_1', 'task_2']."
    ),
    'classifier.set_params(class_weight={"task_0": [1, 2, 3]}).fit(X, y)': (
        "ValueError: class_weight of task 'task_0' must be None, 'balanced' or a dict of "
        "labels; found [1, 2, 3]."
    ),
    'classifier.set_params(class_weight={"task_0": {9: 1}}).fit(X, y)': (
        "ValueError: class_weight of task 'task_0' names labels that are not among its classes:"
        " [9]; the classes are [0, 1, 2]."
    ),
    'classifier.set_params(class_weight={"task_0": {0: -1}}).fit(X, y)': (
        "ValueError: class_weight of task 'task_0' must hold numbers >= 0; found {0: -1}."
    ),
    'classifier.set_params(class_weight={"task_0": {0: nan}}).fit(X, y)': (
        "ValueError: class_weight of task 'task_0' must hold numbers >= 0; found {0: nan}."
    ),
    'classifier.set_params(class_weight={"task_0": {0: "a"}}).fit(X, y)': (
        "ValueError: class_weight of task 'task_0' must hold numbers >= 0; found {0: 'a'}."
    ),
    'classifier.set_params(class_weight={"task_0": {0: 0, 1: 0, 2: 0}}).fit(X, y)': (
        "ValueError: class_weight of task 'task_0' is zero for every class."
    ),
    "classifier.set_params(label_smoothing=1.5).fit(X, y)": (
        "InvalidParameterError: The 'label_smoothing' parameter of ABMTLClassifier must be a "
        "float in the range [0.0, 1.0). Got 1.5 instead."
    ),
    "classifier.set_params(label_smoothing=nan).fit(X, y)": (
        "InvalidParameterError: The 'label_smoothing' parameter of ABMTLClassifier must be a "
        "float in the range [0.0, 1.0). Got nan instead."
    ),
    "classifier.set_params(reconstruction_weight=-1).fit(X, y)": (
        "InvalidParameterError: The 'reconstruction_weight' parameter of ABMTLClassifier must "
        "be a float in the range [0.0, inf). Got -1 instead."
    ),
    "classifier.set_params(reconstruction_weight=inf).fit(X, y)": (
        "InvalidParameterError: The 'reconstruction_weight' parameter of ABMTLClassifier must "
        "be a float in the range [0.0, inf). Got inf instead."
    ),
    "classifier.set_params(branch_loss_weight=nan).fit(X, y)": (
        "InvalidParameterError: The 'branch_loss_weight' parameter of ABMTLClassifier must be a"
        " float in the range [0.0, inf). Got nan instead."
    ),
}

TRAINING = {
    "classifier.set_params(max_epochs=0).fit(X, y)": (
        "InvalidParameterError: The 'max_epochs' parameter of ABMTLClassifier must be an int in"
        " the range [1, inf). Got 0 instead."
    ),
    "classifier.set_params(max_epochs=-1).fit(X, y)": (
        "InvalidParameterError: The 'max_epochs' parameter of ABMTLClassifier must be an int in"
        " the range [1, inf). Got -1 instead."
    ),
    "classifier.set_params(max_epochs=2.5).fit(X, y)": (
        "InvalidParameterError: The 'max_epochs' parameter of ABMTLClassifier must be an int in"
        " the range [1, inf). Got 2.5 instead."
    ),
    "classifier.set_params(lr=0).fit(X, y)": (
        "InvalidParameterError: The 'lr' parameter of ABMTLClassifier must be a float in the "
        "range (0.0, inf). Got 0 instead."
    ),
    "classifier.set_params(lr=-0.1).fit(X, y)": (
        "InvalidParameterError: The 'lr' parameter of ABMTLClassifier must be a float in the "
        "range (0.0, inf). Got -0.1 instead."
    ),
    "classifier.set_params(lr=nan).fit(X, y)": (
        "InvalidParameterError: The 'lr' parameter of ABMTLClassifier must be a float in the "
        "range (0.0, inf). Got nan instead."
    ),
    'classifier.set_params(lr="fast").fit(X, y)': (
        "InvalidParameterError: The 'lr' parameter of ABMTLClassifier must be a float in the "
        "range (0.0, inf). Got 'fast' instead."
    ),
    'classifier.set_params(lr_schedule="cosine").fit(X, y)': (
        "InvalidParameterError: The 'lr_schedule' parameter of ABMTLClassifier must be ... Got "
        "'cosine' instead."
    ),
    "classifier.set_params(weight_decay=-1).fit(X, y)": (
        "InvalidParameterError: The 'weight_decay' parameter of ABMTLClassifier must be ... Got"
        " -1 instead."
    ),
    "classifier.set_params(weight_decay=inf).fit(X, y)": (
        "InvalidParameterError: The 'weight_decay' parameter of ABMTLClassifier must be ... Got"
        " inf instead."
    ),
    "classifier.set_params(batch_size=0).fit(X, y)": (
        "InvalidParameterError: The 'batch_size' parameter of ABMTLClassifier must be ... Got 0"
        " instead."
    ),
    "classifier.set_params(batch_size=10.0).fit(X, y)": (
        "InvalidParameterError: The 'batch_size' parameter of ABMTLClassifier must be ... Got "
        "10.0 instead."
    ),
    'classifier.set_params(batch_size="big").fit(X, y)': (
        "InvalidParameterError: The 'batch_size' parameter of ABMTLClassifier must be ... Got "
        "'big' instead."
    ),
    'classifier.set_params(early_stopping="yes").fit(X, y)': (
        "InvalidParameterError: The 'early_stopping' parameter of ABMTLClassifier must be ... "
        "Got 'yes' instead."
    ),
    "classifier.set_params(early_stopping=True).fit(X[:1], [[0, 1]])": (
        "ValueError: validation_fraction=0.1 of 1 samples leaves nothing to train on; set "
        "early_stopping=False or pass X_val, y_val."
    ),
    "classifier.set_params(validation_fraction=0).fit(X, y)": (
        "InvalidParameterError: The 'validation_fraction' parameter of ABMTLClassifier must be "
        "a float in the range (0.0, 1.0). Got 0 instead."
    ),
    "classifier.set_params(validation_fraction=1.0).fit(X, y)": (
        "InvalidParameterError: The 'validation_fraction' parameter of ABMTLClassifier must be "
        "a float in the range (0.0, 1.0). Got 1.0 instead."
    ),
    'classifier.set_params(early_stopping=True).fit(X[:2], [["a", None], [None, "b"]])': (
        "ValueError: Early stopping needs validation rows, but each row of y has the only label of "
        "a task; set early_stopping=False or pass X_val, y_val."
    ),
    "classifier.set_params(early_stopping=True, validation_fraction=0.999).fit(X, y)": (
        "ValueError: validation_fraction=0.999 of 60 samples leaves nothing to train on; set "
        "early_stopping=False or pass X_val, y_val."
    ),
    "classifier.set_params(n_iter_no_change=0).fit(X, y)": (
        "InvalidParameterError: The 'n_iter_no_change' parameter of ABMTLClassifier must be an "
        "int in the range [1, inf). Got 0 instead."
    ),
    'classifier.set_params(warm_start="yes").fit(X, y)': (
        "InvalidParameterError: The 'warm_start' parameter of ABMTLClassifier must be ... Got "
        "'yes' instead."
    ),
    'classifier.set_params(on_interrupt="keep").fit(X, y)': (
        "InvalidParameterError: The 'on_interrupt' parameter of ABMTLClassifier must be a str "
        "among {...}. Got 'keep' instead."
    ),
    'classifier.set_params(callbacks=[EpochScoring("accuracy")]).fit(X, y)': (
        "ValueError: callbacks cannot hold EpochScoring, which scores only one task. history_ "
        "has the loss and the accuracy of every task. For other scores, monitor 'valid_loss' or "
        "a key of history_, or pass set_callbacks(ScoringMonitor(...)) of scikit-learn 1.9."
    ),
    "classifier.set_params(callbacks=[EarlyStopping()]).fit(X, y)": (
        "ValueError: callbacks has EarlyStopping with monitor='valid_loss', which is not a key "
        "of the history: [...]. Validation rows are missing: set early_stopping=True, or pass "
        "X_val and y_val."
    ),
    "copy.copy(warm).set_params(n_members=3).fit(X, y)": (
        "ValueError: A classifier that is trained further keeps its network, and n_members=3 is "
        "not that of fit, ... Set this back, or fit a clone."
    ),
    'copy.copy(warm).set_params(encoder="feature_token").fit(X, y)': (
        "ValueError: A classifier that is trained further keeps its network, and "
        "encoder='feature_token' is not that of fit, ... Set this back, or fit a clone."
    ),
    'classifier.set_params(callbacks="checkpoint").fit(X, y)': (
        "InvalidParameterError: The 'callbacks' parameter of ABMTLClassifier must be an "
        "instance of 'list', an instance of 'tuple' or None. Got 'checkpoint' instead."
    ),
    'classifier.set_params(callbacks=["checkpoint"]).fit(X, y)': (
        "ValueError: callbacks must hold callbacks of skorch, alone or as (name, callback); "
        "found 'checkpoint'."
    ),
    "classifier.set_params(callbacks=[None]).fit(X, y)": (
        "ValueError: callbacks must hold callbacks of skorch, alone or as (name, callback); "
        "found None."
    ),
    "classifier.set_params(callbacks=[EpochTimer]).fit(X, y)": (
        "ValueError: callbacks must hold callbacks of skorch, alone or as (name, callback); "
        "found <class 'skorch.callbacks.logging.EpochTimer'>."
    ),
    'classifier.set_params(callbacks=[("name", 3)]).fit(X, y)': (
        "ValueError: callbacks must hold callbacks of skorch, alone or as (name, callback); "
        "found ('name', 3)."
    ),
    'classifier.set_params(callbacks=[("name",)]).fit(X, y)': (
        "ValueError: callbacks must hold callbacks of skorch, alone or as (name, callback); "
        "found ('name',)."
    ),
    'classifier.set_params(callbacks=[("a", EpochTimer()), ("a", EpochTimer())]).fit(X, y)': (
        "ValueError: callbacks must have different names, which do not begin with 'abmtl_'; "
        "'a' is taken."
    ),
    'classifier.set_params(callbacks=[("abmtl_lr_schedule", EpochTimer())]).fit(X, y)': (
        "ValueError: callbacks must have different names, which do not begin with 'abmtl_'; "
        "'abmtl_lr_schedule' is taken."
    ),
    "classifier.set_params(callbacks__stop=None)": (
        "ValueError: callbacks has no callback named 'stop'; named: []."
    ),
    'classifier.set_params(device="tpu").fit(X, y)': (
        "ValueError: device must be 'auto' or a device of torch; found 'tpu'."
    ),
    'classifier.set_params(device="").fit(X, y)': (
        "ValueError: device must be 'auto' or a device of torch; found ''."
    ),
    'classifier.set_params(device="meta").fit(X, y)': (
        "ValueError: device='meta' cannot be used here: Tensor.item() cannot be called on meta "
        "tensors"
    ),
    "classifier.set_params(device=0).fit(X, y)": (
        "InvalidParameterError: The 'device' parameter of ABMTLClassifier must be an instance "
        "of 'str' or an instance of 'torch.device'. Got 0 instead."
    ),
    'classifier.set_params(dtype="float16").fit(X, y)': (
        "InvalidParameterError: The 'dtype' parameter of ABMTLClassifier must be ... Got "
        "'float16' instead."
    ),
    'classifier.set_params(precision="float16").fit(X, y)': (
        "InvalidParameterError: The 'precision' parameter of ABMTLClassifier must be ... Got "
        "'float16' instead."
    ),
    'classifier.set_params(precision="bfloat16", dtype="float64").fit(X, y)': (
        "ValueError: precision='bfloat16' cannot be combined with dtype='float64', which has "
        "more digits; set one of them."
    ),
    "classifier.set_params(n_workers=-1).fit(X, y)": (
        "InvalidParameterError: The 'n_workers' parameter of ABMTLClassifier must be an int in "
        "the range [0, 1024]. Got -1 instead."
    ),
    "classifier.set_params(n_workers=10**4).fit(X, y)": (
        "InvalidParameterError: The 'n_workers' parameter of ABMTLClassifier must be an int in "
        "the range [0, 1024]. Got 10000 instead."
    ),
    "classifier.set_params(n_procs=0).fit(X, y)": (
        "InvalidParameterError: The 'n_procs' parameter of ABMTLClassifier must be an int in the "
        "range [1, 1024]. Got 0 instead."
    ),
    "classifier.set_params(n_procs=10**5).fit(X, y)": (
        "InvalidParameterError: The 'n_procs' parameter of ABMTLClassifier must be an int in the "
        "range [1, 1024]. Got 100000 instead."
    ),
    'classifier.set_params(n_procs=2, checkpoint="a", random_state=None).fit(X, y)': (
        "ValueError: checkpoint needs a random_state, so that a resumed fit draws the same split "
        "and order; found random_state=None."
    ),
    "classifier.set_params(dtype=torch.float64).fit(X, y)": (
        "InvalidParameterError: The 'dtype' parameter of ABMTLClassifier must be ... Got "
        "torch.float64 instead."
    ),
    'classifier.set_params(random_state="a").fit(X, y)': (
        "InvalidParameterError: The 'random_state' parameter of ABMTLClassifier must be ... Got"
        " 'a' instead."
    ),
    "classifier.set_params(random_state=-1).fit(X, y)": (
        "InvalidParameterError: The 'random_state' parameter of ABMTLClassifier must be ... Got"
        " -1 instead."
    ),
    "classifier.set_params(random_state=2**40).fit(X, y)": (
        "InvalidParameterError: The 'random_state' parameter of ABMTLClassifier must be ... Got"
        " 1099511627776 instead."
    ),
    "classifier.set_params(random_state=np.random.default_rng(0)).fit(X, y)": (
        "InvalidParameterError: The 'random_state' parameter of ABMTLClassifier must be ... Got"
        " Generator(PCG64) ... instead."
    ),
    "classifier.set_params(verbose=-1).fit(X, y)": (
        "InvalidParameterError: The 'verbose' parameter of ABMTLClassifier must be ... Got -1 "
        "instead."
    ),
    'classifier.set_params(verbose="loud").fit(X, y)': (
        "InvalidParameterError: The 'verbose' parameter of ABMTLClassifier must be ... Got "
        "'loud' instead."
    ),
    "classifier.set_params(epochs=3)": (
        "ValueError: Invalid parameter 'epochs' for estimator ABMTLClassifier(batch_size=30, "
        "encoder=MLPEncoder(width=8, n_layers=2, dropout='auto'), max_epochs=2, random_state=0). "
        "Valid parameters are: ..."
    ),
    "classifier.set_params(lr__peak=3)": (
        "ValueError: lr__peak cannot be set: lr=0.002 has no options."
    ),
}
