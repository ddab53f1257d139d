"""The model card of a fitted classifier, as the Hugging Face Hub reads it."""

from __future__ import annotations

import html
import platform
import re
from typing import Any

import numpy as np
import sklearn
import torch

from .._data.history import task_scores
from .._version import __version__
from .._wrappers.inner_estimators import inner_estimators
from .document import OF_THE_MACHINE

PLAIN = re.compile(r"[\w.,:()\[\]{}'\"+= -]*")  # safe in code and in a table
# signs of Markdown; an underscore within a word is left out, as names of tasks often have one
MARKUP = re.compile(
    r"[\\`*{}\[\]()#+!|~$@^]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])|(?<=www)\.|(?<=:)/(?=/)",
    re.IGNORECASE,
)
MARKER = "Written by sklearn_abmtl.save_model, which replaces this file as long as it says so."
CARD = """---
library_name: sklearn-abmtl
tags:
- sklearn-abmtl
- multi-task
---

<!-- {marker} -->

# {title}

Attention-based multi-task classifier: {n_tasks} class labels of one sample. Load it with
`sklearn_abmtl.load_model`, which runs no code of the file.

## Data

Samples of the shape {sample_shape}, read as {axes} of the shape {shape}.

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
    tasks = [
        f"| {' | '.join(map(escaped, cells))} |"
        for cells in scores.rows(encoder.task_names_, encoder.classes_)
    ]
    parameters = [
        f"| {escaped(name)} | {_shown(_plain(value))} |"
        for name, value in estimator.get_params(deep=False).items()
        if name not in OF_THE_MACHINE
    ]
    return CARD.format(
        title=" in ".join(type(part).__name__ for part in [estimator, *outer[::-1]]),
        marker=MARKER,
        n_tasks=estimator.n_tasks_,
        sample_shape=escaped(str(estimator.sample_shape_)),
        axes=estimator._feature_reader.layout.describe(),
        shape=escaped(str(estimator._feature_reader.layout.shape)),
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
    """Return a NumPy number, as searches draw them, as a Python number."""
    return value.item() if isinstance(value, np.generic) else value


def _shown(value: Any) -> str:
    """Return a plain value as code, and any other value as escaped text."""
    text = repr(value)
    return f"`{text}`" if PLAIN.fullmatch(text) else escaped(text)


def escaped(text: str) -> str:
    """Return text on one line, with the signs of Markdown and HTML escaped."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return MARKUP.sub(r"\\\g<0>", html.escape(line, quote=False))
