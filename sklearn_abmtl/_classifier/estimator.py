"""The estimator: parameters, fit, predict. Only this file puts all rooms together."""

from __future__ import annotations

from typing import Any, ClassVar

from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils.validation import check_is_fitted, validate_data

from .._data.feature_reader import OPTIONS, FeatureReader
from .._data.frame_order import order_checked, warn_of_order
from .._data.given_labels import is_partly_known, warn_of_no_weights
from .._data.row_reader import RowReader
from .._training.checkpoint.file import held, new_checkpoint
from .._training.data.validation_rows import check_validation
from .._training.data.workers import with_workers
from .._training.fitting import fit_network, fit_piece, remove_checkpoint
from .._training.memory import check_processes
from .._training.predictor import Predictor
from .._wrappers.accuracy import score_tasks
from .._wrappers.task_view import task_view
from ..nn.parts import choose_parts
from .base import EstimatorBase
from .callback_support import CallbackSupportMixin, fit_task, with_callbacks
from .constraints import PARAMETER_CONSTRAINTS
from .processes import fit_in_processes, starts_processes
from .rollback import unchanged_on_error


class ABMTLClassifier(CallbackSupportMixin, ClassifierMixin, EstimatorBase):
    """Attention-based multi-task classifier: one network that learns several labels per sample.

    An encoder computes tokens and a shared vector from a sample. A decoder reconstructs the sample
    and computes states. Each task reads the tokens and the states by attention with its own query,
    and classifies each of the two readings. A weighted aggregator combines the results. Labels may
    be missing. The network scales its input itself.

    With 1-d y it is an ordinary classifier. With 2-d y each column is a task, and ``classes_`` and
    ``predict_proba`` are lists with one entry per task.

    Parameters
    ----------
    encoder : {'auto', 'mlp', 'feature_token', 'vgg', 'recurrent'} or spec, default='auto'
        Computes tokens from the input. 'auto' is :class:`MLPEncoder` for tables,
        :class:`RecurrentEncoder` for sequences and :class:`VGGEncoder` for images. A spec sets
        options, as in ``VGGEncoder(width=32)``; ``set_params(encoder__width=32)`` does the same.
        :class:`BackboneEncoder` uses a network of your own, for example a pretrained one.
    decoder : {'auto', 'bilstm', 'conv', 'mlp'}, spec or None, default='auto'
        Computes states and a reconstruction from the tokens. 'auto' is None for tables,
        :class:`ConvDecoder` for sequences and :class:`BiLSTMDecoder` for images.
    attention : {'auto', 'task_query', 'mtan', 'mmoe', 'cross_stitch', 'none'} or spec, \
default='auto'
        How tasks read tokens and states. 'auto' is 'cross_stitch' if :class:`MLPEncoder` has at
        least 5,000 labels per task, and 'task_query' otherwise. 'none' is plain hard sharing.
    task_classifier : {'mlp'} or spec, default='mlp'
        One head per task and branch, all with the same structure.
    aggregator : {'weighted'} or spec, default='weighted'
        Combines the branches of each task. Where labels are known, it also combines the tasks. With
        ``aggregator__cv=5`` the weights between tasks are learned without validation rows.
    sharing : {'hard', 'soft'}, default='hard'
        With 'hard' all tasks share one encoder, decoder and attention. With 'soft' each task has
        its own.
    n_members : int, default=1
        Number of networks that are trained side by side from different initial parameters. Their
        logits are averaged. Training time is proportional to it.
    input_shape : tuple of int, default=None
        Shape of a sample if the rows of X are flat, with its axes in the order of ``channels``:
        (n_features,), (n_steps, n_channels), (n_channels, height, width) or (height, width,
        n_channels). None keeps the shape of the samples. An axis with one channel can be added to
        samples that are not flat; any other change of their shape is refused.
    channels : {'auto', 'first', 'last'}, default='auto'
        Axis of a sample that holds its channels: 'first' is (n_channels, height, width) or
        (n_channels, n_steps), 'last' is (height, width, n_channels) or (n_steps, n_channels).
        With 'auto', three axes are an image. Its channels are last if the last axis has 1, 3 or 4
        entries and the first axis does not, and first otherwise. Two axes of at least 8 entries are
        a grey image (height, width) if X is of uint8 or one side is at most twice the other. All
        other samples with two axes are a sequence (n_steps, n_channels). A warning is issued if two
        readings are likely. Predictions are read as in ``fit``.
    max_shift : int or 'auto', default='auto'
        Images are shifted at random in training, by at most this number of pixels in each
        direction. 'auto' is the shorter side divided by 32.
    categorical_features : 'from_dtype', array-like of str, int or bool, or None, \
            default='from_dtype'
        Categorical features of a table: their names, their positions or a mask. 'from_dtype' is the
        columns of a frame whose type is a category or an enum. Each category has a learned
        embedding, and so has a missing one. A category that ``fit`` did not see has zeros.
    handle_missing : {'error', 'indicator'}, default='error'
        Treatment of NaN in the numbers of a table. 'indicator' replaces NaN by the mean of the
        feature. Features with NaN in ``fit`` get a further input, which is 1 where NaN was.
    n_bins : int or 'auto', default='auto'
        Number of bins for each number of a table, with nearly equal numbers of rows. The network
        reads the scaled number and learned curves of it, which are linear within each bin. With 1
        bin it reads only the scaled number. 'auto' is 48 from 5,000 training rows on, and 1 below.
    losses : {'auto', 'cross_entropy', 'binary_cross_entropy'}, list or dict, default='auto'
        One loss for all tasks, a list with one per task, or a dict by task name (tasks left out
        have 'auto'). 'auto' is cross-entropy. 'binary_cross_entropy' is one sigmoid per class,
        against all other classes. With two classes both losses are the same, and cross-entropy is
        used.
    loss_weights : array-like of shape (n_tasks,), dict, str, spec or None, default=None
        Positive weights of the tasks; tasks left out of a dict have 1. Only their ratios matter.
        None is 'equal'. 'uncertainty', 'dwa', 'famo', 'geometric' and 'random' change the weights
        during training. 'upgrad', 'pcgrad', 'mgda' or an aggregator of torchjd combine the
        gradients that the tasks have with respect to the encoder's output. The specs are in
        :mod:`sklearn_abmtl.losses`.
    class_weight : 'balanced', dict, list or None, default=None
        For 1-d y 'balanced' or a dict by label. For 2-d y 'balanced', a list with one such entry
        or None per task, or a dict by task name.
    label_smoothing : float in [0, 1), default=0.0
        Share of each label that is spread over all classes of the task.
    reconstruction_weight : float, default=0.05
        Weight of the decoder's mean squared error on the scaled input, at least 0. It falls to 0
        over the last third of training.
    branch_loss_weight : float, default=0.5
        Weight of the loss of each branch, in addition to the loss of the combined result, at
        least 0.
    missing_label : scalar, default=None
        A further value for a missing label, in addition to None, NaN, NaT, NA and a mask.
    max_epochs : int, default=30
        Number of passes over the training rows.
    lr : float, default=0.002
        Learning rate of AdamW, at the peak of the schedule.
    lr_schedule : {'one_cycle', None}, default='one_cycle'
        Schedule of the learning rate. None keeps it constant.
    weight_decay : float or 'auto', default='auto'
        Weight decay of AdamW, at least 0. For tables it is not applied to curves, embeddings and
        queries. 'auto' is 1 for images and 0.3 for sequences. For tables it is
        ``200 * n_features / n_labels``, limited to values from 0.1 to 3, where ``n_labels`` is the
        mean number of known labels per task; in ``partial_fit`` it is 0.3. If ``lr`` is above
        0.002, it is lower in proportion.
    batch_size : int or 'auto', default='auto'
        Largest number of rows in a batch. 'auto' is about half the square root of the number of
        training rows, limited to values from 16 to 256.
    early_stopping : bool or 'auto', default='auto'
        Whether to stop when the mean validation loss no longer falls, and to keep the best epoch.
        'auto' is True from 1,000 rows on and with ``X_val``.
    validation_fraction : float in (0, 1), default=0.1
        Share of the rows that is used for validation if ``X_val`` is not passed. The split is
        stratified over all tasks, and each class keeps a training row.
    n_iter_no_change : int, default=15
        Training stops after this number of epochs without a lower validation loss.
    warm_start : bool, default=False
        Whether ``fit`` continues with the network of the last ``fit``, for ``max_epochs`` more
        epochs and with a new schedule.
    checkpoint : str, path or None, default=None
        File that ``fit`` writes after each epoch and removes at its end. If the file exists,
        ``fit`` resumes from it; data and parameters must be the same. It needs a ``random_state``.
        In a search or in cross-validation each fit has its own file, with a hash in its name.
    on_interrupt : {'raise', 'keep_best'}, default='raise'
        Effect of Ctrl-C. 'raise' leaves the estimator as it was. 'keep_best' keeps the best epoch
        or, without early stopping, the last full epoch. Inside a search, a meta-estimator or a
        worker, Ctrl-C always raises.
    callbacks : list of skorch callbacks or (name, callback), default=None
        Callbacks that are copied and used in training. Callbacks that compute scores, for example
        ``EpochScoring``, are refused. ``callbacks__<name>__<option>`` sets an option of a named
        one. For callbacks of scikit-learn 1.9 use ``set_callbacks``.
    n_procs : int, default=1
        Number of processes that ``fit`` starts. They share each batch; on CUDA each has its own
        device.
    device : str or torch.device, default='auto'
        'auto' is CUDA if there is a CUDA device, and the CPU otherwise.
    dtype : {'float32', 'float64'}, default='float32'
        Type of the network's parameters.
    precision : {'auto', 'full', 'bfloat16'}, default='auto'
        Type of matrix products in training. 'full' is ``dtype``. 'auto' is 'bfloat16' on CUDA and
        'full' otherwise.
    compile : {False, True, 'graph'}, default=False
        Whether torch compiles the network for ``fit``, or records it as CUDA graphs. If that is not
        possible, a warning is issued and the network is not compiled.
    n_workers : int, default=0
        Number of processes that read ahead if X is a data set of torch. 0 reads in this process.
    random_state : int, RandomState instance or None, default=None
        Determines initial parameters, splits, the order of rows, and dropout.
    verbose : int, default=0
        1 shows the progress. 2 prints a line per epoch with the loss and accuracy of each task.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,) or list of such
        Sorted classes; for 2-d y a list with one array per task.
    n_classes_ : int or list of int
        Number of classes.
    task_names_ : list of str
        Names of the columns of y, or ``task_0``, ``task_1``, ...
    n_tasks_ : int
        Number of tasks.
    branch_weights_ : ndarray of shape (n_tasks, n_branches)
        The aggregator's weights of the branches of encoder and decoder; rows sum to 1.
    loss_weights_ : ndarray of shape (n_tasks,)
        Weights of the tasks in the last step of training.
    task_weights_ : ndarray of shape (n_tasks, n_tasks)
        How far a known label of the column's task moves the log-odds of the row's task. It is 0
        where that did not lower the log-loss on held-out rows, and if no rows were held out (see
        :class:`WeightedAggregator`).
    history_ : list of dict
        One row per epoch: ``train_loss`` and ``valid_loss`` (mean over tasks; a constant classifier
        has 1), ``<train or valid>_<loss or accuracy>_<task>``, ``dur`` in seconds, ``best``
        (whether early stopping kept the network of that epoch), and ``loss_weight_<task>`` if the
        weights change.
    net_ : skorch.NeuralNet
        The trained net; its ``module_`` is the network.
    n_features_in_ : int
        Length of the second axis of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns of X, if all of them are strings.
    feature_importances_ : ndarray of shape (n_features_in_,)
        For tables: how far, to first order, the log-odds of the predicted classes move if a feature
        is replaced by its mean. It is a mean over training rows and tasks, and sums to 1.
    is_categorical_ : ndarray of bool of shape (n_features_in_,) or None
        Mask of the categorical features; None if there are none.
    sample_shape_ : tuple of int
        Shape of a sample of X as it was passed to ``fit``.

    See Also
    --------
    sklearn.neural_network.MLPClassifier : One label per sample, or several binary ones.
    sklearn.multioutput.MultiOutputClassifier : A separate classifier for each task.

    Notes
    -----
    ``score`` is the mean accuracy over tasks. The share of rows with all labels correct is
    :func:`sklearn_abmtl.metrics.exact_match_score`.

    ``feature_importances_`` describes what one network reads of its training rows (at most 1,024
    pairs of a row and a task). It does not show causes. If two features hold the same information,
    the network may read only one of them, and a feature that was memorised counts as well. Use
    :func:`sklearn.inspection.permutation_importance` on test rows to see what predictions gain.

    Examples
    --------
    >>> from sklearn.model_selection import train_test_split
    >>> from sklearn_abmtl import ABMTLClassifier
    >>> from sklearn_abmtl.datasets import make_multitask_classification
    >>> X, y = make_multitask_classification(400, n_classes=(3, 2), random_state=0)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    >>> classifier = ABMTLClassifier(max_epochs=10, random_state=0).fit(X_train, y_train)
    >>> round(classifier.score(X_test, y_test), 2)
    0.92
    >>> classifier.predict_proba(X_test[:2])[1].round(2)
    array([[0.12, 0.88],
           [1.  , 0.  ]])
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = PARAMETER_CONSTRAINTS

    def __init__(  # noqa: PLR0915 (one statement per parameter)
        self,
        *,
        encoder="auto",
        decoder="auto",
        attention="auto",
        task_classifier="mlp",
        aggregator="weighted",
        sharing="hard",
        n_members=1,
        input_shape=None,
        channels="auto",
        max_shift="auto",
        categorical_features="from_dtype",
        handle_missing="error",
        n_bins="auto",
        losses="auto",
        loss_weights=None,
        class_weight=None,
        label_smoothing=0.0,
        reconstruction_weight=0.05,
        branch_loss_weight=0.5,
        missing_label=None,
        max_epochs=30,
        lr=2e-3,
        lr_schedule="one_cycle",
        weight_decay="auto",
        batch_size="auto",
        early_stopping="auto",
        validation_fraction=0.1,
        n_iter_no_change=15,
        warm_start=False,
        checkpoint=None,
        on_interrupt="raise",
        callbacks=None,
        n_procs=1,
        device="auto",
        dtype="float32",
        precision="auto",
        compile=False,
        n_workers=0,
        random_state=None,
        verbose=0,
    ):
        self.encoder = encoder
        self.decoder = decoder
        self.attention = attention
        self.task_classifier = task_classifier
        self.aggregator = aggregator
        self.sharing = sharing
        self.n_members = n_members
        self.input_shape = input_shape
        self.channels = channels
        self.max_shift = max_shift
        self.categorical_features = categorical_features
        self.handle_missing = handle_missing
        self.n_bins = n_bins
        self.losses = losses
        self.loss_weights = loss_weights
        self.class_weight = class_weight
        self.label_smoothing = label_smoothing
        self.reconstruction_weight = reconstruction_weight
        self.branch_loss_weight = branch_loss_weight
        self.missing_label = missing_label
        self.max_epochs = max_epochs
        self.lr = lr
        self.lr_schedule = lr_schedule
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.checkpoint = checkpoint
        self.on_interrupt = on_interrupt
        self.callbacks = callbacks
        self.n_procs = n_procs
        self.device = device
        self.dtype = dtype
        self.precision = precision
        self.compile = compile
        self.n_workers = n_workers
        self.random_state = random_state
        self.verbose = verbose

    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None, sample_weight_val=None):
        """Train the network on all tasks.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Tables, sequences (n_samples, n_steps, n_channels), images (n_samples, n_channels,
            height, width) or (n_samples, height, width, n_channels) according to ``channels``, or
            flat rows with ``input_shape``. Lists of pictures, arrays or tensors are also accepted.
            A memory-mapped array is not loaded into memory, and neither is a data set of torch
            whose items are the features of a sample. Their batches are read in random order.
        y : array-like of shape (n_samples,) or (n_samples, n_tasks)
            Labels of any type, one column per task. A label is missing if it is None, NaN, NaT, NA,
            masked or equal to ``missing_label``.
        sample_weight : array-like of shape (n_samples,) or (n_samples, n_tasks), default=None
            Weights of rows or of single labels. A row or label with weight 0 is not used.
        X_val : array-like like X, default=None
            Validation rows; without them a share of X is used. A Pipeline transforms them only with
            ``transform_input=["X_val"]``.
        y_val : array-like like y, default=None
            Labels of the validation rows.
        sample_weight_val : array-like like sample_weight, default=None
            Weights of the validation rows.

        Returns
        -------
        self : ABMTLClassifier

        Raises
        ------
        ValueError
            If an argument, a parameter or the checkpoint breaks a rule, or the training diverges.
        """
        check_validation(X_val, y_val, sample_weight_val)
        if starts_processes(self):
            validation = {"X_val": X_val, "y_val": y_val, "sample_weight_val": sample_weight_val}
            learned = fit_in_processes(self, X=X, y=y, sample_weight=sample_weight, **validation)
            vars(self).clear()
            vars(self).update(learned)
            return self
        previous = self.net_ if self.warm_start and self.__sklearn_is_fitted__() else None
        with fit_task(self, X, y, sample_weight) as epoch_reports, unchanged_on_error(self):
            rows = self._read(X, y, sample_weight, is_first=previous is None)
            passed = None if X_val is None else self._read_val(X_val, y_val, sample_weight_val)
            checkpoint = new_checkpoint(
                self.checkpoint, self.random_state, is_clone=self._is_unfitted_clone
            )
            with held(checkpoint):
                learned = fit_network(
                    self.get_params(deep=False),
                    self._row_reader,
                    rows,
                    passed,
                    previous=previous,
                    checkpoint=checkpoint,
                    epoch_reports=epoch_reports,
                )
                self._keep(learned)
                remove_checkpoint(checkpoint, learned.net)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train for one pass over a piece of the data, with a constant learning rate.

        The first call fixes the mean, scale and bins of the input, its categories, and which
        features may have missing values.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Input as in ``fit``.
        y : array-like of shape (n_samples,) or (n_samples, n_tasks)
            Labels as in ``fit``.
        classes : array-like of shape (n_classes,) or list of such, default=None
            All classes, for 2-d y those of each task. They are needed in the first call.
        sample_weight : array-like of shape (n_samples,) or (n_samples, n_tasks), default=None
            Weights as in ``fit``.

        Returns
        -------
        self : ABMTLClassifier

        Raises
        ------
        ValueError
            If ``classes`` is missing in the first call or differs in a later one, a label is not
            among them, no label is known, or ``class_weight`` is 'balanced'. The estimator is then
            as it was before.
        """
        previous = self.net_ if self.__sklearn_is_fitted__() else None
        if previous is None and classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        with unchanged_on_error(self):
            rows = self._read(X, y, sample_weight, classes, is_first=previous is None)
            parameters = self.get_params(deep=False)
            self._keep(fit_piece(parameters, self._row_reader, rows, previous=previous))
        return self

    def predict(self, X, given=None):
        """Predict the most probable label of each task.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Input as in ``fit``.
        given : array-like of shape (n_samples, n_tasks), frame or series, default=None
            Labels that are already known, and missing elsewhere. They improve the predictions of
            the other tasks, and are returned unchanged. A frame or a series may hold only some of
            the tasks, by their names.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_tasks)
            Labels of the types of ``fit``: an array of the common type of the tasks, or of objects.

        Raises
        ------
        ValueError
            If ``given`` has labels or tasks that ``fit`` did not see, or the estimator has no
            task weights.
        """
        features = self._read_features(X)
        known = None if given is None else self._known("given", X, given, len(features))
        codes = self._predictor.codes(features, known)
        return self.task_label_encoder_.inverse_transform(codes)

    def predict_joint(self, X, given=None):
        """Predict the combination of labels that is most probable.

        ``predict`` chooses the most probable label of each task. Another combination of labels may
        be more probable as a whole. If tasks depend on each other beyond X, this method raises the
        share of rows with all labels correct, and may lower the accuracy of single tasks.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Input as in ``fit``.
        given : array-like of shape (n_samples, n_tasks), frame or series, default=None
            Labels that are already known, and missing elsewhere, as in ``predict``.

        Returns
        -------
        y : ndarray of shape (n_samples, n_tasks)
            Labels of the types of ``fit``.

        Raises
        ------
        ValueError
            As ``predict`` with ``given``.
        """
        features = self._read_features(X)
        known = self._known("predict_joint", X, given, len(features))
        codes = self._predictor.joint_codes(features, known)
        return self.task_label_encoder_.inverse_transform(codes)

    def predict_proba(self, X, given=None):
        """Predict the probabilities of the classes of each task.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Input as in ``fit``.
        given : array-like of shape (n_samples, n_tasks), frame or series, default=None
            Labels that are already known, and missing elsewhere, as in ``predict``. They have the
            probability 1.

        Returns
        -------
        p : ndarray of shape (n_samples, n_classes) or list of n_tasks such
            Probabilities in float64, in the order of ``classes_``.

        Raises
        ------
        ValueError
            If ``given`` has labels or tasks that ``fit`` did not see, or the estimator has no
            task weights.
        """
        features = self._read_features(X)
        known = None if given is None else self._known("given", X, given, len(features))
        per_task = self._predictor.probabilities(features, known)
        return per_task[0] if self.task_label_encoder_.is_1d_ else per_task

    def score(self, X, y, sample_weight=None):
        """Return the accuracy on known labels, as a mean over tasks.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Input as in ``fit``.
        y : array-like of shape (n_samples,) or (n_samples, n_tasks)
            True labels of the tasks of ``fit``. Columns of a frame are matched by name, others by
            position. Tasks without a known label are left out of the mean.
        sample_weight : array-like of shape (n_samples,) or (n_samples, n_tasks), default=None
            Weights as in ``fit``.

        Returns
        -------
        score : float
            In [0, 1].

        Raises
        ------
        ValueError
            If no label is known, or a frame's columns are not the tasks of ``fit``.
        """
        with order_checked({"X": X, "y": y, "sample_weight": sample_weight}):
            predicted = self.predict(X)
            return score_tasks(
                self.task_label_encoder_, y, predicted, sample_weight, self._missing_label
            )

    def task(self, name):
        """Return one task as a fitted classifier.

        It can be used in tools for one label per sample: scorers, displays, thresholds.

        Parameters
        ----------
        name : str or int
            Name of the task, or its position from 0.

        Returns
        -------
        view : TaskView
            ``clone`` returns the view itself, and its ``fit`` raises an error.

        Raises
        ------
        ValueError
            If there is no such task.
        """
        return task_view(self, name)

    def reconstruct(self, X):
        """Return the decoder's reconstruction of X.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Input as in ``fit``.

        Returns
        -------
        X_reconstructed : ndarray of the shape of X
            In the units of X. With ``sharing='soft'`` it is the mean over the decoders of the
            tasks.

        Raises
        ------
        ValueError
            If the estimator was fitted without a decoder, or X has categories.
        """
        features = self._read_features(X)
        reconstructed = self._predictor.reconstruct(features)
        return self._feature_reader.layout.restore(reconstructed)

    def task_representations(self, X):
        """Return the inputs of the task classifiers.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Input as in ``fit``.

        Returns
        -------
        representations : ndarray of shape (n_samples, n_tasks, d_representation)
            The shared vector and the context of the task, for each branch, one after the other.
            They have the ``dtype`` of the estimator.

        See Also
        --------
        TaskRepresentation : The same as a transformer.
        """
        features = self._read_features(X)
        return self._predictor.representations(features)

    def task_attention(self, X, branch=None):
        """Return the attention of each task to the cells of the input.

        Each cell (feature, step or pixel) has the weight of the token at its place, as a mean over
        heads. The weights are equal, and so show nothing, with 'mmoe', 'cross_stitch' and 'none',
        and with the single token of :class:`MLPEncoder`. :class:`FeatureTokenEncoder` has one token
        for each input that the network reads of a table. A feature with several inputs, for example
        a category, has the mean of their weights.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Input as in ``fit``.
        branch : {'encoder', 'decoder', None}, default=None
            Attention to the encoder's tokens or to the decoder's states. None is the mean of both,
            weighted by ``branch_weights_``.

        Returns
        -------
        weights : ndarray of shape (n_samples, n_tasks, *cells)
            ``cells`` is (n_features,), (n_steps,) or (height, width). The weights of each sample
            and task sum to 1.

        Raises
        ------
        ValueError
            If there is no such branch.
        """
        features = self._read_features(X)
        return self._predictor.attention(features, branch)

    @property
    def classes_(self):
        """Classes; with several tasks a list with one array per task."""
        encoder = self.task_label_encoder_
        return encoder.classes_[0] if encoder.is_1d_ else encoder.classes_

    @property
    def n_classes_(self):
        """Number of classes; with several tasks a list with one number per task."""
        encoder = self.task_label_encoder_
        n_classes = [len(classes) for classes in encoder.classes_]
        return n_classes[0] if encoder.is_1d_ else n_classes

    @property
    def task_names_(self):
        """Names of the tasks: the columns of y, or ``task_0``, ``task_1`` ..."""
        return self.task_label_encoder_.task_names_

    @property
    def n_tasks_(self):
        """Number of tasks."""
        return len(self.task_label_encoder_.task_names_)

    @property
    def is_categorical_(self):
        """Mask of the categorical features, or None."""
        return self._feature_reader.is_categorical

    @property
    def sample_shape_(self):
        """Shape of a sample of X as it was passed to ``fit``."""
        return self._feature_reader.layout.sample_shape

    @property
    def branch_weights_(self):
        """Weights of the branches (encoder, decoder) for each task."""
        return self.net_.module_.branch_weights.detach().cpu().numpy()

    @property
    def loss_weights_(self):
        """Weights of the tasks in the last step of training."""
        return self.net_.criterion_.weighting.loss_weights.cpu().numpy()

    @property
    def task_weights_(self):
        """Weights of known labels of the tasks (columns) for each task (rows)."""
        return self._task_matrix.task_weights.cpu().numpy()

    @property
    def feature_importances_(self):
        """Importance of each feature of a table; all importances sum to 1."""
        check_is_fitted(self)
        if self._feature_importances is None:
            raise AttributeError(
                "feature_importances_ needs a table, whose samples have one axis of features. This "
                f"estimator was fitted with samples of shape {self.sample_shape_}, read as "
                f"{self._feature_reader.layout.describe()}."
            )
        return self._feature_importances.values

    @property
    def history_(self):
        """One dict per epoch: duration, losses and accuracies."""
        of_skorch = {"batches", "train_batch_count", "valid_batch_count"}
        return [
            {
                key: value
                for key, value in row.items()
                if key not in of_skorch and not (key.endswith("_best") and type(value) is bool)
            }
            for row in self.net_.history
        ]

    def __sklearn_is_fitted__(self):
        return hasattr(self, "net_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.handle_missing == "indicator"
        tags.target_tags.multi_output = True
        tags.target_tags.two_d_labels = True
        tags.classifier_tags.multi_label = True
        return tags

    @property
    def _row_reader(self):
        return RowReader(self._feature_reader, self._missing_label, self.task_label_encoder_)

    @property
    def _predictor(self):
        return Predictor(self.net_.module_, self.net_.criterion_.probabilities)

    @property
    def _task_matrix(self):
        return self.net_.module_.aggregator.task_matrix

    def _open(self, reader, X, *, is_first):
        """Return X as its reader accepts it, after a check of the number and names of features."""
        opened = with_workers(reader.open(X), self.n_workers)
        validate_data(self, opened, reset=is_first, skip_check_array=True)
        return opened

    def _read(self, X, y, sample_weight, classes=None, *, is_first):
        """Read the rows of a training, with a new reader or the reader of the first training."""
        check_processes(1, self.n_workers)
        options = {name: getattr(self, name) for name in OPTIONS}
        if is_first:
            features = FeatureReader(owner=type(self).__name__, **options)
            reader = RowReader(features, self.missing_label)
            rows = reader.fit_read(
                self._open(features, X, is_first=True), y, sample_weight, classes
            )
            self._feature_reader = reader.features
            self._missing_label = self.missing_label
            self.task_label_encoder_ = reader.labels
        else:
            reader = self._row_reader
            reader.check_options(options, self.missing_label)
            opened = self._open(reader.features, X, is_first=False)
            rows = reader.read(opened, y, sample_weight, classes)
        rows = self._learnable(rows)
        if not len(rows.codes):
            raise ValueError("y has no known label, so there is nothing to learn from.")
        return rows

    def _read_val(self, X_val, y_val, sample_weight_val):
        reader = self._row_reader
        try:
            opened = self._open(reader.features, X_val, is_first=False)
            return self._learnable(reader.read(opened, y_val, sample_weight_val, suffix="_val"))
        except ValueError as error:
            error.add_note(
                "The error is in the validation rows: X_val, y_val or sample_weight_val."
            )
            raise

    def _learnable(self, rows):
        """Leave out rows without a label if there is no decoder, which could learn from them."""
        specs = choose_parts(self.get_params(deep=False), rows.features.ndim - 1)
        return rows.without_unlabelled() if specs.decoder is None else rows

    def _read_features(self, X):
        check_is_fitted(self)
        reader = self._feature_reader
        return reader.read(self._open(reader, X, is_first=False))

    def _keep(self, learned):
        """Store the learned net and the importances."""
        self.net_, self._feature_importances = learned
        self._forget_clone()

    def _predict_proba_of_task(self, X, position):
        """Return the probabilities of one task, (n_samples, n_classes), without the other tasks."""
        tasks = slice(position, position + 1)
        features = self._read_features(X)
        return self._predictor.probabilities(features, tasks=tasks)[0]

    def _known(self, name, X, given, n_samples):
        """Return the class numbers (n_samples, n_tasks) of the known labels, -1 elsewhere."""
        if not self._task_matrix.is_learned:
            raise ValueError(
                f"{name} needs task weights, which are learned from held-out rows. This estimator "
                "was fitted without held-out rows: set early_stopping=True or aggregator__cv=5, or "
                "pass X_val and y_val to fit."
            )
        warn_of_order({"X": X, "given": given})
        codes = self._row_reader.known(given, n_samples)
        if is_partly_known(codes) and not self._task_matrix.couples_tasks:
            warn_of_no_weights()
        return codes
