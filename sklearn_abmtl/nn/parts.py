"""The parts by name, and the choice of a part for 'auto'."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .aggregators import AGGREGATORS
from .attention import ATTENTIONS
from .auto_part import AutoPart
from .decoders import DECODERS, BiLSTMDecoder, ConvDecoder
from .encoders import ENCODERS, MLPEncoder, RecurrentEncoder, VGGEncoder
from .task_classifiers import TASK_CLASSIFIERS

PARTS: dict[str, Mapping[str, Any]] = {
    "encoder": ENCODERS,
    "decoder": DECODERS,
    "attention": ATTENTIONS,
    "task_classifier": TASK_CLASSIFIERS,
    "aggregator": AGGREGATORS,
}
AUTO: dict[str, dict[int, type | None]] = {  # by the number of axes of a sample
    "encoder": {1: MLPEncoder, 2: RecurrentEncoder, 3: VGGEncoder},
    "decoder": {1: None, 2: ConvDecoder, 3: BiLSTMDecoder},
}


class PartSpecs(NamedTuple):
    """The options of every part; ``decoder`` may be None."""

    encoder: Any
    decoder: Any
    attention: Any
    task_classifier: Any
    aggregator: Any


def read_part(part: str, option: Any) -> Any:
    """Return the spec that an option of a part stands for.

    Parameters
    ----------
    part : str
        Key of ``PARTS``.
    option : str, None or spec
        A name, 'auto' (encoder and decoder), None (decoder), or an object with ``build``.

    Returns
    -------
    spec : object with ``build``, AutoPart or None

    Raises
    ------
    ValueError
        If the option is none of these.
    """
    if isinstance(option, str) and option == "auto" and part in AUTO:
        return AutoPart(part, AUTO[part])
    if isinstance(option, str) and option in PARTS[part]:
        return PARTS[part][option]()
    is_spec = isinstance(option, AutoPart) or hasattr(option, "build")
    if (option is None and part == "decoder") or (is_spec and not isinstance(option, type)):
        return option
    names: list[Any] = [*PARTS[part], *(["auto"] if part in AUTO else [])]
    names += [None] if part == "decoder" else []
    raise ValueError(
        f"{part} must be one of {names} or an object with a build method; found {option!r}."
    )


def choose_parts(options: Mapping[str, Any], sample_ndim: int) -> PartSpecs:
    """Return the spec of every part for samples of ``sample_ndim`` axes."""
    specs = {part: read_part(part, options[part]) for part in PARTS}
    return PartSpecs(
        **{
            part: spec.choose(sample_ndim) if isinstance(spec, AutoPart) else spec
            for part, spec in specs.items()
        }
    )
