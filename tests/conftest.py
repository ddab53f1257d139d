"""One thread, all of scikit-learn's checks, and no test of a GPU where there is none."""

from __future__ import annotations

import os
from collections.abc import Iterator

import matplotlib.pyplot as plt
import pytest
import torch
from forked_processes import start_forked
from joblib.externals.loky import get_reusable_executor
from shared_graphs import shared_network

os.environ.setdefault("SCIPY_ARRAY_API", "1")  # read when SciPy is imported; else a check skips
torch.set_num_threads(1)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("gpu") and not torch.cuda.is_available():
        pytest.skip("needs a CUDA device, and torch finds none")


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    """Close a test's figures: pyplot keeps them, and warns of more than twenty."""
    yield
    plt.close("all")


@pytest.fixture
def no_joblib_processes() -> None:
    """End the processes that joblib keeps for the next search, with the environment of theirs."""
    get_reusable_executor().shutdown(wait=True)


@pytest.fixture
def shared_graphs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let networks of one structure share an exported graph, each with its own weights."""
    monkeypatch.setattr("sklearn_abmtl._saving.onnx_file._to_ir", shared_network)


@pytest.fixture
def forked_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the processes of a fit be forked where the start itself is not what is tested."""
    monkeypatch.setattr("sklearn_abmtl._training.processes.launch.start", start_forked)
