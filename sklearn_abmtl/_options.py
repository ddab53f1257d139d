"""Options of parts, and options that have one value for each task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from numbers import Integral, Real
from typing import Any, Self

MAX_LAYERS = 1000  # per part: each layer takes time to build, even a narrow one


@dataclass(kw_only=True)
class Spec:
    """Options of one part; a subclass is a keyword-only dataclass with a ``build`` method.

    Nothing is checked before ``build``, so a search may set the options one after the other.
    """

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the options by name, as ``sklearn.base.clone`` needs them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def set_params(self, **params: Any) -> Self:
        """Set options by name.

        Raises
        ------
        ValueError
            If a name is not an option of this part; nothing is set then.
        """
        valid = self.get_params()
        for name in params:
            if name not in valid:
                raise ValueError(
                    f"Invalid parameter {name!r} for {type(self).__name__}. "
                    f"Valid parameters are: {sorted(valid)}."
                )
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def blank(self) -> Self:
        """Return the options for a module of the same shape whose arrays are set afterwards."""
        return self

    def for_labels(self, sample_shape: tuple[int, ...], n_labels: float) -> Spec:
        """Return the options for a shape of samples and a mean number of known labels per task."""
        return self

    def check_counts(self, *names: str, minimum: int = 1, maximum: int | None = None) -> None:
        """Raise a ValueError unless each named option is an integer within the bounds."""
        for name in names:
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, Integral) or value < minimum:
                raise ValueError(
                    f"{type(self).__name__}: {name} must be an integer of at least {minimum}; "
                    f"found {value!r}."
                )
            if maximum is not None and int(value) > maximum:
                raise ValueError(
                    f"{type(self).__name__}: {name} must be at most {maximum}; found {value!r}."
                )

    def check_positive(self, *names: str) -> None:
        """Raise a ValueError unless each named option is a finite number above 0."""
        for name in names:
            value = getattr(self, name)
            if not isinstance(value, Real) or not 0 < float(value) < float("inf"):
                raise ValueError(
                    f"{type(self).__name__}: {name} must be a number > 0; found {value!r}."
                )

    def check_shares(self, *names: str) -> None:
        """Raise a ValueError unless each named option is a number in [0, 1)."""
        for name in names:
            value = getattr(self, name)
            if not isinstance(value, Real) or not 0 <= float(value) < 1:
                raise ValueError(
                    f"{type(self).__name__}: {name} must be a number in [0, 1); found {value!r}."
                )


def per_task(option: Any, task_names: list[str], name: str, default: Any) -> list[Any]:
    """Return one value per task.

    Parameters
    ----------
    option : object, list or dict
        One value for all tasks; a list with one value per task; or a dict from task names to
        values, where tasks that are left out get ``default``.
    task_names : list of str
    name : str
        Name of the parameter, for the error text.
    default : object

    Raises
    ------
    ValueError
        If the list's length is not the number of tasks, or a name is unknown.

    Examples
    --------
    >>> per_task({"digit": 2.0}, ["digit", "parity"], "loss_weights", 1.0)
    [2.0, 1.0]
    """
    if isinstance(option, Mapping):
        names = set(task_names)
        unknown = [key for key in option if key not in names]
        if unknown:
            raise ValueError(f"{name} names unknown tasks: {unknown}; the tasks are {task_names}.")
        return [option.get(task, default) for task in task_names]
    if hasattr(option, "__len__") and not isinstance(option, str):
        if len(option) != len(task_names):
            raise ValueError(
                f"{name} must hold one value per task, {len(task_names)} ({task_names}); "
                f"found {len(option)}."
            )
        return list(option)
    return [option] * len(task_names)
