"""Options set on ``'auto'``, before the data determine the part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self


class AutoPart:
    """The options of a part that is chosen by the shape of a sample.

    Parameters
    ----------
    part : str
        Name of the parameter, 'encoder' or 'decoder'.
    candidates : dict of int to type or None
        The specs for samples of 1, 2 and 3 axes.
    **options : dict
        Options of the chosen part.
    """

    def __init__(self, part: str, candidates: Mapping[int, type | None], **options: Any) -> None:
        self.part = part
        self.candidates = candidates
        self.options = options

    def __repr__(self) -> str:
        options = ", ".join(f"{name}={value!r}" for name, value in self.options.items())
        return f"'auto' with {options}"

    def __sklearn_clone__(self) -> AutoPart:
        return AutoPart(self.part, self.candidates, **self.options)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the options set so far."""
        return dict(self.options)

    def set_params(self, **params: Any) -> Self:
        """Set options that at least one of the candidates has.

        Raises
        ------
        ValueError
            If no candidate has an option of that name; nothing is set then.
        """
        specs = [spec() for spec in self.candidates.values() if spec is not None]
        valid = {name for spec in specs for name in spec.get_params()}
        unknown = sorted(set(params) - valid)
        if unknown:
            raise ValueError(
                f"Invalid parameter {unknown[0]!r} for {self.part}='auto'. "
                f"Valid parameters are: {sorted(valid)}."
            )
        self.options |= params
        return self

    def choose(self, sample_ndim: int) -> Any:
        """Return the spec for samples of ``sample_ndim`` axes, with the options set.

        Raises
        ------
        ValueError
            If the part does not have one of the options, or options are set and there is no part
            for such samples.
        """
        spec = self.candidates[sample_ndim]
        if spec is not None:
            return spec().set_params(**self.options)
        if self.options:
            raise ValueError(
                f"{self.part}='auto' is None for samples of {sample_ndim} axis, so its options "
                f"{sorted(self.options)} apply to no part; name the {self.part}."
            )
        return None
