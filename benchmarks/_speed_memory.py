"""Print megabytes: the growth of this process during ``predict_proba``, and its limit."""

from __future__ import annotations

import numpy as np
import torch
from _memory import memory_megabytes
from sklearn.datasets import load_digits

from sklearn_abmtl import ABMTLClassifier

MEGABYTE = 2**20


def main() -> None:
    torch.set_num_threads(1)
    X, digit = load_digits(return_X_y=True)
    Y = np.stack([digit, digit % 2, digit > 4], axis=1)
    classifier = ABMTLClassifier(max_epochs=1, device="cpu").fit(X.astype(np.float32), Y)
    before = memory_megabytes("VmHWM")
    X = np.resize(X.astype(np.float32), (1_000_000, 64))
    probabilities = classifier.predict_proba(X)
    own = (X.nbytes + sum(array.nbytes for array in probabilities)) / MEGABYTE
    print(memory_megabytes("VmHWM") - before, own + 200)


if __name__ == "__main__":
    main()
