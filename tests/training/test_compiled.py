"""A compiled network learns the same. Without a compiler a warning is issued."""

from __future__ import annotations

import os
import pickle
import shutil
import sysconfig
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
import torch._inductor.config
from samples import frame, quick, table
from small_nets import small_network, task_data

from sklearn_abmtl._training.execution.compiled import OPTIONS, CompiledForward, with_compiler
from sklearn_abmtl._training.execution.precision import in_bfloat16, in_full

X, CODES = table(60)
Y = frame(CODES)
CPU = torch.device("cpu")
# of torch, where it imports its compiler
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")


HEADER = Path(sysconfig.get_path("include"), "Python.h")


def test_nothing_is_compiled_unless_it_is_asked_for():
    assert with_compiler(in_full, False, CPU) is in_full


@pytest.mark.skipif(
    shutil.which(os.environ.get("CXX", "g++")) is None or not HEADER.exists(),
    reason="needs a C++ compiler and Python's headers",
)
def test_what_learns_from_compiled_code_learns_the_same():
    with torch._inductor.config.patch({"cpp.vec_isa_ok": False}):  # else torch tries them all out
        plain, compiled = (quick(compile=compile).fit(X, Y) for compile in (False, True))
    run = compiled.net_.run_network
    assert isinstance(run, CompiledForward)
    assert run._compiled is not run.run  # else it fell back
    for p, q in zip(plain.predict_proba(X), compiled.predict_proba(X), strict=True):
        np.testing.assert_allclose(p, q, atol=1e-6)


def test_predictions_and_validation_run_the_network_as_it_is():
    run = CompiledForward(in_full, OPTIONS[True])
    run._compiled = pytest.fail
    network, features = small_network().eval(), task_data().features
    torch.testing.assert_close(
        run(network, features).task_logits, in_full(network, features).task_logits
    )


def test_compiled_code_is_each_training_own():
    first, second = (CompiledForward(in_full, OPTIONS[True]) for _ in range(2))
    codes = [run._compiled.__wrapped__.__code__ for run in (first, second)] + [in_full.__code__]
    assert len(set(map(id, codes))) == 3  # torch compiles few shapes for one


def test_a_network_without_a_compiler_trains_as_it_is_and_warns_once(monkeypatch):
    def fails(network, features):
        raise RuntimeError("No working C++ compiler found.\nMore lines")

    run = CompiledForward(in_bfloat16, OPTIONS[True])
    monkeypatch.setattr(run, "_compiled", fails)
    network, features = small_network(), task_data().features
    with pytest.warns(UserWarning, match="torch cannot compile") as caught:
        outputs = [run(network, features) for _ in range(2)]
    assert [str(each.message) for each in caught] == [
        "torch cannot compile this network here (RuntimeError: No working C++ compiler found.); "
        "the training continues without compile."
    ]
    expected = in_bfloat16(network, features)
    for output in outputs:
        assert torch.equal(output.task_logits, expected.task_logits)


def test_a_graph_needs_cuda():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run = with_compiler(in_full, "graph", CPU)
    assert run is in_full
    assert [str(each.message) for each in caught] == [
        "compile='graph' needs CUDA; on the device cpu the training continues without compile."
    ]


def test_a_compiled_network_is_pickled_without_its_code():
    run = pickle.loads(pickle.dumps(CompiledForward(in_full, OPTIONS[True])))
    assert (run.run, run.options) == (in_full, OPTIONS[True])


@pytest.mark.gpu
@pytest.mark.parametrize("compile", [True, "graph"])
@pytest.mark.parametrize("loss_weights", [None, "famo", "upgrad"])
def test_a_compiled_network_learns_the_same_on_the_gpu(compile, loss_weights):
    plain, compiled = (
        quick(compile=each, loss_weights=loss_weights, precision="full", device="cuda").fit(X, Y)
        for each in (False, compile)
    )
    run = compiled.net_.run_network
    assert run._compiled is not run.run
    for p, q in zip(plain.predict_proba(X), compiled.predict_proba(X), strict=True):
        np.testing.assert_allclose(p, q, atol=1e-3)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
        KeyboardInterrupt(),
        ValueError("Training diverged"),
    ],
)
def test_other_errors_are_not_taken_for_a_lack_of_a_compiler(error, monkeypatch):
    def fails(network, features):
        raise error

    run = CompiledForward(in_full, OPTIONS[True])
    monkeypatch.setattr(run, "_compiled", fails)
    with pytest.raises(type(error)):
        run(small_network(), task_data().features)
    assert run._compiled is fails


def test_a_lack_of_memory_is_found_in_the_cause(monkeypatch):
    def fails(network, features):
        raise RuntimeError("backend failed") from torch.OutOfMemoryError("CUDA out of memory")

    run = CompiledForward(in_full, OPTIONS[True])
    monkeypatch.setattr(run, "_compiled", fails)
    with pytest.raises(RuntimeError, match="backend failed"):
        run(small_network(), task_data().features)
