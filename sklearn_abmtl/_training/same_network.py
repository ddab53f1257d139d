"""Checks that the options of a network do not change when it is trained further."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from numbers import Number
from typing import Any

from ..nn.auto_part import AutoPart
from ..nn.parts import PARTS, read_part
from .network_plan import NetworkPlan

PLAIN = (str, Number, tuple, list, type(None))


def check_same_network(parameters: Mapping[str, Any], plan: NetworkPlan) -> None:
    """Raise a ValueError if parameters of the estimator differ from the options of its network.

    The value 'auto' is always accepted.
    """
    others = [*_other_numbers(parameters, plan)]
    for part in PARTS:
        others += _other_options(part, parameters[part], plan)
    if others:
        raise ValueError(
            f"A classifier that is trained further keeps its network, and {', '.join(others)}. Set "
            "this back, or fit a clone."
        )


def _other_numbers(parameters: Mapping[str, Any], plan: NetworkPlan) -> Iterator[str]:
    names = ["sharing", "n_members", "n_bins", *(["max_shift"] if plan.max_shift else [])]
    for name in names:
        now, of_network = parameters[name], getattr(plan, name)
        if now not in ("auto", of_network):
            yield f"{name}={now!r} is not that of fit, {of_network!r}"


def _other_options(part: str, option: Any, plan: NetworkPlan) -> Iterator[str]:
    """Yield the differences between a part of the estimator and the part of the network."""
    fitted = getattr(plan.specs, part)
    if isinstance(option, str) and option == "auto":
        return
    spec = read_part(part, option)
    if isinstance(spec, AutoPart):
        now = dict(spec.options)
    elif type(fitted) in _possible_types(spec, plan):
        now = spec.get_params() if hasattr(spec, "get_params") else {}
    else:
        yield f"{part}={option!r} is not that of fit, {fitted!r}"
        return
    known = fitted.get_params() if hasattr(fitted, "get_params") else {}
    for name in now.keys() & known.keys():
        if _differ(now[name], known[name]):
            yield f"{part}__{name}={now[name]!r} is not that of fit, {known[name]!r}"


def _possible_types(spec: Any, plan: NetworkPlan) -> set[type]:
    """Return the types that a spec may become when the number of labels is known."""
    if not hasattr(spec, "for_labels"):
        return {type(spec)}
    chosen = [spec.for_labels(plan.sample_shape, n_labels) for n_labels in (1.0, math.inf)]
    return {type(spec), *map(type, chosen)}


def _differ(now: Any, fitted: Any) -> bool:
    """Return whether two plain values differ; others, such as modules, are not compared."""
    is_plain = isinstance(now, PLAIN) and isinstance(fitted, PLAIN)
    return is_plain and now not in ("auto", fitted)
