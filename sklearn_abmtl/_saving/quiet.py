"""Silences the log messages of the libraries that export."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

LOGGERS = ("onnx_ir", "onnxscript", "skl2onnx", "torch.export", "torch.onnx")


@contextmanager
def quiet_exporters() -> Iterator[None]:
    """Hide messages of the exporters below the level of an error, only inside the block."""
    names = [name for name in logging.root.manager.loggerDict if _is_exporter(name)]
    loggers = [logging.getLogger(name) for name in {*names, *LOGGERS}]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _is_exporter(name: str) -> bool:
    return name.startswith(tuple(f"{logger}." for logger in LOGGERS))
