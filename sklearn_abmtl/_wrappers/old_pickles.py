"""Module names under which pickles of version 0.1.0 look for the wrappers."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import NoReturn

from . import single_task, task_representation, task_view

PACKAGE = __name__.partition(".")[0]


class UnreadableModule(ModuleType):
    """The module of version 0.1.0 whose class cannot be read from a pickle."""

    def __getattr__(self, name: str) -> NoReturn:
        if name != "CalibratedMultiTaskClassifier":
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        raise ImportError(
            f"This pickle holds a {name} of version 0.1.0 of {PACKAGE}, whose content has changed. "
            "Read it with version 0.1.0, save the classifier inside by save_model, load that with "
            "this version, and calibrate it again."
        )


def register() -> None:
    """Let pickles of version 0.1.0 find the wrappers where they are now."""
    for module in (single_task, task_representation, task_view):
        _, _, name = module.__name__.rpartition(".")
        sys.modules.setdefault(f"{PACKAGE}._{name}", module)
    name = f"{PACKAGE}._calibration"
    sys.modules.setdefault(name, UnreadableModule(name))
