"""Several processes learn what one learns from the same batches; errors in one reach the caller."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from process_samples import Kill, Spoil, exact, rows

from sklearn_abmtl import load_model, save_model

X, Y = rows()
SCRIPT = Path(__file__).parent / "process_samples.py"
LAUNCH = [sys.executable, "-m", "torch.distributed.run"]


@pytest.fixture(scope="module")
def alone():
    return exact().fit(X, Y)


def assert_close_fits(found, expected):
    """Two classifiers went through the same training, but for rounding."""
    assert len(found.history_) == len(expected.history_)
    for row, of_expected in zip(found.history_, expected.history_, strict=True):
        assert row.keys() == of_expected.keys()
        for name in row.keys() - {"dur", "batches"}:
            np.testing.assert_allclose(row[name], of_expected[name], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.task_weights_, expected.task_weights_, atol=1e-8)
    for p, of_expected in zip(found.predict_proba(X), expected.predict_proba(X), strict=True):
        np.testing.assert_allclose(p, of_expected, rtol=1e-8, atol=1e-12)


def test_two_processes_learn_what_one_learns(alone, tmp_path, capfd):
    state = torch.get_rng_state()
    handlers = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    parameters = {"n_procs": 2, "verbose": 2, "checkpoint": tmp_path / "checkpoint"}
    together = exact(**parameters)
    assert together.fit(X, Y) is together
    assert_close_fits(together, alone)
    assert capfd.readouterr().out.count("train_accuracy_task_0") == 1  # one process prints
    assert not list(tmp_path.iterdir())
    assert together.get_params()["random_state"] == 0
    assert torch.equal(torch.get_rng_state(), state)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == handlers
    answers = together.predict_proba(X)
    for name in together.net_.module_.state_dict():
        assert not name.startswith("module.")
    save_model(together.set_params(checkpoint=None), tmp_path / "model.safetensors")
    for copy in (pickle.loads(pickle.dumps(together)), load_model(tmp_path / "model.safetensors")):
        assert copy.n_procs == 2
        for p, of_copy in zip(answers, copy.predict_proba(X), strict=True):
            np.testing.assert_array_equal(p, of_copy)


def test_weights_that_move_see_the_losses_of_all_processes():
    parameters = {"loss_weights": "famo", "early_stopping": False, "max_epochs": 2}
    found, expected = (exact(n_procs=n, **parameters).fit(X, Y) for n in (2, 1))
    assert_close_fits(found, expected)
    np.testing.assert_allclose(found.loss_weights_, expected.loss_weights_, rtol=1e-8)


@pytest.mark.parametrize(
    ("parameters", "y", "error", "text"),
    [
        ({"callbacks": [Spoil()]}, Y, ValueError, "^spoilt in one process$"),
        ({"callbacks": [Kill()]}, Y, RuntimeError, "Process 1 .* was ended by SIGKILL"),
        ({"loss_weights": "random"}, Y, ValueError, "loss_weights that combine gradients, or are"),
    ],
)
def test_errors_reach_the_caller(parameters, y, error, text):
    classifier = exact(n_procs=2, **parameters)
    before = dict(vars(classifier))
    with pytest.raises(error, match=text):
        classifier.fit(X, y)
    assert vars(classifier) == before


def run_nodes(tmp_path, *options):
    """Run the script under one launcher for each of the options."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}  # this very package
    launchers = [
        subprocess.Popen(
            [*LAUNCH, *of_node, str(SCRIPT), str(tmp_path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for of_node in options
    ]
    outputs = [launcher.communicate(timeout=240) for launcher in launchers]
    assert [launcher.returncode for launcher in launchers] == [0] * len(options), outputs
    return "".join(out for out, _ in outputs)


def free_port():
    with socket.socket() as listener:
        listener.bind(("localhost", 0))
        return listener.getsockname()[1]


@pytest.mark.parametrize("n_nodes", [1, 2])
def test_torchrun_learns_what_one_process_learns(n_nodes, alone, tmp_path):
    if n_nodes == 1:
        options = [["--standalone", "--nproc_per_node=2"]]
    else:
        endpoint = f"--rdzv_endpoint=localhost:{free_port()}"
        node = ["--nnodes=2", "--nproc_per_node=1", "--rdzv_backend=c10d", "--rdzv_id=fit"]
        options = 2 * [[*node, endpoint, "--local_addr=localhost"]]
    output = run_nodes(tmp_path, *options)
    assert output.count("train_accuracy_task_0") == 1
    assert not (tmp_path / "checkpoint").exists()
    first, second = (load_model(tmp_path / f"{rank}.safetensors") for rank in range(2))
    assert_close_fits(first, alone)
    for name, tensor in first.net_.module_.state_dict().items():
        assert torch.equal(tensor, second.net_.module_.state_dict()[name])
