"""Several processes learn what one learns from the same batches; errors in one reach the caller."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import process_samples
import pytest
import torch
from process_samples import (
    N_ROWS,
    Kill,
    Linger,
    LogReads,
    Spoil,
    UnsentError,
    assert_rows_are_shared,
    exact,
    rows,
)

from sklearn_abmtl import VGGEncoder, load_model, save_model

X, Y = rows()
SCRIPT = Path(process_samples.__file__)
LAUNCH = [sys.executable, "-m", "torch.distributed.run"]
ENVIRONMENT = os.environ | {
    "PYTHONPATH": os.pathsep.join(filter(None, sys.path))
}  # this very package
IMAGES = np.random.default_rng(0).normal(size=(len(X), 1, 8, 8))
IMAGES[:, 0, 0, :5] += X
OF_IMAGES = {"encoder": VGGEncoder(width=4, n_layers=1, dropout=0), "decoder": "bilstm"}
HALF = np.where(np.arange(len(X))[:, np.newaxis] < len(X) // 2, Y, [np.nan, 0, 0])


@pytest.fixture(scope="module")
def alone():
    return exact().fit(X, Y)


def assert_close_fits(found, expected, rows=X):
    """Two classifiers went through the same training, but for rounding."""
    assert len(found.history_) == len(expected.history_)
    for row, of_expected in zip(found.history_, expected.history_, strict=True):
        assert row.keys() == of_expected.keys()
        for name in row.keys() - {"dur", "batches"}:
            np.testing.assert_allclose(row[name], of_expected[name], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.task_weights_, expected.task_weights_, atol=1e-8)
    for p, of_expected in zip(found.predict_proba(rows), expected.predict_proba(rows), strict=True):
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


@pytest.mark.usefixtures("forked_processes")
def test_weights_that_move_see_the_losses_of_all_processes():
    parameters = {"loss_weights": "famo", "early_stopping": False, "max_epochs": 2}
    found, expected = (exact(n_procs=n, **parameters).fit(X, Y) for n in (2, 1))
    assert_close_fits(found, expected)
    np.testing.assert_allclose(found.loss_weights_, expected.loss_weights_, rtol=1e-8)


@pytest.mark.usefixtures("forked_processes")
def test_images_in_a_file_are_normalised_by_whole_batches_and_read_once_an_epoch(tmp_path):
    np.save(tmp_path / "X.npy", IMAGES)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    of_processes = {"n_procs": 2, "callbacks": [LogReads(tmp_path)]}
    validation = {"X_val": IMAGES[:9], "y_val": Y[:9]}
    found = exact(**OF_IMAGES, **of_processes).fit(mapped, Y, **validation)
    assert_close_fits(found, exact(**OF_IMAGES).fit(IMAGES, Y, **validation), IMAGES)
    assert_rows_are_shared(tmp_path, n_epochs=len(found.history_), n_rows=N_ROWS)


@pytest.mark.usefixtures("forked_processes")
def test_labels_may_be_missing_in_one_process_alone():
    """A single batch keeps its order, so that one process has no label of the first task."""
    parameters = {"batch_size": len(X), "max_epochs": 3}
    found, expected = (
        exact(n_procs=n, **parameters).fit(X, HALF, X_val=X, y_val=HALF) for n in (2, 1)
    )
    assert_close_fits(found, expected)


@pytest.mark.usefixtures("forked_processes")
def test_without_random_state_processes_draw_what_one_draws():
    fits, states = [], []
    for n_procs in (2, 1):
        np.random.seed(7)  # noqa: NPY002 (with None, the global generator is drawn from)
        fits.append(exact(n_procs=n_procs, random_state=None, max_epochs=2).fit(X, Y))
        states.append(np.random.random())  # noqa: NPY002 (the same)
    assert_close_fits(*fits)
    assert states[0] == states[1]


FIT = """
import sys
from process_samples import Linger, exact, rows
exact(n_procs=2, checkpoint=sys.argv[1], callbacks=[Linger()]).fit(*rows())
"""


@pytest.mark.usefixtures("forked_processes")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize(("number", "n_procs"), [(signal.SIGINT, 2), (signal.SIGKILL, 1)])
def test_no_process_outlives_a_fit_and_the_next_fit_works(number, n_procs, alone, tmp_path):
    path = tmp_path / "checkpoint"
    fit = subprocess.Popen(
        [sys.executable, "-c", FIT, str(path)],
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT | {"TMPDIR": str(tmp_path)},
    )
    while not path.exists():
        assert fit.poll() is None
        time.sleep(0.05)
    fit.send_signal(number)
    _, told = fit.communicate(timeout=60)  # until no process is left that could write there
    assert fit.returncode == -number
    if number == signal.SIGINT:
        assert "KeyboardInterrupt" in told
    assert not [*tmp_path.glob("sklearn_abmtl_*")]
    assert_close_fits(exact(n_procs=n_procs, checkpoint=path).fit(X, Y), alone)


@pytest.mark.usefixtures("forked_processes")
@pytest.mark.parametrize(
    ("parameters", "y", "error", "text"),
    [
        ({"callbacks": [Spoil()]}, Y, ValueError, "^spoilt in one process$"),
        ({"callbacks": [Kill()]}, Y, RuntimeError, "Process 1 .* was ended by SIGKILL"),
        ({"callbacks": [Spoil(UnsentError)]}, Y, RuntimeError, "^UnsentError: spoilt, in one proc"),
        ({"loss_weights": "random"}, Y, ValueError, "loss_weights that combine gradients, or are"),
    ],
)
def test_errors_reach_the_caller(parameters, y, error, text):
    classifier = exact(n_procs=2, **parameters)
    before = dict(vars(classifier))
    with pytest.raises(error, match=text):
        classifier.fit(X, y)
    assert vars(classifier) == before


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="ports are read from Linux")
def test_strangers_find_no_port_while_processes_train(alone, tmp_path, monkeypatch):
    (tmp_path / "current").mkdir()
    monkeypatch.chdir(tmp_path / "current")  # which may be anyone's
    for name in ("pickle", "torch", "sklearn_abmtl"):
        Path(f"{name}.py").write_text(f"open({str(tmp_path / 'imported')!r}, 'w')")
    log, marker = tmp_path / "log", tmp_path / "marker"
    neighbour = SCRIPT.with_name("hostile_neighbour.py")
    attack = subprocess.Popen([sys.executable, neighbour, str(os.getpid()), marker, log])
    try:
        while not log.exists():
            assert attack.poll() is None
            time.sleep(0.05)
        fitted = exact(n_procs=2, callbacks=[Linger()]).fit(X, Y)
        assert attack.poll() is None
    finally:
        attack.kill()
        attack.wait()
    assert log.read_text() == ""
    assert {path.name for path in tmp_path.iterdir()} == {"current", "log"}
    assert_close_fits(fitted, alone)


def run_nodes(tmp_path, *options):
    """Run the script under one launcher for each of the options."""
    launchers = [
        subprocess.Popen(
            [*LAUNCH, *of_node, str(SCRIPT), str(tmp_path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT,
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
    for name in ("exact", "drawn"):
        first, second = (load_model(tmp_path / f"{name}{rank}.safetensors") for rank in range(2))
        for name_of, tensor in first.net_.module_.state_dict().items():
            assert torch.equal(tensor, second.net_.module_.state_dict()[name_of])
        if name == "exact":
            assert_close_fits(first, alone)
