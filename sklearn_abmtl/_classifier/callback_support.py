"""Calls the callbacks of scikit-learn (``set_callbacks``, version 1.9) after every epoch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sklearn.base import BaseEstimator
from skorch import NeuralNet
from skorch.callbacks import Callback

from .._training.loop.interrupts import StopTraining

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # scikit-learn before 1.9 has no such callbacks
    CallbackSupportMixin = type("CallbackSupportMixin", (), {})

    def with_callbacks(method: Any) -> Any:
        """Return the method unchanged."""
        return method


__all__ = ["CallbackSupportMixin", "fit_task", "with_callbacks"]


class EpochReport(Callback):
    """Call the hooks of scikit-learn's callbacks at each epoch.

    Parameters
    ----------
    context : sklearn.callback.CallbackContext
        The context of the whole training.
    arguments : dict
        Arguments of every hook: estimator, data and metadata.
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
        self.context, self.epoch_ = None, None  # else pickles of the net would contain them
        self.arguments = {}


class StopOnRequest(Callback):
    """End the training after an epoch if a callback of scikit-learn requested it."""

    def __init__(self, report: EpochReport) -> None:
        self.report = report

    def on_epoch_end(self, net: NeuralNet, **kwargs: Any) -> None:
        if self.report.stop_:
            raise StopTraining


@contextmanager
def fit_task(
    estimator: BaseEstimator, X: Any, y: Any, sample_weight: Any
) -> Iterator[list[tuple[str, Callback]]]:
    """Call the hooks of scikit-learn's callbacks at the beginning and at the end of a fit.

    Yields two skorch callbacks that call the hooks of the epochs. The first must be called before
    all other callbacks, and the second after them. If the estimator has no callback of
    scikit-learn, it yields an empty list.
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
