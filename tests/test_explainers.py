"""shap and captum explain the tasks as docs/guide/explaining.md shows."""

from __future__ import annotations

from doctest import DocTestParser
from typing import Any

import pytest
from code_blocks import DOCS, code_block

PAGE = "guide/explaining.md"


def run(words: str, capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, Any], str]:
    """Run the block that words stand in after the data of the page; also return what it prints."""
    names: dict[str, Any] = {}
    for example in DocTestParser().get_examples((DOCS / PAGE).read_text(encoding="utf-8")):
        exec(example.source, names)
        if "classifier" in names:
            break
    exec(code_block(PAGE, words), names)
    return names, capsys.readouterr().out.strip()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize(
    ("words", "printed"), [("KernelExplainer(view", "load"), ("PermutationExplainer(view", "True")]
)
def test_shap_explains_a_view_of_a_frame(words, printed, capsys):
    pytest.importorskip("shap", reason="needs shap")
    names, out = run(words, capsys)
    assert out == printed
    assert list(names["view"].feature_names_in_) == list(names["X"].columns)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_captum_explains_the_program_of_a_network(capsys):
    pytest.importorskip("captum", reason="needs captum")
    names, out = run("IntegratedGradients(lambda", capsys)
    assert out == "heat"
    assert names["attributions"].shape == (100, 4)
