"""A folder with a model, its header and its card, as on the Hugging Face Hub."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .._files.tensors import HEADER_KEY, write_all
from .model_card import MARKER

MODEL, CONFIG, CARD = "model.safetensors", "config.json", "README.md"
N_BYTES = 2**16  # first bytes of a file, which contain the sign of this package
SIGNS = {MODEL: f'"{HEADER_KEY}"', CONFIG: '"class": "ABMTLClassifier"', CARD: MARKER}


def write_folder(folder: Path, header: dict[str, Any], data: bytes, card: str) -> None:
    """Write a model, its header as JSON, and its card.

    The model gets its final name first, because only this file is loaded. If the process is killed
    in between, the folder may hold the new model with old texts, but never an old model with new
    texts.

    Raises
    ------
    ValueError
        If a file of one of these names exists that ``save_model`` did not write.
    """
    config = json.dumps({"class": header["class"]} | header, indent=2, allow_nan=False)
    files = {MODEL: data, CONFIG: config.encode(), CARD: card.encode()}
    for name, sign in SIGNS.items():
        _check_is_ours(folder / name, sign.encode())
    folder.mkdir(parents=True, exist_ok=True)
    write_all({folder / name: content for name, content in files.items()})


def _check_is_ours(path: Path, sign: bytes) -> None:
    if not path.is_file():
        return  # write_all refuses anything else
    with open(path, "rb") as file:
        if sign not in file.read(N_BYTES):
            raise ValueError(
                f"path must be a folder whose {path.name}, if it has one, was written by "
                f"save_model; {str(path)!r} has no sign of that (a README.md of version 0.1.0 has "
                "none). Use another folder or file, or remove this file."
            )
