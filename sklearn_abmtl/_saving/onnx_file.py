"""A fitted classifier, with the steps before and after it, as an ONNX file."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from importlib import import_module
from os import PathLike
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from .._classifier.estimator import ABMTLClassifier
from .._data.categories import MISSING_CODE, N_OTHER_CODES, UNSEEN_CODE
from .._data.task_columns import column_names, find_missing, is_frame
from .._files.tensors import read_path, write_whole
from .._version import __version__
from .._wrappers.calibration import CalibratedMultiTaskClassifier
from .._wrappers.calibrators import Calibrator
from .._wrappers.inner_estimators import acting_steps, inner_estimator, inner_estimators
from .._wrappers.single_task import SingleTask
from .._wrappers.task_view import TaskView
from .onnx import (
    ADVICE,
    OPSET,
    Block,
    Check,
    Graph,
    add_calibrator,
    add_steps,
    as_table,
    category_positions,
    check_readable,
    read_inputs,
    split_columns,
)
from .quiet import quiet_exporters
from .torch_program import ProbabilityModule, check_estimator, no_export, trace

MAX_ERROR = 1e-5  # of a probability
MAX_BYTES = 2**31 - 2**24  # an ONNX file must be below 2 GiB, and operators also need space


class Output(NamedTuple):
    """One task of a graph."""

    name: str
    classes: NDArray[Any]
    probabilities: str  # value of shape (batch, n_classes)


def export_onnx(estimator: Any, path: str | PathLike[str], X: Any = None) -> None:
    """Write a fitted classifier, with the steps before and after it, as an ONNX file of opset 18.

    The file has one output per task, with the name of the task. It holds the probabilities of
    ``predict_proba``, (batch, n_classes), in float32. Without X, or if X is an array, the file has
    one input, ``X``. If X is a frame, each column is an input with the column's name and the shape
    (batch, 1). All inputs take any number of rows. Their types are float32, int64, bool or text.
    If an input has the name of a task, a ``_`` is added to the name of the input.

    Steps compute in float64. The network computes in float32, even with ``dtype='float64'``,
    because onnxruntime lacks some of its operators in float64. Columns of float64 become inputs of
    float32. If that changes a probability of X by more than 1e-5, they become inputs of float64.

    The metadata of the file has three entries. ``sklearn_abmtl_version`` is the version of this
    package. ``tasks`` is JSON with the name, the NumPy type and the labels of each task, in the
    order of the outputs. ``features`` is JSON with the name and the categories of each feature that
    the classifier reads from a table; each of the two may be null. If the one input is ``X``, the
    category at position k (from 0) has the code k + 2. A missing category has the code 1, and a
    category that ``fit`` did not see has the code 0.

    Parameters
    ----------
    estimator : estimator
        A fitted :class:`ABMTLClassifier`, a Pipeline or a search over one, or the result of
        :func:`calibrate`. Also a :class:`TaskView` or a :class:`SingleTask`; their file has one
        output.
    path : str or path
        A file whose name ends in ``.onnx``. An existing file is replaced only when the new one is
        complete.
    X : array-like or frame of shape (n_samples, n_features), default=None
        Some rows as in ``fit``. They are required for a Pipeline. They show which columns are text.
        The probabilities of the file for these rows are compared with ``predict_proba``; they may
        differ by at most 1e-5.

    Raises
    ------
    ValueError
        If the path has another suffix, the estimator is of another class, X is missing for a
        Pipeline, the name of a task is empty, a step or a part cannot be exported, the file would
        give other probabilities for X, or the file would reach 2 GiB.
    ImportError
        If the libraries of the extra ``onnx`` are missing. skl2onnx is needed only for some steps.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import OrdinalEncoder
    >>> from sklearn_abmtl import ABMTLClassifier, export_onnx
    >>> X = np.array([["red", "small"], ["blue", "large"]] * 30)
    >>> y = np.array([[1, 0], [0, 1]] * 30)
    >>> classifier = ABMTLClassifier(max_epochs=2, random_state=0)
    >>> pipeline = make_pipeline(OrdinalEncoder(), classifier).fit(X, y)
    >>> path = os.path.join(tempfile.mkdtemp(), "model.onnx")
    >>> export_onnx(pipeline, path, X)
    >>> import onnxruntime
    >>> session = onnxruntime.InferenceSession(path)
    >>> [output.name for output in session.get_outputs()]
    ['task_0', 'task_1']
    >>> found = session.run(None, {"X": X.astype(object)})
    >>> bool(np.abs(found[0] - pipeline.predict_proba(X)[0]).max() < 1e-5)
    True
    """
    path = read_path(path)
    if path.suffix != ".onnx":
        raise ValueError(f"path must end in .onnx; found {str(path)!r}.")
    chain = inner_estimators(estimator)
    classifier = chain[-1]
    check_estimator("export_onnx", classifier)
    if "" in classifier.task_names_:
        raise ValueError("export_onnx names outputs after tasks; found a task with an empty name.")
    steps = [step for outer in chain[:-1] for step in acting_steps(outer)]
    if steps and X is None:
        raise ValueError("export_onnx needs X for a Pipeline: some rows as in fit; found None.")
    _check_libraries()
    with quiet_exporters():
        model = _to_onnx(estimator, classifier, X, has_steps=bool(steps))
    write_whole(path, model.SerializeToString())


def _to_onnx(estimator: Any, classifier: ABMTLClassifier, X: Any, *, has_steps: bool) -> Any:
    """Return the ``onnx.ModelProto`` of an estimator that gives its probabilities for X."""
    has_columns = has_steps or is_frame(X)
    for is_exact in (False, True):
        graph = Graph(classifier.task_names_, [str(name) for name in column_names(X)])
        blocks = read_inputs(graph, X, is_exact=is_exact) if has_columns else None
        outputs = _add_estimator(graph, estimator, blocks, X)
        if X is None or graph.first_wrong(graph.probability_checks) is None:
            return _with_metadata(graph, outputs, classifier)
        if not graph.has_rounded:
            break
    step = graph.first_wrong(graph.step_checks)
    if step is not None:
        raise ValueError(
            f"export_onnx cannot convert the step {step}: its graph gives other features for the "
            f"rows of X. {ADVICE}"
        )
    raise ValueError(
        "The ONNX file would give other probabilities than predict_proba for the rows of X, by "
        f"more than {MAX_ERROR}. {ADVICE}"
    )


def _with_metadata(graph: Graph, outputs: Sequence[Output], classifier: ABMTLClassifier) -> Any:
    model = graph.to_model(
        {
            output.name: (graph.cast(output.probabilities, np.float32), (len(output.classes),))
            for output in outputs
        }
    )
    for key, value in _metadata(classifier, outputs).items():
        model.metadata_props.add(key=key, value=value)
    return model


def _add_estimator(
    graph: Graph, estimator: Any, blocks: Sequence[Block] | None, X: Any
) -> list[Output]:
    """Add a fitted estimator that reads the blocks, or the classifier's own input if None."""
    if isinstance(estimator, Pipeline):
        if blocks is not None:
            blocks, X = add_steps(graph, "", acting_steps(estimator), blocks, X)
        return _add_estimator(graph, estimator.steps[-1][1], blocks, X)
    if type(estimator) is ABMTLClassifier:
        return _add_classifier(graph, estimator, blocks, X)
    outputs = _add_estimator(graph, inner_estimator(estimator), blocks, X)
    if isinstance(estimator, TaskView):
        return [outputs[estimator._position()]]
    if isinstance(estimator, SingleTask):
        return outputs[:1]
    if isinstance(estimator, CalibratedMultiTaskClassifier):
        calibrators = zip(outputs, estimator.calibrators_, strict=True)
        return [_add_calibrator(graph, *calibrated) for calibrated in calibrators]
    return outputs


def _add_calibrator(graph: Graph, output: Output, calibrator: Calibrator | None) -> Output:
    if calibrator is None:  # of one class
        return output
    given = graph.cast(output.probabilities, np.float64)
    calibrated = add_calibrator(graph, calibrator, given)

    def is_right(probabilities: NDArray[Any], found: NDArray[Any]) -> bool:
        return _are_near(found, calibrator.predict_proba(probabilities))

    check = Check(f"the calibration of {output.name!r}", (given, calibrated), is_right)
    graph.probability_checks.append(check)
    return output._replace(probabilities=calibrated)


def _add_classifier(
    graph: Graph, classifier: ABMTLClassifier, blocks: Sequence[Block] | None, X: Any
) -> list[Output]:
    if blocks is None:
        shape = classifier.sample_shape_
        rows = None if X is None else _own_rows(classifier, X)
        features = graph.add_input("X", np.float32, shape, rows)
    else:
        features = _add_features(graph, classifier, blocks)
    values = graph.add_model(_to_ir(classifier), [features])
    if X is not None:
        found = classifier.predict_proba(X)
        expected = found if isinstance(found, list) else [found]

        def are_right(*probabilities: NDArray[Any]) -> bool:
            return all(map(_are_near, probabilities, expected))

        graph.probability_checks.append(Check("the network", tuple(values), are_right))
    classes = classifier.task_label_encoder_.classes_
    return [*map(Output, classifier.task_names_, classes, values)]


def _own_rows(classifier: ABMTLClassifier, X: Any) -> NDArray[Any]:
    """Return X as values of the classifier's own input, with category codes."""
    features = np.asarray(classifier._read_features(X), np.float32)
    return classifier._feature_reader.layout.restore(features)


def _are_near(found: NDArray[Any], expected: NDArray[Any]) -> bool:
    return found.shape == expected.shape and bool(np.all(np.abs(found - expected) <= MAX_ERROR))


def _add_features(graph: Graph, classifier: ABMTLClassifier, blocks: Sequence[Block]) -> str:
    """Add the network's input (batch, n_features) of float32: numbers and category codes."""
    check_readable(blocks)
    if classifier.is_categorical_ is None:
        return as_table(graph, blocks, np.dtype(np.float32))
    names = iter(classifier._feature_reader.codes.categories)
    columns = []
    for column, is_category in zip(
        split_columns(graph, blocks), classifier.is_categorical_, strict=True
    ):
        if is_category:
            column = _add_codes(graph, column, next(names))  # noqa: PLW2901 (the column as codes)
        columns.append(column)
    return as_table(graph, columns, np.dtype(np.float32))


def _add_codes(graph: Graph, column: Block, categories: NDArray[Any]) -> Block:
    """Add the codes of a column: of its categories, of missing cells and of any other cell."""
    codes = [*range(N_OTHER_CODES, N_OTHER_CODES + len(categories))]
    if not find_missing(categories).any():
        categories = np.array([*categories, None], dtype=object)
        codes = [*codes, MISSING_CODE]
    positions = category_positions(graph, column, categories)
    value = graph.add(
        "Gather", graph.constant(np.c_[[*codes, UNSEEN_CODE]], np.float64), positions, axis=0
    )
    return Block(value, 1)


def _to_ir(classifier: ABMTLClassifier) -> Any:
    """Return the ``onnx_ir.Model`` of a fitted classifier, from features to probabilities."""
    module = ProbabilityModule(classifier).float()
    n_bytes = sum(tensor.nbytes for tensor in module.state_dict().values())
    if n_bytes > MAX_BYTES:
        raise ValueError(
            f"An ONNX file must be smaller than 2 GiB; found {n_bytes / 2**30:.2f} GiB of weights "
            "in float32. Use to_torch_program, whose files may be larger."
        )
    program = trace(classifier, module, torch.float32)
    with warnings.catch_warnings():  # they concern torch's own code
        warnings.simplefilter("ignore")
        try:
            exported: Any = torch.onnx.export(
                program, dynamo=True, opset_version=OPSET, verbose=False
            )
        except torch.onnx.errors.OnnxExporterError as error:
            raise no_export(classifier, error) from error
    return exported.model


def _check_libraries() -> None:
    for library in ("onnx", "onnxscript"):
        try:
            import_module(library)
        except ImportError as error:
            raise ImportError(
                f"export_onnx needs {library}: pip install 'sklearn-abmtl[onnx]'."
            ) from error


def _metadata(estimator: ABMTLClassifier, outputs: Sequence[Output]) -> dict[str, str]:
    tasks = [
        {"name": name, "dtype": str(classes.dtype), "labels": _labels(classes)}
        for name, classes, _ in outputs
    ]
    return {
        "sklearn_abmtl_version": __version__,
        "tasks": json.dumps(tasks, default=str),
        "features": json.dumps(_features(estimator), default=str),
    }


def _labels(classes: NDArray[Any]) -> list[Any]:
    """Return labels as plain values; ``np.array(labels, dtype)`` gives the classes.

    Dates become text in ISO 8601, durations become integers in their unit, and objects become text.
    """
    if classes.dtype.kind == "O":
        return [getattr(label, "isoformat", label.__str__)() for label in classes.tolist()]
    as_types = {"M": str, "m": np.int64}
    return classes.astype(as_types.get(classes.dtype.kind, classes.dtype)).tolist()


def _features(estimator: ABMTLClassifier) -> list[dict[str, Any]]:
    """Return name and categories of each feature of a table; an empty list for other samples."""
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
