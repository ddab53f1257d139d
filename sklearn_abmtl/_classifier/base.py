"""Base class of the estimator: options of parts, clones, pickles, and the view in notebooks."""

from __future__ import annotations

from typing import Any, Self

from sklearn.base import BaseEstimator
from sklearn.utils import estimator_html_repr

from .html import fitted_html
from .nested_options import NESTED, named_callbacks, prefixed
from .state import State, from_state, to_state


class EstimatorBase(BaseEstimator):
    """An estimator of scikit-learn whose parts and callbacks have options of their own.

    ``get_params`` and ``set_params`` also handle the options of parts and of callbacks. If a part
    is given by its name and one of its options is set, the name is replaced by a spec. Options of
    ``'auto'`` are kept until ``fit`` chooses the part. Loss weightings are handled like parts.

    Pickles and copies hold a fitted net as arrays. When they are loaded, the net is built again, on
    a device of that machine. Clones are marked until they are fitted, because the file names of
    their checkpoints are different.
    """

    callbacks: Any
    warm_start: bool
    _is_unfitted_clone = False

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
                params |= prefixed(name, self._spec(name))
            for name, callback in named_callbacks(self.callbacks).items():
                params[f"callbacks__{name}"] = callback
                params |= prefixed(f"callbacks__{name}", callback)
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
        if "checkpoint" in params:  # a clone with a path of its own uses exactly this file
            self._forget_clone()
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
            super().set_params(**{key: value})  # raises the error of scikit-learn
        spec = self._spec(name)
        if not hasattr(spec, "set_params"):
            raise ValueError(f"{key} cannot be set: {name}={spec!r} has no options.")
        spec.set_params(**{option: value})
        setattr(self, name, spec)

    def _spec(self, name: str) -> Any:
        """Return the spec of a parameter, or its value if there is no spec of that name."""
        option = getattr(self, name)
        try:
            return NESTED[name](option) if name in NESTED else option
        except ValueError:  # fit raises it again
            return option

    def _set_callback(self, name: str, option: str | None = None, *, value: Any) -> None:
        named = named_callbacks(self.callbacks)
        if name not in named:
            raise ValueError(f"callbacks has no callback named {name!r}; named: {list(named)}.")
        if option is not None:
            named[name].set_params(**{option: value})
            return
        self.callbacks = [
            (name, value) if isinstance(entry, tuple) and entry[0] == name else entry
            for entry in self.callbacks
        ]

    def __sklearn_clone__(self) -> Self:
        copied: Self = super().__sklearn_clone__()
        copied._is_unfitted_clone = True
        return copied

    def _forget_clone(self) -> None:
        """Remove the mark of a clone."""
        self.__dict__.pop("_is_unfitted_clone", None)

    def __getstate__(self) -> State:
        """Return parameters, arrays and dicts. Optimizer moments are saved with ``warm_start``."""
        return to_state(super().__getstate__(), has_moments=self.warm_start)

    def __setstate__(self, state: State) -> None:
        """Set a state of this or an older version, and build the net."""
        super().__setstate__(from_state(state, type(self).__name__))

    def _html_repr(self):
        diagram = estimator_html_repr(self)
        return diagram + fitted_html(self) if self.__sklearn_is_fitted__() else diagram

    def _repr_html_inner(self):
        return self._html_repr()

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        if "text/html" in bundle:  # not with scikit-learn's display='text'
            bundle["text/html"] = self._html_repr()
        return bundle
