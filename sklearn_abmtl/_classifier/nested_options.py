"""Parameters with options of their own: parts, the loss weighting and callbacks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ..losses.assembly import read_loss_weighting
from ..nn.parts import PARTS, read_part

NESTED: dict[str, Callable[[Any], Any]] = {  # parameters with options of their own
    **{part: partial(read_part, part) for part in PARTS},
    "loss_weights": read_loss_weighting,
}


def named_callbacks(callbacks: Any) -> dict[str, Any]:
    """Return the callbacks that were passed as (name, callback)."""
    entries = callbacks if isinstance(callbacks, list | tuple) else []
    return {e[0]: e[1] for e in entries if isinstance(e, tuple) and len(e) == 2}


def prefixed(prefix: str, option: Any) -> dict[str, Any]:
    """Return the options of a part or callback, by names that begin with the prefix."""
    if not hasattr(option, "get_params") or isinstance(option, type):
        return {}
    return {f"{prefix}__{key}": value for key, value in option.get_params().items()}
