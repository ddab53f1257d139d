"""A fitted classifier as a program of torch."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram

from .._classifier.estimator import ABMTLClassifier

EXAMPLE_ROWS = 7  # sizes 0 and 1 would be taken for constants


class ProbabilityModule(nn.Module):
    """Maps features to the probabilities of all tasks, as ``predict_proba`` without ``given``.

    Parameters
    ----------
    estimator : ABMTLClassifier
        Fitted; its network is copied.
    """

    def __init__(self, estimator: ABMTLClassifier) -> None:
        super().__init__()
        self.network = copy.deepcopy(estimator.net_.module_).cpu().eval().requires_grad_(False)
        self.loss = copy.deepcopy(estimator.net_.criterion_).cpu()
        layout = estimator._feature_reader.layout
        self.shape, self.axes = layout.shape, [1 + axis for axis in layout.axes]
        self.n_classes = estimator.net_.plan.n_classes

    def forward(self, features: Tensor) -> tuple[Tensor, ...]:
        """Map (batch, *sample_shape) to one tensor (batch, n_classes) per task."""
        samples = features.reshape(features.shape[0], *self.shape).permute(0, *self.axes)
        task_logits = self.network(samples).task_logits
        calibrated = self.network.aggregator.task_matrix(task_logits)
        probabilities = self.loss.probabilities(calibrated)  # (batch, n_tasks, max_classes)
        return tuple(probabilities[:, task, :n] for task, n in enumerate(self.n_classes))


def to_torch_program(estimator: ABMTLClassifier) -> ExportedProgram:
    """Return the probabilities of a fitted classifier as a program of ``torch.export``.

    Its one input has the shape (batch, *sample_shape) and the ``dtype`` of the estimator. The
    number of rows may vary. Its outputs are the probabilities of each task, (batch, n_classes).
    Categorical features are passed as category codes, as in :func:`export_onnx`.

    Parameters
    ----------
    estimator : ABMTLClassifier
        Fitted.

    Returns
    -------
    program : torch.export.ExportedProgram
        The program, on the CPU. ``torch.export.save`` writes it to a file.

    Raises
    ------
    ValueError
        If the estimator is of another class, or ``torch.export`` cannot trace one of its parts.

    Examples
    --------
    >>> import torch
    >>> from sklearn_abmtl import ABMTLClassifier, to_torch_program
    >>> from sklearn_abmtl.datasets import make_multitask_classification
    >>> X, y = make_multitask_classification(200, n_classes=(3, 2), random_state=0)
    >>> classifier = ABMTLClassifier(max_epochs=2, random_state=0).fit(X, y)
    >>> program = to_torch_program(classifier).module()
    >>> [p.shape for p in program(torch.tensor(X[:3], dtype=torch.float32))]
    [torch.Size([3, 3]), torch.Size([3, 2])]
    """
    check_estimator("to_torch_program", estimator)
    return trace(estimator, ProbabilityModule(estimator), getattr(torch, estimator.net_.plan.dtype))


def trace(estimator: ABMTLClassifier, module: nn.Module, dtype: torch.dtype) -> ExportedProgram:
    """Return a module that reads the estimator's samples as a program for any number of rows.

    Raises
    ------
    ValueError
        If a part cannot be traced.
    """
    example = torch.zeros(EXAMPLE_ROWS, *estimator.sample_shape_, dtype=dtype)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # they concern torch's own code
        try:
            return torch.export.export(
                module, (example,), dynamic_shapes=({0: Dim("batch")},), strict=False
            )
        except (
            torch._dynamo.exc.UserError,  # the number of rows is a constant
            torch.fx.experimental.symbolic_shapes.GuardOnDataDependentSymNode,  # a branch on values
        ) as error:
            raise no_export(estimator, error) from error


def no_export(estimator: ABMTLClassifier, error: Exception) -> ValueError:
    """Return the error of a network that cannot be exported."""
    specs = estimator.net_.plan.specs._asdict()
    return ValueError(
        f"The network of the parts {specs} cannot be exported. All parts of the package can be "
        "exported. A part of your own must not fix the number of rows (use x.shape[0], not "
        f"len(x)) and must not branch on values: {error}"
    )


def check_estimator(function: str, estimator: Any) -> None:
    """Raise an error unless the estimator is a fitted classifier of the package."""
    if type(estimator) is not ABMTLClassifier:
        raise ValueError(
            f"{function} takes a fitted ABMTLClassifier; found {type(estimator).__name__}. For a "
            "search, pass best_estimator_. For a Pipeline, pass its last step to to_torch_program."
        )
    check_is_fitted(estimator)
