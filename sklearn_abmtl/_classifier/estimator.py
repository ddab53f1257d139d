"""The estimator: parameters, fit, predict; the one place that puts everything together."""

from __future__ import annotations

from typing import Any, ClassVar

from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils.validation import check_is_fitted, validate_data

from .._data.feature_reader import OPTIONS, FeatureReader
from .._data.frame_order import order_checked, warn_of_order
from .._data.given_labels import is_partly_known, warn_of_no_weights
from .._data.row_reader import RowReader
from .._training import with_workers
from .._training.checkpoint.file import held, new_checkpoint
from .._training.data.validation_rows import check_validation, split_validation
from .._training.fitting import (
    common_random_state,
    draw_seed,
    fit_network,
    fit_piece,
    remove_checkpoint,
)
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
    """Attention-based multi-task classifier: one network for several labels a sample.

    An encoder turns a sample into tokens and a shared vector; a decoder reconstructs the sample
    and gives states; each task reads both with a query of its own, classifies each reading, and
    a weighted aggregator mixes the two. Labels may be missing anywhere. The network scales its
    input itself.

    With 1-d y it is an ordinary classifier. With 2-d y, each column is a task, and ``classes_``
    and ``predict_proba`` are lists with one entry a task.

    Parameters
    ----------
    encoder : {'auto', 'mlp', 'feature_token', 'vgg', 'recurrent'} or spec, default='auto'
        Input to tokens. 'auto' takes :class:`MLPEncoder` for tables, :class:`RecurrentEncoder`
        for sequences and :class:`VGGEncoder` for images. A spec sets options, as in
        ``VGGEncoder(width=32)``; so does ``set_params(encoder__width=32)``.
        :class:`BackboneEncoder` takes a network made elsewhere, such as a pretrained one.
    decoder : {'auto', 'bilstm', 'conv', 'mlp'}, spec or None, default='auto'
        Tokens to states and a reconstruction. 'auto' takes none for tables,
        :class:`ConvDecoder` for sequences and :class:`BiLSTMDecoder` for images.
    attention : {'auto', 'task_query', 'mtan', 'mmoe', 'cross_stitch', 'none'} or spec, \
default='auto'
        How tasks read tokens and states. 'auto' is 'task_query', but 'cross_stitch' where
        :class:`MLPEncoder` reads 5,000 labels a task or more; 'none' is plain hard sharing.
    task_classifier : {'mlp'} or spec, default='mlp'
        One head a task and branch, of the same structure.
    aggregator : {'weighted'} or spec, default='weighted'
        Mixes the branches of a task, and the tasks where labels are known;
        ``aggregator__cv=5`` learns the latter without validation rows.
    sharing : {'hard', 'soft'}, default='hard'
        One encoder, decoder and attention for all tasks, or one of each a task.
    n_members : int, default=1
        Number of networks that are trained side by side, from other initial parameters, and
        averaged; more take as many times as long.
    input_shape : tuple of int, default=None
        Shape that each flat row of X is brought into, its axes in the order of ``channels``:
        (n_features,), (n_steps, n_channels), (n_channels, height, width) or (height, width,
        n_channels). None takes the samples' own shape. Samples of other shapes can get an axis of
        one channel and are refused otherwise.
    channels : {'auto', 'first', 'last'}, default='auto'
        Axis of a sample that is its channels: 'first' is (n_channels, height, width) or
        (n_channels, n_steps), 'last' is (height, width, n_channels) or (n_steps, n_channels).
        With 'auto', three axes are an image, its channels last where the last axis has 1, 3 or 4
        entries and the first axis has not, else first; two axes of at least 8 are a grey image
        (height, width) where X is of uint8 or one side is at most twice the other; all other two
        axes are a sequence (n_steps, n_channels). A warning is issued where two readings are
        likely. Predictions are read as in ``fit``.
    max_shift : int or 'auto', default='auto'
        Most pixels by which images move at random, in each direction, while training. 'auto' is a
        32nd of the shorter side.
    categorical_features : 'from_dtype', array-like of str, int or bool, or None, \
            default='from_dtype'
        Features of a table that are categories: their names, positions or a mask; 'from_dtype'
        takes the columns of a frame whose type is a category or an enum. Each category, a missing
        one among them, has a learned embedding; one that ``fit`` has not seen has zeros.
    handle_missing : {'error', 'indicator'}, default='error'
        What to do with NaN in the numbers of a table. 'indicator' takes the feature's mean and
        adds, for features with NaN in ``fit``, an input that tells where it was.
    n_bins : int or 'auto', default='auto'
        Bins of each number of a table, with about equally many rows. Beside the scaled number the
        network reads learned curves of it, linear within a bin; with 1 bin the scaled number
        alone. 'auto' is 48 from 5000 training rows on, else 1.
    losses : {'auto', 'cross_entropy', 'binary_cross_entropy'}, list or dict, default='auto'
        Loss of all tasks, or one a task, as a list or a dict of task names (those left out have
        'auto'). 'auto' is cross-entropy; 'binary_cross_entropy' is one sigmoid per class, each
        against the rest. Of two classes one sigmoid tells, which is cross-entropy.
    loss_weights : array-like of shape (n_tasks,), dict, str, spec or None, default=None
        Positive weights of the tasks, 1 for those left out of a dict; only their ratios count.
        None is 'equal'. 'uncertainty', 'dwa', 'famo', 'geometric' and 'random' move the weights
        while training; 'upgrad', 'pcgrad', 'mgda' or an aggregator of torchjd combine the tasks'
        gradients of the encoder's output. The specs are in :mod:`sklearn_abmtl.losses`.
    class_weight : 'balanced', dict, list or None, default=None
        For 1-d y 'balanced' or a dict of labels. For 2-d y 'balanced', a list with one such
        entry (or None) a task, or a dict of task names.
    label_smoothing : float in [0, 1), default=0.0
        Share of each label that is spread over all classes of the task.
    reconstruction_weight : float, default=0.05
        Weight of the decoder's mean squared error on the scaled input, at least 0; falls to 0
        over the last third of training.
    branch_loss_weight : float, default=0.5
        Weight of each branch's own loss beside the aggregated one, at least 0.
    missing_label : scalar, default=None
        A value that also stands for a missing label, beside None, NaN, NaT, NA and a mask.
    max_epochs : int, default=30
        Passes over the training rows.
    lr : float, default=0.002
        Learning rate of AdamW; the peak of the schedule.
    lr_schedule : {'one_cycle', None}, default='one_cycle'
        Course of the learning rate over the training; None keeps it constant.
    weight_decay : float or 'auto', default='auto'
        Weight decay of AdamW, at least 0; of tables, curves, embeddings and queries have none.
        'auto' is 1 for images, 0.3 for sequences and in ``partial_fit``; for tables
        ``200 * n_features / n_labels`` (a task), 0.1 to 3; less at an ``lr`` above 0.002.
    batch_size : int or 'auto', default='auto'
        Most rows in a batch. 'auto' is about half the square root of all rows, 16 to 256.
    early_stopping : bool or 'auto', default='auto'
        Whether to stop once the mean validation loss no longer falls, and to go back to the
        best epoch; 'auto': from 1000 rows on, or with ``X_val``.
    validation_fraction : float in (0, 1), default=0.1
        Share of the rows set aside for early stopping, where ``X_val`` is not passed; stratified
        over all tasks. Each class keeps a training row.
    n_iter_no_change : int, default=15
        Epochs without a better validation loss before training stops.
    warm_start : bool, default=False
        Whether ``fit`` goes on from the last ``fit``, ``max_epochs`` more, by a schedule anew.
    checkpoint : str, path or None, default=None
        File that ``fit`` writes after each epoch and removes at its end. From one that is there
        ``fit`` goes on, with the same data and parameters; it needs a ``random_state``. The fits of
        a search or of cross-validation have a file each, with a hash of theirs in its name.
    on_interrupt : {'raise', 'keep_best'}, default='raise'
        Effect of Ctrl-C: 'raise' leaves the estimator as it was, 'keep_best' keeps the best or
        last full epoch, but not inside a search, a meta-estimator or a worker.
    callbacks : list of skorch callbacks or (name, callback), default=None
        Copies take part in training, but not those that score (``EpochScoring``);
        ``callbacks__<name>__<option>`` reaches named ones. Of scikit-learn 1.9: ``set_callbacks``.
    n_procs : int, default=1
        Processes that ``fit`` starts to share each batch, on CUDA one a device.
    device : str or torch.device, default='auto'
        'auto' is CUDA where there is one, else the CPU.
    dtype : {'float32', 'float64'}, default='float32'
        Type of the network's parameters.
    precision : {'auto', 'full', 'bfloat16'}, default='auto'
        Type of products in training: 'full' is ``dtype``, 'auto' 'bfloat16' on CUDA, else 'full'.
    compile : {False, True, 'graph'}, default=False
        Whether torch compiles the network for ``fit``, or records it as CUDA graphs; without
        what that needs a warning tells, and nothing is compiled.
    n_workers : int, default=0
        Processes that read ahead from a data set of torch as X; 0 reads in this process.
    random_state : int, RandomState instance or None, default=None
        Source of initial parameters, splits, order and dropout.
    verbose : int, default=0
        1 shows the progress, 2 prints a line an epoch with each task's loss and accuracy.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,) or list of such
        Sorted classes, of each task for 2-d y.
    n_classes_ : int or list of int
        Number of them.
    task_names_ : list of str
        Columns of y, or ``task_0``, ``task_1``, ...
    n_tasks_ : int
        Number of tasks.
    branch_weights_ : ndarray of shape (n_tasks, n_branches)
        The aggregator's weights of the encoder's and the decoder's branch; rows sum to 1.
    loss_weights_ : ndarray of shape (n_tasks,)
        Weights of the tasks in the last step of training.
    task_weights_ : ndarray of shape (n_tasks, n_tasks)
        How far a known label of the column's task moves the log-odds of the row's task; 0 where
        that did not pay, or no rows were held out (see :class:`WeightedAggregator`).
    history_ : list of dict
        A row an epoch: ``train_loss``, ``valid_loss`` (mean over tasks; 1 is a constant
        classifier), ``<train or valid>_<loss or accuracy>_<task>``, ``dur`` in seconds, ``best``
        (whether early stopping kept the network of that epoch), and ``loss_weight_<task>`` where
        the weights move.
    net_ : skorch.NeuralNet
        The trained net; its ``module_`` is the network.
    n_features_in_ : int
        Length of X's second axis.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of X's columns, where they are all strings.
    feature_importances_ : ndarray of shape (n_features_in_,)
        For tables: how far, to first order, the log-odds of the predicted classes move when a
        feature becomes its mean; a mean over training rows and tasks, as shares that sum to 1.
    is_categorical_ : ndarray of bool of shape (n_features_in_,) or None
        Which features are categories; None where none is.
    sample_shape_ : tuple of int
        Shape of a sample of X as it was passed to ``fit``.

    See Also
    --------
    sklearn.neural_network.MLPClassifier : One label a sample, or several binary ones.
    sklearn.multioutput.MultiOutputClassifier : A separate classifier a task.

    Notes
    -----
    ``score`` is the mean of the tasks' accuracies; the share of rows that are all right is
    :func:`sklearn_abmtl.metrics.exact_match_score`.

    ``feature_importances_`` tells what one network reads of rows that it learned from (1,024 pairs
    of a row and a task, if there are more), nothing of causes: of features that tell the same it
    may read one and leave the other, and a feature learned by heart counts as well.
    :func:`sklearn.inspection.permutation_importance` on test rows shows what predictions gain.

    Examples
    --------
    >>> from sklearn.model_selection import train_test_split
    >>> from sklearn_abmtl import ABMTLClassifier
    >>> from sklearn_abmtl.datasets import make_multitask_classification
    >>> X, y = make_multitask_classification(400, n_classes=(3, 2), random_state=0)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    >>> classifier = ABMTLClassifier(max_epochs=10, random_state=0).fit(X_train, y_train)
    >>> [probabilities.shape for probabilities in classifier.predict_proba(X_test)]
    [(100, 3), (100, 2)]
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
        """Learn all tasks.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Tables, sequences (n_samples, n_steps, n_channels), images (n_samples, n_channels,
            height, width) or (n_samples, height, width, n_channels), as ``channels`` says, or
            flat rows with ``input_shape``; also lists of pictures, arrays or tensors. A
            memory-mapped array, or a data set of torch whose items are the features of a
            sample, stays where it is: batches are read from it in random order.
        y : array-like of shape (n_samples,) or (n_samples, n_tasks)
            Labels of any type, one column a task; missing where None, NaN, NaT, NA, masked or
            equal to ``missing_label``.
        sample_weight : array-like of shape (n_samples,) or (n_samples, n_tasks), default=None
            Weights of rows or of single labels; a weight of 0 is as if it were not there.
        X_val : array-like like X, default=None
            Validation rows, in place of a share of X. A Pipeline transforms them only with
            ``transform_input=["X_val"]``.
        y_val : array-like like y, default=None
            Their labels.
        sample_weight_val : array-like like sample_weight, default=None
            Their weights.

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
            parameters, reader = self.get_params(deep=False), self._row_reader
            random_state = common_random_state(self.random_state)
            names = reader.labels.task_names_
            train, valid = split_validation(parameters, names, rows, passed, random_state)
            checkpoint = new_checkpoint(
                self.checkpoint, self.random_state, is_clone=self._is_unfitted_clone
            )
            with held(checkpoint):
                learned = fit_network(
                    parameters,
                    reader,
                    train,
                    valid,
                    seed=draw_seed(random_state, previous),
                    previous=previous,
                    checkpoint=checkpoint,
                    epoch_reports=epoch_reports,
                )
                self._keep(learned)
                remove_checkpoint(checkpoint, learned.net)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Go once over a piece of the data, with a constant learning rate.

        The first piece tells the mean, scale and bins of the input, its categories and which
        features have missing values.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Input as in ``fit``.
        y : array-like of shape (n_samples,) or (n_samples, n_tasks)
            Labels as in ``fit``.
        classes : array-like of shape (n_classes,) or list of such, default=None
            All classes (of each task for 2-d y); needed in the first call.
        sample_weight : array-like of shape (n_samples,) or (n_samples, n_tasks), default=None
            Weights as in ``fit``.

        Returns
        -------
        self : ABMTLClassifier

        Raises
        ------
        ValueError
            If ``classes`` is missing in the first call or others later, a label is not among them,
            no label is known, or ``class_weight`` is 'balanced'; the estimator is as before then.
        """
        previous = self.net_ if self.__sklearn_is_fitted__() else None
        if previous is None and classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        with unchanged_on_error(self):
            rows = self._read(X, y, sample_weight, classes, is_first=previous is None)
            seed = draw_seed(common_random_state(self.random_state), previous)
            parameters = self.get_params(deep=False)
            self._keep(fit_piece(parameters, self._row_reader, rows, seed=seed, previous=previous))
        return self

    def predict(self, X, given=None):
        """Predict the labels of every task, each task by itself.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Input as in ``fit``.
        given : array-like of shape (n_samples, n_tasks), frame or series, default=None
            Labels that are known already, missing elsewhere; they speak for the other tasks and
            come back as they are. Columns of a frame, or the name of a series, may be some of the
            tasks.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_tasks)
            Labels as they came in ``fit``: of the tasks' common type, or objects.

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
        """Predict the labels that are most probable together.

        ``predict`` takes the most probable label of each task; all of them together may be less
        probable than others. This raises the share of rows with every task right, at some cost in
        the accuracy of single tasks, where tasks depend on each other beyond X.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Input as in ``fit``.
        given : array-like of shape (n_samples, n_tasks), frame or series, default=None
            Labels that are known already, missing elsewhere, as in ``predict``.

        Returns
        -------
        y : ndarray of shape (n_samples, n_tasks)
            Labels as they came in ``fit``.

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
        """Predict the probabilities of every task's classes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Input as in ``fit``.
        given : array-like of shape (n_samples, n_tasks), frame or series, default=None
            Labels that are known already, missing elsewhere, as in ``predict``; they have a
            probability of 1.

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
        """Return the mean over tasks of the accuracy on known labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Input as in ``fit``.
        y : array-like of shape (n_samples,) or (n_samples, n_tasks)
            True labels of the tasks of ``fit``: columns of a frame by name, others in their
            order. Tasks without a known label are left out of the mean.
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
        """Return one task as a fitted classifier of its own.

        Scorers, displays and thresholds for one label a sample then work on the task.

        Parameters
        ----------
        name : str or int
            Name of the task or its position from 0.

        Returns
        -------
        view : TaskView
            ``clone`` returns it as it is; its ``fit`` is refused.

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
            In the units of X; with ``sharing='soft'`` the mean over the tasks' decoders.

        Raises
        ------
        ValueError
            If the estimator was fitted without a decoder, or X has categories.
        """
        reconstructed = self._predictor.reconstruct(self._read_features(X))
        return self._feature_reader.layout.restore(reconstructed)

    def task_representations(self, X):
        """Return what the classifiers of the tasks read.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Input as in ``fit``.

        Returns
        -------
        representations : ndarray of shape (n_samples, n_tasks, d_representation)
            Of each branch, the shared vector and the task's context, one after the other; in the
            estimator's ``dtype``.

        See Also
        --------
        TaskRepresentation : The same as a transformer.
        """
        return self._predictor.representations(self._read_features(X))

    def task_attention(self, X, branch=None):
        """Return where each task looks, on the cells of the input.

        Each cell (feature, step, pixel) has the weight of the token at its place, averaged over
        heads. All weights are equal with 'mmoe', 'cross_stitch' and 'none', and with the single
        token of :class:`MLPEncoder`, which tells nothing; :class:`FeatureTokenEncoder` has a token
        for each column that the network reads of a table. A feature that is several columns, such
        as a category, has their mean, so that it weighs no more for that.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Input as in ``fit``.
        branch : {'encoder', 'decoder', None}, default=None
            Attention over the encoder's tokens or over the decoder's states; None averages both
            by ``branch_weights_``.

        Returns
        -------
        weights : ndarray of shape (n_samples, n_tasks, *cells)
            ``cells`` is (n_features,), (n_steps,) or (height, width); the weights of a sample
            and task sum to 1.

        Raises
        ------
        ValueError
            If there is no such branch.
        """
        return self._predictor.attention(self._read_features(X), branch)

    @property
    def classes_(self):
        """Classes of the task, or a list with those of each task."""
        encoder = self.task_label_encoder_
        return encoder.classes_[0] if encoder.is_1d_ else encoder.classes_

    @property
    def n_classes_(self):
        """Number of classes of the task, or a list with those of each task."""
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
        """Which features are categories, or None."""
        return self._feature_reader.is_categorical

    @property
    def sample_shape_(self):
        """Shape of a sample of X as it was passed to ``fit``."""
        return self._feature_reader.layout.sample_shape

    @property
    def branch_weights_(self):
        """Weights of the branches (encoder, decoder) of each task."""
        return self.net_.module_.branch_weights.detach().cpu().numpy()

    @property
    def loss_weights_(self):
        """Weights of the tasks in the last step of training."""
        return self.net_.criterion_.weighting.loss_weights.cpu().numpy()

    @property
    def task_weights_(self):
        """Weights of the tasks' known labels (columns) for each task (rows)."""
        return self._task_matrix.task_weights.cpu().numpy()

    @property
    def feature_importances_(self):
        """Share of each feature of a table in what moves the predictions."""
        check_is_fitted(self)
        if self._feature_importances is None:
            raise AttributeError(
                "feature_importances_ is of tables, whose samples have one axis of features; this "
                f"estimator was fitted with samples of shape {self.sample_shape_}, read as "
                f"{self._feature_reader.layout.describe()}."
            )
        return self._feature_importances.values

    @property
    def history_(self):
        """A dict an epoch: duration, losses and accuracies."""
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
        """Return X as its reader takes it, its number and names of features checked."""
        opened = with_workers(reader.open(X), self.n_workers)
        validate_data(self, opened, reset=is_first, skip_check_array=True)
        return opened

    def _read(self, X, y, sample_weight, classes=None, *, is_first):
        """Read the rows of a training, by a new reader or by that of the first training."""
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
            error.add_note("This was of the validation rows: X_val, y_val or sample_weight_val.")
            raise

    def _learnable(self, rows):
        """Leave out rows without a label, unless a decoder can learn from them."""
        specs = choose_parts(self.get_params(deep=False), rows.features.ndim - 1)
        return rows.without_unlabelled() if specs.decoder is None else rows

    def _read_features(self, X):
        check_is_fitted(self)
        reader = self._feature_reader
        return reader.read(self._open(reader, X, is_first=False))

    def _keep(self, learned):
        """Keep what a training has learned."""
        self.net_, self._feature_importances = learned
        self._forget_clone()

    def _predict_proba_of_task(self, X, position):
        """Return the probabilities of one task, (n_samples, n_classes), and compute no others."""
        tasks = slice(position, position + 1)
        return self._predictor.probabilities(self._read_features(X), tasks=tasks)[0]

    def _known(self, name, X, given, n_samples):
        """Return the class numbers (n_samples, n_tasks) of the labels given, -1 elsewhere."""
        if not self._task_matrix.is_learned:
            raise ValueError(
                f"{name} needs task weights, which are learned from held-out rows, and this "
                "estimator has none: set early_stopping=True or aggregator__cv=5, or pass X_val "
                "and y_val to fit."
            )
        warn_of_order({"X": X, "given": given})
        codes = self._row_reader.known(given, n_samples)
        if is_partly_known(codes) and not self._task_matrix.couples_tasks:
            warn_of_no_weights()
        return codes
