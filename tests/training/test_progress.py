"""The output of ``verbose``."""

from __future__ import annotations

import re
import sys
from types import ModuleType

import numpy as np
import pytest
from samples import quick, table

X, CODES = table()


class Terminal:
    """Replaces sys.stderr, and reports that a cursor can move on it."""

    def __init__(self):
        self.written = ""

    def isatty(self):
        return True

    def write(self, text):
        self.written += text

    def flush(self):
        pass


def worst_task(row, subset):
    losses = {name: row[f"{subset}_loss_{name}"] for name in ("task_0", "task_1", "task_2")}
    worst = max(losses, key=losses.get)
    return f"worst: {worst}={losses[worst]:.4f}"


def test_a_terminal_has_one_bar_with_time_left_mean_loss_and_worst_task(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    classifier = quick(verbose=1, max_epochs=3, early_stopping=True).fit(X, CODES)
    bar = terminal.written.split("\r")[-1]
    last = classifier.history_[-1]
    assert "3/3" in bar
    assert re.search(r"\d\d:\d\d<\d\d:\d\d", bar)  # gone and left
    assert f"valid_loss={last['valid_loss']:.4f}, {worst_task(last, 'valid')}" in bar


def test_a_file_has_lines_without_control_codes(capsys):
    classifier = quick(verbose=1, max_epochs=25).fit(X, CODES)
    written = capsys.readouterr().err
    assert written.isascii()
    assert not set(written) & {"\r", "\x1b", "\b"}
    lines = written.splitlines()
    told = [
        int(re.match(r"epoch (\d+) of 25, \d\d:\d\d left, train_loss=", line)[1]) for line in lines
    ]
    assert told == [3, 6, 9, 12, 15, 18, 21, 24, 25]
    assert lines[-1].endswith(worst_task(classifier.history_[-1], "train"))
    assert "00:00 left" in lines[-1]


def test_a_notebook_has_a_bar(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ipykernel", ModuleType("ipykernel"))
    quick(verbose=1, max_epochs=2).fit(X, CODES)
    assert "2/2" in capsys.readouterr().err


def test_lines_have_colours_on_a_terminal_alone(monkeypatch, capsys):
    quick(verbose=2, max_epochs=2).fit(X, CODES)
    lines = capsys.readouterr().out.splitlines()
    assert "train_loss" in lines[0]
    assert len(lines) == 4
    assert not any("\x1b" in line for line in lines)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    quick(verbose=2, max_epochs=2).fit(X, CODES)
    assert "\x1b[" in terminal.written


def test_one_task_has_no_worst(capsys):
    quick(verbose=1, max_epochs=1).fit(X, CODES[:, 0])
    assert "worst" not in capsys.readouterr().err


def test_the_worst_task_has_labels(capsys):
    y = CODES.astype(float)
    X_val, y_val = X, np.where([False, True, False], np.nan, y)
    classifier = quick(verbose=1, max_epochs=1, early_stopping=True)
    with pytest.warns(UserWarning, match=r"no label of the tasks \['task_1'\]"):
        classifier.fit(X, y, X_val=X_val, y_val=y_val)
    assert re.search(r"worst: task_[02]=", capsys.readouterr().err)
