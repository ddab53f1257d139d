"""scikit-learn's tools work with several tasks in the forms that docs/scikit_learn.md shows."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
import sklearn
from sklearn.utils.fixes import parse_version
from tool import CANNOT, FORMS, ROUTED
from tool_names import PAGE, names
from tool_table import SECTIONS, with_tables

mpl.use("Agg")
ALL = [tool for tools in SECTIONS.values() for tool in tools]
TOOLS = [tool for tool in ALL if tool.form != CANNOT]
NO_TOOLS = [tool for tool in ALL if tool.form == CANNOT]


@pytest.fixture(autouse=True)
def _no_figure_left():
    yield
    plt.close("all")


def value(tool):
    """Return what the tool's code gives, with metadata routing where the form says so."""
    with sklearn.config_context(enable_metadata_routing=tool.form == ROUTED):
        return eval(tool.code, names())


def name(tool):
    return tool.name.replace("`", "")


@pytest.mark.parametrize("tool", TOOLS, ids=name)
def test_a_tool_works_in_its_form(tool):
    if parse_version(sklearn.__version__) < parse_version(tool.since):
        pytest.skip(f"scikit-learn has it for such data since {tool.since}")
    if tool.warns:
        with pytest.warns(UserWarning, match=tool.warns):
            tool.check(value(tool))
    else:
        tool.check(value(tool))


@pytest.mark.parametrize("tool", NO_TOOLS, ids=name)
def test_a_tool_that_cannot_work_raises(tool):
    with pytest.raises((AttributeError, ValueError), match=tool.message):
        value(tool)


def test_the_page_holds_the_tables():
    page = PAGE.read_text(encoding="utf-8")
    command = "python tests/scikit_learn/tool_table.py"
    assert page == with_tables(page), f"docs/scikit_learn.md is not up to date: run {command}"


def test_the_tables_have_all_120_tools_once():
    assert len({tool.name for tool in ALL}) == len(ALL) == 120
    assert {tool.form for tool in ALL} <= set(FORMS)
    assert len(TOOLS) >= 100
