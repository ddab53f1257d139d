"""Print megabytes: the peak of resident memory of a process that fits a memory-mapped table.

python benchmarks/_speed_memmap.py FILE write GIGABYTES
python benchmarks/_speed_memmap.py FILE fit
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _memory import memory_megabytes

from sklearn_abmtl import ABMTLClassifier, MLPEncoder

N_FEATURES = 16_384  # as many as genes of a cell: few rows make a large file
BLOCK = 2**10


def write(path: Path, gigabytes: float) -> None:
    """Write rows of normal numbers and the labels of three tasks, each the sign of a feature."""
    n_rows = int(gigabytes * 2**30 / (4 * N_FEATURES))
    generator = np.random.default_rng(0)
    labels = np.empty((n_rows, 3), bool)
    X = np.lib.format.open_memmap(path, "w+", np.float32, (n_rows, N_FEATURES))
    for start in range(0, n_rows, BLOCK):
        n_block = min(BLOCK, n_rows - start)
        block = generator.standard_normal((n_block, N_FEATURES), np.float32)
        X[start : start + n_block] = block
        labels[start : start + n_block] = block[:, :3] > 0
    np.save(labels_path(path), labels)


def labels_path(path: Path) -> Path:
    return path.with_suffix(".labels.npy")


def fit(path: Path) -> None:
    """Train for an epoch and predict all rows."""
    torch.set_num_threads(1)
    X = np.load(path, mmap_mode="r")
    new_classifier().fit(X, np.load(labels_path(path))).predict_proba(X)


def new_classifier() -> ABMTLClassifier:
    """Return a classifier of few weights, which learns for an epoch."""
    parts: dict[str, Any] = {"encoder": MLPEncoder(width=16), "decoder": None, "n_bins": 1}
    return ABMTLClassifier(max_epochs=1, device="cpu", random_state=0, **parts)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("path", type=Path)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("write").add_argument("gigabytes", type=float)
    commands.add_parser("fit")
    return parser.parse_args()


def main() -> None:
    arguments = read_arguments()
    if arguments.command == "write":
        write(arguments.path, arguments.gigabytes)
    else:
        fit(arguments.path)
        print(memory_megabytes("VmHWM"))


if __name__ == "__main__":
    main()
