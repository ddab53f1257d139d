"""Callbacks of scikit-learn (``set_callbacks``), which came with 1.9, hear of every epoch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sklearn.base import BaseEstimator
from skorch import NeuralNet
from skorch.callbacks import Callback

from .._training import StopTraining

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # scikit-learn before 1.9: there is nothing to support
    CallbackSupportMixin = type("CallbackSupportMixin", (), {})

    def with_callbacks(method: Any) -> Any:
        """Return the method as it is."""
        return method


__all__ = ["CallbackSupportMixin", "fit_task", "with_callbacks"]


class EpochReport(Callback):
    """Tell scikit-learn's callbacks of every epoch.

    Parameters
    ----------
    context : sklearn.callback.CallbackContext
        Of the whole training.
    arguments : dict
        What every hook gets: estimator, data and metadata.
    """

    def __init__(self, context: Any, arguments: dict[str, Any]) -> None:
        self.context = context
        self.arguments = arguments

    def on_epoch_begin(self, net: NeuralNet, **kwargs: Any) -> None:
        self.epoch_ = self.context.subcontext("epoch")
        self.epoch_.call_on_fit_task_begin(**self.arguments)

    def on_epoch_end(self, net: NeuralNet, **kwargs: Any) -> None:
        def attributes() -> dict[str, Any]:
            return {"net_": net.snapshot(), "_feature_importances": None}

        self.stop_ = self.epoch_.call_on_fit_task_end(
            **self.arguments, reconstruction_attributes=attributes
        )

    def on_train_end(self, net: NeuralNet, **kwargs: Any) -> None:
        self.context, self.epoch_ = None, None  # the net is pickled, and they reach far
        self.arguments = {}


class StopOnRequest(Callback):
    """End the training after an epoch whose report asked for that."""

    def __init__(self, report: EpochReport) -> None:
        self.report = report

    def on_epoch_end(self, net: NeuralNet, **kwargs: Any) -> None:
        if self.report.stop_:
            raise StopTraining


@contextmanager
def fit_task(
    estimator: BaseEstimator, X: Any, y: Any, sample_weight: Any
) -> Iterator[list[tuple[str, Callback]]]:
    """Tell scikit-learn's callbacks of a fit.

    Yields the skorch callbacks that tell them of its epochs, the first to come before all others
    and the second after them; none where the estimator has no callback.
    """
    if not getattr(estimator, "_skl_callbacks", None):
        yield []
        return
    arguments = {
        "estimator": estimator,
        "X": X,
        "y": y,
        "metadata": None if sample_weight is None else {"sample_weight": sample_weight},
    }
    context = estimator._init_callback_context(max_subtasks=estimator.max_epochs)
    context.call_on_fit_task_begin(**arguments)
    report = EpochReport(context, arguments)
    yield [("abmtl_epoch_report", report), ("abmtl_stop_on_request", StopOnRequest(report))]
    context.call_on_fit_task_end(**arguments, reconstruction_attributes={})
