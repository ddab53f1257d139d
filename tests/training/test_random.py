"""The state of a RandomState passes between processes as text."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sklearn_abmtl._training.execution.random import (
    BIT_GENERATORS,
    random_state_from_json,
    random_state_to_json,
)


@pytest.mark.parametrize("name", BIT_GENERATORS)
def test_a_random_state_continues_as_before(name):
    random_state = np.random.RandomState(BIT_GENERATORS[name](7))
    random_state.normal(size=3)  # of which one number more is kept
    copied = random_state_from_json(random_state_to_json(random_state))
    np.testing.assert_array_equal(copied.normal(size=9), random_state.normal(size=9))
    np.testing.assert_array_equal(
        copied.randint(2**31, size=9), random_state.randint(2**31, size=9)
    )


def test_other_bit_generators_are_refused():
    state = json.loads(random_state_to_json(np.random.RandomState(0))) | {"bit_generator": "Mine"}
    with pytest.raises(ValueError, match=r"random_state must have one of the bit gen.*'Mine'"):
        random_state_from_json(json.dumps(state))
