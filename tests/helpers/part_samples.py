"""Small options of every part, by name, and inputs that it takes.

A part that is registered in a name table of the package needs a row here, and is tested then.
"""

from __future__ import annotations

from typing import Any

import pytest

from sklearn_abmtl.nn import AGGREGATORS, ATTENTIONS, DECODERS, ENCODERS, TASK_CLASSIFIERS

Shape = tuple[int, ...]

TABLE, SEQUENCE, IMAGE = (7,), (9, 2), (2, 9, 12)

# name -> options, sample shape
ENCODER_SAMPLES: dict[str, tuple[dict[str, Any], Shape]] = {
    "mlp": ({"width": 8}, TABLE),
    "feature_token": ({"d_model": 4, "d_shared": 8}, TABLE),
    "vgg": ({"width": 4, "n_stages": 2, "n_layers": 1, "d_shared": 8}, IMAGE),
    "recurrent": ({"width": 4, "d_shared": 8}, SEQUENCE),
}
# name -> options
DECODER_SAMPLES: dict[str, dict[str, Any]] = {
    "bilstm": {"width": 4},
    "conv": {"width": 4},
    "mlp": {"width": 8},
}
ATTENTION_SAMPLES: dict[str, dict[str, Any]] = {
    "auto": {"d_model": 8, "n_heads": 2},
    "task_query": {"d_model": 8, "n_heads": 2},
    "mtan": {"d_model": 8},
    "mmoe": {"n_experts": 4, "d_model": 8},
    "cross_stitch": {"d_model": 8},
    "none": {},
}
TASK_CLASSIFIER_SAMPLES: dict[str, dict[str, Any]] = {"mlp": {"d_hidden": 8}}
AGGREGATOR_SAMPLES: dict[str, dict[str, Any]] = {"weighted": {}}

# what encoders hand to decoders: sample shape, token grid
ENCODED: list[tuple[Shape, Shape]] = [
    (TABLE, (1,)),
    (TABLE, (7,)),
    (SEQUENCE, (9,)),
    (IMAGE, (3, 3)),
]


def _sample(name: str, samples: dict[str, Any], table_name: str) -> Any:
    if name not in samples:
        pytest.fail(f"{name!r} is registered, but has no row in {table_name} of {__name__}.py")
    return samples[name]


def encoder_sample(name: str) -> tuple[Any, Shape]:
    """Return a small encoder's spec and a shape of samples that it takes."""
    options, sample_shape = _sample(name, ENCODER_SAMPLES, "ENCODER_SAMPLES")
    return ENCODERS[name](**options), sample_shape


def decoder_sample(name: str | None) -> Any:
    """Return a small decoder's spec, or None for no decoder."""
    if name is None:
        return None
    return DECODERS[name](**_sample(name, DECODER_SAMPLES, "DECODER_SAMPLES"))


def attention_sample(name: str) -> Any:
    """Return a small attention's spec."""
    return ATTENTIONS[name](**_sample(name, ATTENTION_SAMPLES, "ATTENTION_SAMPLES"))


def task_classifier_sample(name: str) -> Any:
    """Return the spec of small task classifiers."""
    options = _sample(name, TASK_CLASSIFIER_SAMPLES, "TASK_CLASSIFIER_SAMPLES")
    return TASK_CLASSIFIERS[name](**options)


def aggregator_sample(name: str) -> Any:
    """Return a small aggregator's spec."""
    return AGGREGATORS[name](**_sample(name, AGGREGATOR_SAMPLES, "AGGREGATOR_SAMPLES"))
