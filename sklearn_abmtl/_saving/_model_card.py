"""The model card of a fitted classifier, as the Hugging Face Hub reads it."""

from __future__ import annotations

import platform
from typing import Any

import numpy as np
import sklearn
import torch

from .._history import task_scores
from .._inner_estimators import inner_estimators
from .._version import __version__
from ._document import OF_THE_MACHINE

CARD = """---
library_name: sklearn-abmtl
tags:
- sklearn-abmtl
- multi-task
---

# {title}

Attention-based multi-task classifier: {n_tasks} class labels of one sample. Load it with
`sklearn_abmtl.load_model`, which runs no code of the file.

## Data

Samples of the shape {sample_shape}; {n_features} features.

## Tasks

Losses and accuracies of epoch {epoch} of {n_epochs}, {rows}; a loss of 1 is that of the best
constant classifier.

| task | classes | loss | accuracy |
|---|---|---|---|
{tasks}

## Parameters

| parameter | value |
|---|---|
{parameters}

## Versions

sklearn_abmtl {version}, scikit-learn {sklearn}, torch {torch}, NumPy {numpy}, Python {python}
"""


def model_card(estimator: Any) -> str:
    """Return the card, with the scores of the epoch whose network the classifier has."""
    *outer, estimator = inner_estimators(estimator)
    encoder = estimator.task_label_encoder_
    scores = task_scores(estimator.history_, encoder.task_names_)
    tasks = [_row(*cells) for cells in scores.rows(encoder.task_names_, encoder.classes_)]
    parameters = [
        _row(name, f"`{_plain(value)!r}`")
        for name, value in estimator.get_params(deep=False).items()
        if name not in OF_THE_MACHINE
    ]
    return CARD.format(
        title=" in ".join(type(part).__name__ for part in [estimator, *outer[::-1]]),
        n_tasks=estimator.n_tasks_,
        sample_shape=estimator.sample_shape_,
        n_features=estimator.n_features_in_,
        epoch=scores.epoch,
        n_epochs=len(estimator.history_),
        rows="of validation rows" if scores.subset == "valid" else "of training rows",
        tasks="\n".join(tasks),
        parameters="\n".join(parameters),
        version=__version__,
        sklearn=sklearn.__version__,
        torch=torch.__version__,
        numpy=np.__version__,
        python=platform.python_version(),
    )


def _plain(value: Any) -> Any:
    """Return a number of NumPy, as searches draw them, as one of Python."""
    return value.item() if isinstance(value, np.generic) else value


def _row(*cells: str) -> str:
    """Return a row of a table; names and labels may hold anything."""
    escaped = (" ".join(cell.split()).replace("|", "\\|").replace("<", "&lt;") for cell in cells)
    return f"| {' | '.join(escaped)} |"
