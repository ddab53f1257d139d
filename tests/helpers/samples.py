"""Small data that many tests learn from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import torch
from torch.utils.data import Dataset

from sklearn_abmtl import ABMTLClassifier, MLPEncoder

COLORS = np.array(["blue", "green", "red"], dtype=object)
SIZES = np.array([10, 20])
SHAPES = np.array(["cube", "disk", "ring", "rod"], dtype=object)


def table(n_samples: int = 60, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return X of 5 features and class numbers (n_samples, 3) of 3, 2 and 4 classes."""
    generator = np.random.default_rng(seed)
    X = generator.normal(size=(n_samples, 5))
    codes = np.stack(
        [
            np.digitize(X[:, 0], [-0.5, 0.5]),
            (X[:, 1] > 0).astype(int),
            np.digitize(X[:, 2] + X[:, 0], [-0.8, 0.0, 0.8]),
        ],
        axis=1,
    )
    return X, codes


def frame(codes: np.ndarray) -> pd.DataFrame:
    """Return the class numbers as labels: strings, integers and strings."""
    return pd.DataFrame(
        {"color": COLORS[codes[:, 0]], "size": SIZES[codes[:, 1]], "shape": SHAPES[codes[:, 2]]}
    )


def quick(**parameters: Any) -> ABMTLClassifier:
    """Return a classifier that trains in a moment."""
    small = {"encoder": MLPEncoder(width=16), "max_epochs": 3, "batch_size": 20, "random_state": 0}
    return ABMTLClassifier(**(small | parameters))


class Items(Dataset):
    """A data set of the rows of an array, as tensors."""

    def __init__(self, rows: np.ndarray) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, number: int) -> torch.Tensor:
        return torch.as_tensor(self.rows[number])
