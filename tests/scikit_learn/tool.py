"""One of scikit-learn's tools, and the form in which it works with several tasks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

AS_IT_IS = "as it is"
TASK = "`task`"
SINGLE_TASK = "`SingleTask`"
ROUTED = "`SingleTask`, routed"
SCORER = "our scorer"
SPLITTER = "our splitter"
METRIC = "our metric"
FUNCTION = "our function"
OPTION = "our option"
ONE_TASK = "labels of one task"
CANNOT = "cannot"

FORMS = (
    AS_IT_IS,
    TASK,
    SINGLE_TASK,
    ROUTED,
    SCORER,
    SPLITTER,
    METRIC,
    FUNCTION,
    OPTION,
    ONE_TASK,
    CANNOT,
)


@dataclass(frozen=True)
class Tool:
    """A row of the table.

    Parameters
    ----------
    name : str
        What people call.
    form : {'as it is', '`task`', ...}
        One of ``FORMS``.
    code : str
        An expression in the names that docs/scikit_learn.md defines.
    check : callable
        Asserts that the value of the expression is right.
    since : str, default='1.6'
        The first scikit-learn that has the tool for such data.
    warns : str, default=''
        What scikit-learn warns of, by design.
    """

    name: str
    form: str
    code: str
    check: Callable[[Any], None]
    since: str = "1.6"
    warns: str = ""

    @property
    def cell(self) -> str:
        """What the table shows in its last column."""
        return f"`{self.code}`"


@dataclass(frozen=True)
class NoTool:
    """A row of the table for a tool that does not work.

    Parameters
    ----------
    name : str
        What people call.
    code : str
        An expression that raises.
    message : str
        What it raises with, a regular expression.
    reason : str
        Why, and what to do.
    """

    name: str
    code: str
    message: str
    reason: str
    form: str = CANNOT

    @property
    def cell(self) -> str:
        """What the table shows in its last column."""
        return self.reason
