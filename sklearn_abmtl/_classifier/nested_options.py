"""Nested parameters: ``encoder__width`` on an encoder named or left at its default, callbacks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Self

from sklearn.base import BaseEstimator

from ..losses.assembly import read_loss_weighting
from ..nn.parts import PARTS, read_part

NESTED: dict[str, Callable[[Any], Any]] = {  # parameters with options of their own
    **{part: partial(read_part, part) for part in PARTS},
    "loss_weights": read_loss_weighting,
}


class NestedOptions(BaseEstimator):
    """Let ``get_params`` and ``set_params`` reach into parts given by name and into callbacks.

    A part that is set by name becomes a spec of its own when one of its options is set; options of
    ``'auto'`` wait for the data, which chooses the part. A loss weighting is like a part here.
    """

    callbacks: Any

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters.

        Parameters
        ----------
        deep : bool, default=True
            Whether to add the options of parts (``encoder__width``) and of named callbacks
            (``callbacks__<name>__<option>``).

        Returns
        -------
        params : dict
        """
        params = super().get_params(deep=deep)
        if deep:
            for name in NESTED:
                params |= _prefixed(name, self._spec(name))
            for name, callback in _named(self.callbacks).items():
                params[f"callbacks__{name}"] = callback
                params |= _prefixed(f"callbacks__{name}", callback)
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters, options of parts and callbacks.

        Parameters
        ----------
        **params : dict
            ``lr``, ``encoder__width``, ``callbacks__<name>``, ``callbacks__<name>__<option>``.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If a name is unknown.
        """
        callback_params = {k: params.pop(k) for k in list(params) if k.startswith("callbacks__")}
        super().set_params(**{k: v for k, v in params.items() if "__" not in k})
        for key, value in params.items():
            if "__" in key:
                self._set_nested(key, value)
        for key, value in callback_params.items():
            self._set_callback(*key.split("__", 2)[1:], value=value)
        return self

    def _set_nested(self, key: str, value: Any) -> None:
        name, _, option = key.partition("__")
        if name not in self.get_params(deep=False):
            super().set_params(**{key: value})  # which says that there is no such parameter
        spec = self._spec(name)
        if not hasattr(spec, "set_params"):
            raise ValueError(f"{key} cannot be set: {name}={spec!r} has no options.")
        spec.set_params(**{option: value})
        setattr(self, name, spec)

    def _spec(self, name: str) -> Any:
        """Return a parameter's spec, or what was passed where that names none."""
        option = getattr(self, name)
        try:
            return NESTED[name](option) if name in NESTED else option
        except ValueError:  # fit says what is wrong with it
            return option

    def _set_callback(self, name: str, option: str | None = None, *, value: Any) -> None:
        named = _named(self.callbacks)
        if name not in named:
            raise ValueError(f"callbacks has no callback named {name!r}; named: {list(named)}.")
        if option is not None:
            named[name].set_params(**{option: value})
            return
        self.callbacks = [
            (name, value) if isinstance(entry, tuple) and entry[0] == name else entry
            for entry in self.callbacks
        ]


def _named(callbacks: Any) -> dict[str, Any]:
    """Return the callbacks that were passed as (name, callback)."""
    entries = callbacks if isinstance(callbacks, list | tuple) else []
    return {e[0]: e[1] for e in entries if isinstance(e, tuple) and len(e) == 2}


def _prefixed(prefix: str, option: Any) -> dict[str, Any]:
    if not hasattr(option, "get_params") or isinstance(option, type):
        return {}
    return {f"{prefix}__{key}": value for key, value in option.get_params().items()}
