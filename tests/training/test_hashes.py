"""Different values have different hashes, even if they cannot be pickled."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from threading import Lock

import pytest
import torch

from sklearn_abmtl._training.checkpoint.hashes import hash_of

SCALE = 2


def scaled(factor):
    return lambda x: factor * x


class Part:
    def __init__(self, **held):
        vars(self).update(held)

    def method(self):
        """Do nothing."""


def other_global(factor):
    """Return a function of the same code that reads another global value."""
    found = lambda x: SCALE * x  # noqa: E731 (it is about such functions)
    return type(found)(found.__code__, {"SCALE": factor})


def in_circle(value):
    circle = Part(value=value, function=lambda x: x)
    circle.circle = circle
    return circle


PAIRS = {
    "lambdas": (lambda x: x + 1, lambda x: x + 2),
    "lambdas of other calls": (lambda x: x.sin(), lambda x: x.cos()),
    "closures": (scaled(1), scaled(2)),
    "closures of functions": (scaled(lambda: 1), scaled(lambda: 2)),
    "defaults": (lambda x=1: x, lambda x=2: x),
    "keyword defaults": (lambda *, x=1: x, lambda *, x=2: x),
    "nested code": (lambda: lambda: 1, lambda: lambda: 2),
    "globals": (other_global(1), other_global(2)),
    "partials": (partial(scaled(1), 3), partial(scaled(1), 4)),
    "partials of others": (partial(scaled(1), 3), partial(scaled(2), 3)),
    "keywords of partials": (partial(scaled(1), k=1), partial(scaled(1), k=2)),
    "objects": (Part(f=lambda: 1), Part(f=lambda: 2)),
    "methods": (Part(f=lambda: 1).method, Part(f=lambda: 2).method),
    "lists": ([lambda: 1], [lambda: 2]),
    "dicts": ({"f": lambda: 1}, {"f": lambda: 2}),
    "sets": ({1, scaled(1)}, {2, scaled(1)}),
    "what no pickle holds": (Part(lock=Lock(), n=1), Part(lock=Lock(), n=2)),
    "circles": (in_circle(1), in_circle(2)),
    "modules": (
        Part(m=torch.nn.ReLU(), f=scaled(1)),
        Part(m=torch.nn.GELU(), f=scaled(1)),
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_values_that_differ_have_other_hashes(name):
    first, second = PAIRS[name]
    assert hash_of(first) == hash_of(first)
    assert hash_of(first) != hash_of(second)


def test_equal_functions_have_one_hash():
    assert hash_of(scaled(3)) == hash_of(scaled(3))
    assert hash_of(Part(f=scaled(3), lock=Lock())) == hash_of(Part(f=scaled(3), lock=Lock()))


def test_another_process_finds_the_same_hash():
    code = "import sys; sys.path[:0] = sys.argv[1:]; import test_hashes as t; print(t.hashes())"
    run = subprocess.run(
        [sys.executable, "-c", code, *sys.path], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == hashes()


def hashes():
    found = [hash_of(value) for name, pair in PAIRS.items() if name != "circles" for value in pair]
    return hash_of(found)
