"""Bad input gets the error that docs/errors.md shows, and leaves estimators as they were."""

from __future__ import annotations

import re
import traceback
from functools import cache

import numpy as np
import pytest
import torch
from bad_input_names import FITTED, PAGE, UNFITTED, names, page_names
from error_table import SECTIONS, with_tables
from samples import quick, table

ERRORS = {code: text for errors in SECTIONS.values() for code, text in errors.items()}
ORDINARY = (AttributeError, OSError, OverflowError, TypeError, ValueError)
CHECKERS = ("sklearn", "sklearn_abmtl")  # who may raise


@pytest.mark.filterwarnings("ignore:X has another scale")  # some calls multiply it
@pytest.mark.parametrize("code", ERRORS)
def test_bad_input_raises_and_changes_nothing(code, tmp_path):
    found = names(tmp_path)
    before = fitted_states()
    with pytest.raises(ORDINARY) as caught:
        eval(code, found)
    assert re.fullmatch(pattern_of(ERRORS[code]), text_of(caught.value))
    assert module_that_raised(caught.value).partition(".")[0] in CHECKERS
    for name in FITTED:
        assert_same(state(found[name]), before[name])
    for name in UNFITTED:
        assert not [attribute for attribute in vars(found[name]) if attribute.endswith("_")]


@cache
def fitted_states():
    return {name: state(found) for name, found in page_names().items() if name in FITTED}


def state(classifier):
    """Return the identities of all that a fitted classifier holds, and its answers."""
    rows = np.linspace(-2, 2, 20).reshape(4, 5)
    identities = {name: id(value) for name, value in vars(classifier).items()}
    features = classifier.net_.module_(torch.from_numpy(rows).float()).task_logits
    return identities, features.detach().numpy()


def assert_same(found, expected):
    assert found[0] == expected[0]
    np.testing.assert_array_equal(found[1], expected[1])


def text_of(error):
    """Return what Python prints of an error, in one line."""
    lines = traceback.format_exception_only(error)
    name, _, text = "".join(lines).partition(":")
    return " ".join(f"{name.rpartition('.')[2]}:{text}".split())


def pattern_of(text):
    """Return a regular expression, in which ``...`` is any text."""
    return ".*".join(map(re.escape, text.split("...")))


def module_that_raised(error):
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return frame.f_globals["__name__"]


def test_the_page_holds_the_tables():
    page = PAGE.read_text(encoding="utf-8")
    command = "python tests/bad_input/error_table.py"
    assert page == with_tables(page), f"docs/errors.md is not up to date: run {command}"


def test_no_call_stands_in_two_tables():
    assert len(ERRORS) == sum(map(len, SECTIONS.values()))
    assert len(ERRORS) >= 150


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_where_there_is_none():
    X, codes = table()
    with pytest.raises(ValueError, match="device='cuda' needs CUDA, and torch finds no CUDA"):
        quick(device="cuda").fit(X, codes)


def test_offsets_that_float32_cannot_resolve_are_warned_of():
    X, codes = table()
    far = X + np.array([0, 1e7, 0, 0, 0])
    with pytest.warns(UserWarning, match=r"\(columns \[1\]\); float32 cannot tell"):
        quick().fit(far, codes)
    quick(dtype="float64").fit(far, codes)
    quick().fit(np.where([0, 1, 0, 0, 0], 1e7, X), codes)  # a constant has no information
