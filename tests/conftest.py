"""One thread, all of scikit-learn's checks, and no test of a GPU where there is none."""

from __future__ import annotations

import os

import pytest
import torch

os.environ.setdefault("SCIPY_ARRAY_API", "1")  # read when SciPy is imported; else a check skips
torch.set_num_threads(1)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("gpu") and not torch.cuda.is_available():
        pytest.skip("needs a CUDA device, and torch finds none")
