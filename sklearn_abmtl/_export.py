"""Fitted classifiers for programs without Python: an ONNX file, a program of torch."""

from __future__ import annotations

import copy
import json
import warnings
from collections.abc import Sequence
from importlib import import_module
from os import PathLike
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram

from ._classifier import ABMTLClassifier
from ._files import read_path, write_whole
from ._onnx_steps import convert_steps, read_inputs
from ._version import __version__

OPSET = 18  # the oldest that torch's exporter writes without converting it
EXAMPLE_ROWS = 7  # sizes 0 and 1 would be taken for constants
MAX_BYTES = 2**31 - 2**24  # an ONNX file ends below 2 GiB; the operations need some of it


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
        layout = estimator._feature_reader.layout
        self.shape, self.axes = layout.shape, [1 + axis for axis in layout.axes]
        self.n_classes = estimator.net_.plan.n_classes

    def forward(self, features: Tensor) -> tuple[Tensor, ...]:
        """Map (batch, *sample_shape) to (batch, n_classes), one tensor a task."""
        samples = features.reshape(features.shape[0], *self.shape).permute(0, *self.axes)
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
    return _trace(
        estimator, ProbabilityModule(estimator), getattr(torch, estimator.net_.plan.dtype)
    )


def export_onnx(estimator: Any, path: str | PathLike[str], X: Any = None) -> None:
    """Write a fitted classifier, or a Pipeline that ends in one, as an ONNX file of opset 18.

    The one input, ``X``, takes float32 of the shape (batch, *sample_shape), any number of rows. Of
    a Pipeline that was fitted on a frame, each column is an input of its name and of the shape
    (batch, 1), text or float32. Where a task has the name of an input, the input's gets a ``_``.
    Each task is an output of its name, the probabilities (batch, n_classes), as ``predict_proba``
    gives them. All is computed in float32, also with ``dtype='float64'``, since onnxruntime lacks
    some of the operators in float64.

    The metadata of the file has ``sklearn_abmtl_version``; ``tasks``, JSON with the name, the NumPy
    type and the labels of each task, in the order of its output; and ``features``, JSON with the
    name of each feature of a table or null, and its categories or null. The category at position k,
    from 0, is the number k + 2 in X; 1 is a missing one and 0 any other. Of a Pipeline, these are
    the features that the classifier reads.

    Parameters
    ----------
    estimator : ABMTLClassifier or Pipeline
        Fitted. The steps before the classifier are converted by skl2onnx.
    path : str or path
        A file whose name ends in ``.onnx``; what stood there before stays whole until the new one
        is.
    X : array-like of shape (n_samples, n_features), default=None
        Of a Pipeline alone: some rows as in ``fit``. They tell which columns are text, and each
        step must agree with its conversion on them.

    Raises
    ------
    ValueError
        If the path has another suffix, the estimator is of another class, a Pipeline comes without
        X, a task has no name, a step or a part cannot be exported, or the file would reach 2 GiB.
    ImportError
        If the libraries of the extra ``onnx`` are missing.
    """
    path = read_path(path)
    if path.suffix != ".onnx":
        raise ValueError(f"path must end in .onnx; found {str(path)!r}.")
    steps, classifier = _split(estimator)
    _check_estimator("export_onnx", classifier)
    if "" in classifier.task_names_:
        raise ValueError("export_onnx names outputs by tasks; found a task whose name is empty.")
    _check_libraries()
    model = _to_onnx(classifier) if steps is None else _join(steps, classifier, X)
    for key, value in _metadata(classifier).items():
        model.metadata_props.add(key=key, value=value)
    write_whole(path, model.SerializeToString())


def _split(estimator: Any) -> tuple[Pipeline | None, Any]:
    """Return the steps before the classifier that do anything, and the classifier."""
    if type(estimator) is not Pipeline:
        return None, estimator
    steps = [step for step in estimator.steps[:-1] if step[1] not in ("passthrough", None)]
    return Pipeline(steps) if steps else None, estimator.steps[-1][1]


def _to_onnx(classifier: ABMTLClassifier, columns: Sequence[str] = ()) -> Any:
    """Return the ``onnx.ModelProto`` of a fitted classifier, free of the names of columns."""
    module = ProbabilityModule(classifier).float()
    n_bytes = sum(tensor.nbytes for tensor in module.state_dict().values())
    if n_bytes > MAX_BYTES:
        raise ValueError(
            f"An ONNX file has less than 2 GiB; found {n_bytes / 2**30:.2f} GiB of weights in "
            "float32. Use to_torch_program, whose files may be larger."
        )
    program = _trace(classifier, module, torch.float32)
    with warnings.catch_warnings():  # of torch's own code
        warnings.simplefilter("ignore")
        try:
            exported: Any = torch.onnx.export(
                program, dynamo=True, opset_version=OPSET, verbose=False
            )
        except torch.onnx.errors.OnnxExporterError as error:
            raise _no_export(classifier, error) from error
    names = classifier.task_names_
    prefix = _free_prefix("value:", [*names, *columns])
    _name_values(exported.model.graph, prefix, _input_names(["X"], names))
    for value, name in zip(exported.model.graph.outputs, names, strict=True):
        value.name = name
    return exported.model_proto


def _join(steps: Pipeline, classifier: ABMTLClassifier, X: Any) -> Any:
    """Return the ``onnx.ModelProto`` of the steps, whose features the classifier's graph reads."""
    if X is None:
        raise ValueError("export_onnx needs X for a Pipeline: some rows as in fit; found None.")
    if classifier.is_categorical_ is not None:
        raise ValueError(
            "export_onnx of a Pipeline takes a classifier without categorical_features, since no "
            "step makes their codes. Use a OneHotEncoder in the steps, or export the last step."
        )
    onnx_ir, compose = import_module("onnx_ir"), import_module("onnx.compose")
    inputs = read_inputs(X)
    steps_model = onnx_ir.from_proto(convert_steps(steps, X, inputs, OPSET))
    tasks, columns = classifier.task_names_, [column.name for column in inputs]
    network = _to_onnx(classifier, columns)
    prefix = _free_prefix("step:", [*tasks, *columns])
    _name_values(steps_model.graph, prefix, _input_names(columns, tasks))
    before = onnx_ir.to_proto(steps_model)
    before.ir_version = network.ir_version
    features, read = before.graph.output[0].name, network.graph.input[0].name
    return compose.merge_models(before, network, io_map=[(features, read)])


def _input_names(names: list[str], task_names: list[str]) -> list[str]:
    """Return names of inputs that are not those of a task or of each other."""
    found: list[str] = []
    for name in names:
        found.append(name)
        while found[-1] in [*task_names, *found[:-1]]:
            found[-1] += "_"
    return found


def _free_prefix(prefix: str, names: list[str]) -> str:
    """Return a prefix that none of the names has."""
    while any(name.startswith(prefix) for name in names):
        prefix = "_" + prefix
    return prefix


def _name_values(graph: Any, prefix: str, input_names: list[str]) -> None:
    """Name the inputs, and all else by a prefix that no task or input has."""
    values = [*graph.initializers.values(), *(v for node in graph for v in node.outputs)]
    for number, value in enumerate(values):
        value.name = f"{prefix}{number}"
    for value, name in zip(graph.inputs, input_names, strict=True):
        value.name = name


def _trace(estimator: ABMTLClassifier, module: nn.Module, dtype: torch.dtype) -> ExportedProgram:
    example = torch.zeros(EXAMPLE_ROWS, *estimator.sample_shape_, dtype=dtype)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # of torch's own code
        try:
            return torch.export.export(
                module, (example,), dynamic_shapes=({0: Dim("batch")},), strict=False
            )
        except (
            torch._dynamo.exc.UserError,  # a number of rows that is a constant
            torch.fx.experimental.symbolic_shapes.GuardOnDataDependentSymNode,  # a branch on values
        ) as error:
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
            "search, export best_estimator_; to_torch_program takes the last step of a Pipeline."
        )
    check_is_fitted(estimator)


def _check_libraries() -> None:
    for library in ("onnx", "onnxscript", "skl2onnx"):
        try:
            import_module(library)
        except ImportError as error:
            raise ImportError(
                f"export_onnx needs {library}: pip install 'sklearn-abmtl[onnx]'."
            ) from error


def _metadata(estimator: ABMTLClassifier) -> dict[str, str]:
    encoder = estimator.task_label_encoder_
    tasks = [
        {"name": name, "dtype": str(classes.dtype), "labels": _labels(classes)}
        for name, classes in zip(encoder.task_names_, encoder.classes_, strict=True)
    ]
    return {
        "sklearn_abmtl_version": __version__,
        "tasks": json.dumps(tasks, default=str),
        "features": json.dumps(_features(estimator), default=str),
    }


def _labels(classes: NDArray[Any]) -> list[Any]:
    """Return labels from which ``np.array(labels, dtype)`` makes the classes again.

    Dates are ISO 8601, durations counts of their unit; objects that are no text become text.
    """
    if classes.dtype.kind == "O":
        return [getattr(label, "isoformat", label.__str__)() for label in classes.tolist()]
    as_types = {"M": str, "m": np.int64}
    return classes.astype(as_types.get(classes.dtype.kind, classes.dtype)).tolist()


def _features(estimator: ABMTLClassifier) -> list[dict[str, Any]]:
    """Return name and categories of each feature of a table; nothing of other samples."""
    if len(estimator.sample_shape_) != 1:
        return []
    names = getattr(estimator, "feature_names_in_", [None] * estimator.n_features_in_)
    features: list[dict[str, Any]] = [{"name": name, "categories": None} for name in names]
    if estimator.is_categorical_ is not None:
        positions = estimator.is_categorical_.nonzero()[0]
        categories = estimator._feature_reader.codes.categories
        for position, found in zip(positions, categories, strict=True):
            features[position]["categories"] = found.tolist()
    return features
