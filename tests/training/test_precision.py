"""Steps in bfloat16 learn nearly the same; devices without bfloat16 get a warning."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from samples import frame, quick, table
from small_nets import small_network, task_data

from sklearn_abmtl._training.execution.precision import (
    LOSS_INPUTS,
    choose_forward,
    in_bfloat16,
    in_full,
)

X, CODES = table(60)
Y = frame(CODES)
CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("precision", "dtype", "expected"),
    [
        ("auto", "float32", in_full),
        ("auto", "float64", in_full),
        ("full", "float32", in_full),
        ("bfloat16", "float32", in_bfloat16),
    ],
)
def test_the_choice_on_a_cpu(precision, dtype, expected):
    assert choose_forward(precision, dtype, CPU) is expected


def test_a_device_without_bfloat16_warns_once():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = choose_forward("bfloat16", "float32", torch.device("meta"))
    assert found is in_full
    assert [str(w.message) for w in caught] == [
        "The device meta has no bfloat16; the training computes in float32."
    ]


def test_the_losses_read_the_type_of_the_parameters():
    features = task_data().features
    network = small_network().eval()
    exact, rounded = (run(network, features) for run in (in_full, in_bfloat16))
    for name in LOSS_INPUTS:
        found, expected = getattr(rounded, name), getattr(exact, name)
        torch.testing.assert_close(found, expected, rtol=0.05, atol=0.05)
    assert not torch.equal(rounded.task_logits, exact.task_logits)
    assert not torch.is_autocast_enabled("cpu")


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_a_training_in_bfloat16_is_near_the_full_one(method):
    classes = {} if method == "fit" else {"classes": [np.unique(Y[name]) for name in Y]}
    full, again, rounded = (
        getattr(quick(precision=precision), method)(X, Y, **classes)
        for precision in ("full", "auto", "bfloat16")
    )
    for p, q, r in zip(*(c.predict_proba(X) for c in (full, again, rounded)), strict=True):
        if not torch.cuda.is_available():
            np.testing.assert_array_equal(p, q)
        np.testing.assert_allclose(p, r, atol=0.05)
        assert not np.array_equal(p, r)
    assert {p.dtype for p in rounded.net_.module_.parameters()} == {torch.float32}
    assert not torch.is_autocast_enabled("cpu")


@pytest.mark.gpu
def test_a_gpu_takes_bfloat16_by_itself():
    if not torch.cuda.is_bf16_supported(including_emulation=False):
        pytest.skip("this GPU has no bfloat16")
    assert choose_forward("auto", "float32", torch.device("cuda")) is in_bfloat16
    full, rounded = (quick(precision=p, device="cuda").fit(X, Y) for p in ("full", "auto"))
    for p, q in zip(full.predict_proba(X), rounded.predict_proba(X), strict=True):
        np.testing.assert_allclose(p, q, atol=0.05)
