"""Options of parts, as scikit-learn reads and sets them."""

from __future__ import annotations

import pytest
from sklearn.base import clone

from sklearn_abmtl.losses import DWA, LOSS_WEIGHTINGS
from sklearn_abmtl.nn import MLPEncoder, Spec, TaskAttention, TaskClassifier, VGGEncoder
from sklearn_abmtl.nn.parts import PARTS

SPECS = [spec for table in (*PARTS.values(), LOSS_WEIGHTINGS) for spec in table.values()]

every_spec = pytest.mark.parametrize("spec_class", SPECS)


@every_spec
def test_a_part_is_a_spec_with_defaults(spec_class):
    assert issubclass(spec_class, Spec)
    assert spec_class() == spec_class()
    assert callable(spec_class().build)


@every_spec
def test_repr_names_every_option(spec_class):
    spec = spec_class()
    assert all(f"{name}=" in repr(spec) for name in spec.get_params())


def test_clone_keeps_what_was_set():
    spec = VGGEncoder(width=8, n_layers=(1, 2))
    assert clone(spec) == spec
    assert clone(spec) is not spec


def test_set_params_sets_and_returns_the_spec():
    spec = MLPEncoder()
    assert spec.set_params(width=8, n_layers=1) is spec
    assert spec.get_params() == {"width": 8, "n_layers": 1, "dropout": "auto"}


@every_spec
def test_unknown_names_change_nothing(spec_class):
    spec = spec_class()
    known = {name: None for name in spec.get_params()}
    text = rf"Invalid parameter 'depth' for {spec_class.__name__}\. Valid parameters are: \["
    with pytest.raises(ValueError, match=text):
        spec.set_params(**known, depth=3)
    assert spec == spec_class()


def test_options_are_checked_when_a_part_is_built():
    spec = MLPEncoder(width="wide").set_params(dropout=3)
    with pytest.raises(ValueError, match="width"):
        spec.build((4,))


@pytest.mark.parametrize("value", [0, -1, 2.0, "2", None, True])
def test_counts_are_integers_of_at_least_1(value):
    text = f"MLPEncoder: width must be an integer of at least 1; found {value!r}"
    with pytest.raises(ValueError, match=text):
        MLPEncoder(width=value).build((4,))
    with pytest.raises(ValueError, match="TaskAttention: n_heads must be an integer"):
        TaskAttention(n_heads=value).build(n_tasks=2, grid=(4,), d_memory=6)


@pytest.mark.parametrize("value", [-0.1, 1, 1.0, "0.1", None, float("nan")])
def test_dropout_is_a_share_below_1(value):
    text = rf"TaskClassifier: dropout must be a number in \[0, 1\); found {value!r}"
    with pytest.raises(ValueError, match=text):
        TaskClassifier(dropout=value).build(d_representation=4, n_classes=[2, 3])


@pytest.mark.parametrize("value", [0, -1.0, "2", None, float("nan"), float("inf")])
def test_a_temperature_is_above_0(value):
    with pytest.raises(ValueError, match=f"DWA: temperature must be a number > 0; found {value!r}"):
        DWA(temperature=value).build(["a", "b"])


@pytest.mark.parametrize("value", [0, 0.0, 0.5])
def test_any_share_below_1_is_a_dropout(value):
    assert MLPEncoder(dropout=value).build((4,)) is not None
