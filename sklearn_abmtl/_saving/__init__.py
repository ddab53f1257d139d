"""Saving fitted classifiers in files that run no code."""

from __future__ import annotations

from collections.abc import Collection
from os import PathLike
from typing import Any

from .._files.tensors import read_checked, read_path, to_bytes, write_whole
from .folder import MODEL, write_folder
from .model_card import model_card
from .wrappers import from_nested_document, to_nested_document

SUFFIX = ".safetensors"


def save_model(estimator: Any, path: str | PathLike[str]) -> None:
    """Save a fitted classifier in a file that runs no code when it is loaded.

    The file is in the safetensors format. Its JSON header holds everything that is not a tensor,
    and a digest of all bytes. Callbacks of scikit-learn (``set_callbacks``), metadata requests and
    the path ``checkpoint`` are not saved.

    Parameters
    ----------
    estimator : ABMTLClassifier, CalibratedMultiTaskClassifier, TaskView or SingleTask
        A fitted estimator. With ``warm_start`` the moments of the optimizer are also saved. The
        last three must contain a classifier, not a Pipeline or a search.
    path : str or path
        A file whose name ends in ``.safetensors``, or a folder if it has no suffix. The folder gets
        ``model.safetensors``, ``config.json`` (a readable copy of the header) and ``README.md`` (a
        model card). Files of these names are replaced only when all new files are written.

    Raises
    ------
    ValueError
        If the path has another suffix, or the folder has files of these names that ``save_model``
        did not write. Also if the estimator is of another class, such as a Pipeline or a search, or
        if a parameter is code or an object: callbacks, a RandomState, a module in
        ``BackboneEncoder``, weights from a path.

    Examples
    --------
    >>> import os, tempfile
    >>> from sklearn_abmtl import ABMTLClassifier, load_model, save_model
    >>> from sklearn_abmtl.datasets import make_multitask_classification
    >>> X, y = make_multitask_classification(200, n_classes=(3, 2), random_state=0)
    >>> classifier = ABMTLClassifier(max_epochs=2, random_state=0).fit(X, y)
    >>> path = os.path.join(tempfile.mkdtemp(), "classifier.safetensors")
    >>> save_model(classifier, path)
    >>> bool((load_model(path).predict(X) == classifier.predict(X)).all())
    True
    """
    path = read_path(path)
    if path.suffix not in ("", SUFFIX):
        raise ValueError(
            f"path must end in {SUFFIX}, or have no suffix for a folder; found {str(path)!r}."
        )
    header, tensors = to_nested_document(estimator)
    data = to_bytes(header, tensors)
    if path.suffix:
        write_whole(path, data)
        return
    write_folder(path, header, data, model_card(estimator))


def load_model(path: str | PathLike[str], *, custom_parts: Collection[Any] = ()) -> Any:
    """Load a classifier that ``save_model`` saved, without running code from the file.

    Parameters
    ----------
    path : str or path
        The file, or the folder that holds it as ``model.safetensors``.
    custom_parts : collection of classes and functions
        The classes of your own specs and the functions in your ``BackboneEncoder``, if the
        classifier has any. The file refers to them by their names.

    Returns
    -------
    estimator : ABMTLClassifier, or the saved estimator that contains one
        Its network is on its ``device``. 'auto' is CUDA if it is available.

    Raises
    ------
    ValueError
        If ``save_model`` did not write the file, or the file was changed, was written by a version
        that this one cannot read, or needs custom parts that were not passed.
    FileNotFoundError
        If there is no such file.
    TypeError
        If ``path`` is not a path, or ``custom_parts`` has an entry that is not a class or function.
    """
    path = read_path(path)
    custom = {getattr(part, "__name__", ""): part for part in custom_parts}
    if "" in custom:
        raise TypeError(f"custom_parts must hold classes and functions; found {custom['']!r}.")
    file = path / MODEL if path.is_dir() else path
    if file.exists() and not file.is_file():
        raise ValueError(f"path must be a file or a folder; {str(path)!r} is neither.")
    try:
        header, tensors = read_checked(file)
        return from_nested_document(header, tensors, custom)
    except (ImportError, OSError):
        raise
    except Exception as error:  # a file from elsewhere may cause any error
        raise ValueError(f"{str(file)!r} is not a file that save_model wrote: {error}") from error
