"""Fitted classifiers for programs without Python: an ONNX file, a program of torch."""

from __future__ import annotations

import copy
import json
import warnings
from importlib import import_module
from os import PathLike
from typing import Any

import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram

from ._classifier import ABMTLClassifier
from ._files import read_path, write_whole
from ._version import __version__

OPSET = 18  # the oldest that torch's exporter writes without converting it
EXAMPLE_ROWS = 7  # sizes 0 and 1 would be taken for constants


class ProbabilityModule(nn.Module):
    """Features to the probabilities of every task, as ``predict_proba`` without ``given``.

    Parameters
    ----------
    estimator : ABMTLClassifier
        Fitted; its network is copied.
    """

    def __init__(self, estimator: ABMTLClassifier) -> None:
        super().__init__()
        self.network = copy.deepcopy(estimator.net_.module_).cpu().eval().requires_grad_(False)
        self.loss = copy.deepcopy(estimator.net_.criterion_).cpu()
        self.input_shape = estimator.net_.plan.sample_shape
        self.n_classes = estimator.net_.plan.n_classes

    def forward(self, features: Tensor) -> tuple[Tensor, ...]:
        """Map (batch, *sample_shape) to (batch, n_classes), one tensor a task."""
        samples = features.reshape(features.shape[0], *self.input_shape)
        task_logits = self.network(samples).task_logits
        calibrated = self.network.aggregator.task_matrix(task_logits)
        probabilities = self.loss.probabilities(calibrated)  # (batch, n_tasks, max_classes)
        return tuple(probabilities[:, task, :n] for task, n in enumerate(self.n_classes))


def to_torch_program(estimator: ABMTLClassifier) -> ExportedProgram:
    """Return the probabilities of a fitted classifier as a program of ``torch.export``.

    Its one input has the shape (batch, *sample_shape), of any number of rows and the estimator's
    ``dtype``; its outputs are the probabilities of each task, (batch, n_classes). Features that are
    categories are codes, as :func:`export_onnx` says.

    Parameters
    ----------
    estimator : ABMTLClassifier
        Fitted.

    Returns
    -------
    program : torch.export.ExportedProgram
        On the CPU; ``torch.export.save`` writes it.

    Raises
    ------
    ValueError
        If the estimator is of another class, or has a part that ``torch.export`` cannot trace.

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
    _check_estimator("to_torch_program", estimator)
    return _trace(estimator, ProbabilityModule(estimator), getattr(torch, estimator.dtype))


def export_onnx(estimator: ABMTLClassifier, path: str | PathLike[str]) -> None:
    """Write a fitted classifier as an ONNX file of opset 18, scaling included.

    The one input, ``X``, takes float32 of the shape (batch, *sample_shape), any number of rows;
    with a task of that name it is ``X_``. Each task is an output of its name, the probabilities
    (batch, n_classes), as ``predict_proba`` gives them. The network computes in float32, also with
    ``dtype='float64'``, since onnxruntime lacks some of its operators in float64.

    The metadata of the file has ``sklearn_abmtl_version``; ``tasks``, JSON with the name, the NumPy
    type and the labels of each task, in the order of its output; and ``features``, JSON with the
    name of each feature of a table or null, and its categories or null. The category at position k,
    from 0, is the number k + 2 in X; 1 is a missing one and 0 any other.

    Parameters
    ----------
    estimator : ABMTLClassifier
        Fitted.
    path : str or path
        A file whose name ends in ``.onnx``; what stood there before stays whole until the new one
        is.

    Raises
    ------
    ValueError
        If the path has another suffix, the estimator is of another class, a task has no name, or a
        part cannot be exported.
    ImportError
        If the libraries of the extra ``onnx`` are missing.
    """
    path = read_path(path)
    if path.suffix != ".onnx":
        raise ValueError(f"path must end in .onnx; found {str(path)!r}.")
    _check_estimator("export_onnx", estimator)
    if "" in estimator.task_names_:
        raise ValueError("export_onnx names outputs by tasks; found a task whose name is empty.")
    write_whole(path, _to_onnx(estimator).SerializeToString())


def _to_onnx(estimator: ABMTLClassifier) -> Any:
    """Return the ``onnx.ModelProto`` of a fitted classifier, with its metadata."""
    _check_libraries()
    program = _trace(estimator, ProbabilityModule(estimator).float(), torch.float32)
    with warnings.catch_warnings():  # of torch's own code
        warnings.simplefilter("ignore")
        try:
            exported: Any = torch.onnx.export(
                program, dynamo=True, opset_version=OPSET, verbose=False
            )
        except torch.onnx.errors.OnnxExporterError as error:
            raise _no_export(estimator, error) from error
    _name_values(exported.model.graph, estimator.task_names_)
    model = exported.model_proto
    for key, value in _metadata(estimator).items():
        model.metadata_props.add(key=key, value=value)
    return model


def _name_values(graph: Any, task_names: list[str]) -> None:
    """Name input and outputs, and all else so that no task can have the same name."""
    prefix = "value:"
    while any(name.startswith(prefix) for name in task_names):
        prefix = "_" + prefix
    values = [*graph.initializers.values(), *(v for node in graph for v in node.outputs)]
    for number, value in enumerate(values):
        value.name = f"{prefix}{number}"
    graph.inputs[0].name = "X" + "_" * ("X" in task_names)
    for value, name in zip(graph.outputs, task_names, strict=True):
        value.name = name


def _trace(estimator: ABMTLClassifier, module: nn.Module, dtype: torch.dtype) -> ExportedProgram:
    example = torch.zeros(EXAMPLE_ROWS, *estimator.sample_shape_, dtype=dtype)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # of torch's own code
        try:
            return torch.export.export(
                module, (example,), dynamic_shapes=({0: Dim("batch")},), strict=False
            )
        except Exception as error:  # whatever a part of the caller's own may lead to
            raise _no_export(estimator, error) from error


def _no_export(estimator: ABMTLClassifier, error: Exception) -> ValueError:
    specs = estimator.net_.plan.specs._asdict()
    return ValueError(
        f"The network of the parts {specs} cannot be exported. All parts of the package can be; "
        "one of your own must keep the number of rows open (x.shape[0], not len(x)) and must not "
        f"branch on values: {error}"
    )


def _check_estimator(function: str, estimator: Any) -> None:
    if type(estimator) is not ABMTLClassifier:
        raise ValueError(
            f"{function} takes a fitted ABMTLClassifier; found {type(estimator).__name__}. Of a "
            "Pipeline or a search, export the last step or best_estimator_."
        )
    check_is_fitted(estimator)


def _check_libraries() -> None:
    for library in ("onnx", "onnxscript"):
        try:
            import_module(library)
        except ImportError as error:
            raise ImportError(
                f"export_onnx needs {library}: pip install 'sklearn-abmtl[onnx]'."
            ) from error


def _metadata(estimator: ABMTLClassifier) -> dict[str, str]:
    encoder = estimator.task_label_encoder_
    tasks = [
        {"name": name, "dtype": str(classes.dtype), "labels": classes.tolist()}
        for name, classes in zip(encoder.task_names_, encoder.classes_, strict=True)
    ]
    return {
        "sklearn_abmtl_version": __version__,
        "tasks": json.dumps(tasks, default=str),
        "features": json.dumps(_features(estimator), default=str),
    }


def _features(estimator: ABMTLClassifier) -> list[dict[str, Any]]:
    """Return name and categories of each feature of a table; nothing of other samples."""
    if len(estimator.sample_shape_) != 1:
        return []
    names = getattr(estimator, "feature_names_in_", [None] * estimator.n_features_in_)
    features: list[dict[str, Any]] = [{"name": name, "categories": None} for name in names]
    if estimator.is_categorical_ is not None:
        positions = estimator.is_categorical_.nonzero()[0]
        categories = estimator.category_encoder_.categories_
        for position, found in zip(positions, categories, strict=True):
            features[position]["categories"] = found.tolist()
    return features
