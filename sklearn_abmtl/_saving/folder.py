"""A folder with a model, its header and its card, as on the Hugging Face Hub."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .._files.tensors import HEADER_KEY, write_all
from .model_card import MARKER

MODEL, CONFIG, CARD = "model.safetensors", "config.json", "README.md"
N_BYTES = 2**16  # at the beginning of a file, where the signs of this package stand
SIGNS = {MODEL: f'"{HEADER_KEY}"', CONFIG: '"class": "ABMTLClassifier"', CARD: MARKER}


def write_folder(folder: Path, header: dict[str, Any], data: bytes, card: str) -> None:
    """Write a model and what tells people of it.

    The model takes its name first, since it alone is loaded: a process that is killed in between
    leaves the new model beside the old texts, and never the old one beside texts of another.

    Raises
    ------
    ValueError
        If a file of such a name is there that ``save_model`` did not write.
    """
    config = json.dumps({"class": header["class"]} | header, indent=2, allow_nan=False)
    files = {MODEL: data, CONFIG: config.encode(), CARD: card.encode()}
    for name, sign in SIGNS.items():
        _check_is_ours(folder / name, sign.encode())
    folder.mkdir(parents=True, exist_ok=True)
    write_all({folder / name: content for name, content in files.items()})


def _check_is_ours(path: Path, sign: bytes) -> None:
    if not path.is_file():
        return  # whatever else it is, write_all refuses
    with open(path, "rb") as file:
        if sign not in file.read(N_BYTES):
            raise ValueError(
                f"path must be a folder whose {path.name} save_model may replace, if there is one; "
                f"{str(path)!r} has no sign that save_model wrote it, as in version 0.1.0 the "
                "README.md had none. Name another folder or file, or remove this file."
            )
