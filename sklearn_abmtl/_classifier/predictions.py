"""What a fitted classifier answers: labels, probabilities, reconstructions, attention."""

from __future__ import annotations

import torch
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from .._data.frame_order import order_checked, warn_of_order
from .._data.known_labels import is_partly_known, known_codes, warn_of_no_weights
from .._training import forward_in_batches, joint_codes, probabilities_per_task, probable_codes
from .._wrappers.accuracy import score_tasks
from .._wrappers.task_view import task_view
from ..nn import spread_over_cells
from .estimator_input import read_features


class TaskPredictor(ClassifierMixin):
    """The methods and attributes of a classifier that holds a trained ``net_``."""

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
        features, known = self._check_features(X), None
        if given is not None:
            known = self._known_codes("given", X, given, len(features))
        codes = probable_codes(self.net_, features, known)
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
        features = self._check_features(X)
        known = self._known_codes("predict_joint", X, given, len(features))
        return self.task_label_encoder_.inverse_transform(joint_codes(self.net_, features, known))

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
        features, known = self._check_features(X), None
        if given is not None:
            known = self._known_codes("given", X, given, len(features))
        per_task = probabilities_per_task(self.net_, features, known)
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
        features = self._check_features(X)
        network = self.net_.module_
        if len(network.grids) == 1:
            raise ValueError("reconstruct needs a decoder; this estimator was fitted without.")
        reconstructed = forward_in_batches(
            network,
            features,
            lambda output: network.scaler.inverse(output.reconstructions.mean(1)),
        )
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
        features = self._check_features(X)
        return forward_in_batches(
            self.net_.module_,
            features,
            lambda output: torch.cat(output.task_representations, dim=2),
        )

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
        features = self._check_features(X)
        network = self.net_.module_
        branches = ("encoder", "decoder")[: len(network.grids)]
        if branch is not None and branch not in branches:
            raise ValueError(f"branch must be None or one of {branches}; found {branch!r}.")

        column_shape = network.scaler.column_shape(features.shape[1:])

        def on_cells(output):
            per_branch = torch.stack(
                [
                    network.scaler.share_among_features(
                        spread_over_cells(weights.mean(2), grid, column_shape)
                    )
                    for weights, grid in zip(output.attention_weights, network.grids, strict=True)
                ]
            )  # (n_branches, batch, n_tasks, *cells)
            if branch is not None:
                return per_branch[branches.index(branch)]
            return torch.einsum("rbt...,tr->bt...", per_branch, network.branch_weights)

        return forward_in_batches(network, features, on_cells)

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

    def _check_features(self, X):
        check_is_fitted(self)
        return read_features(self, X, reset=False)

    @property
    def _task_matrix(self):
        return self.net_.module_.aggregator.task_matrix

    def _predict_proba_of_task(self, X, position):
        """Return the probabilities of one task, (n_samples, n_classes), and compute no others."""
        tasks = slice(position, position + 1)
        return probabilities_per_task(self.net_, self._check_features(X), tasks=tasks)[0]

    def _known_codes(self, name, X, given, n_samples):
        """Return the class numbers (n_samples, n_tasks) of the labels given, -1 elsewhere."""
        if not self._task_matrix.is_learned:
            raise ValueError(
                f"{name} needs task weights, which are learned from held-out rows, and this "
                "estimator has none: set early_stopping=True or aggregator__cv=5, or pass X_val "
                "and y_val to fit."
            )
        warn_of_order({"X": X, "given": given})
        codes = known_codes(self.task_label_encoder_, given, self._missing_label, n_samples)
        if is_partly_known(codes) and not self._task_matrix.couples_tasks:
            warn_of_no_weights()
        return codes
