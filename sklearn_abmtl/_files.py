"""Files of tensors with a header, whole or not at all, and checked before they are read."""

from __future__ import annotations

import glob
import hashlib
import json
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import safetensors.numpy
from numpy.typing import NDArray
from safetensors import SafetensorError

Tensors = dict[str, NDArray[Any]]

HEADER_KEY = "sklearn_abmtl"
MAX_HEADER = 2**23  # bytes of JSON, which take several times as much in memory
DIGEST = re.compile(rb'"sha256":"([0-9a-f]{64})"')  # text inside the header has its quotes escaped
BLANK = "0" * 64  # stands for the digest while it is taken


def read_path(path: Any) -> Path:
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must be a str or a path; found {path!r}.")
    if not os.fspath(path):  # pathlib takes it for the folder of the process
        raise ValueError("path must name a file or a folder; found ''.")
    return Path(path)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that a process that is killed leaves the old one or the new one.

    The data goes into a hidden file beside it, which then takes its name. A process that is killed
    may leave that behind.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(f"path must lie in a folder that exists; found {str(path)!r}.")
    hidden = path.with_name(_hidden_name(path, uuid4().hex))
    try:
        with open(hidden, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(hidden, path)
    except BaseException:
        with suppress(FileNotFoundError):
            hidden.unlink()
        raise
    _sync_folder(path.parent)


def remove_unfinished(path: Path) -> None:
    """Remove what processes that were killed left behind; none may be writing the file."""
    name = _hidden_name(Path(glob.escape(path.name)), "[0-9a-f]" * 32)
    for hidden in path.parent.glob(name):
        hidden.unlink(missing_ok=True)


def _hidden_name(path: Path, unique: str) -> str:
    return f".{path.name}.{unique}.tmp"


def _sync_folder(folder: Path) -> None:
    """Bring the file's new name onto the disk, where folders can be opened."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def to_bytes(header: dict[str, Any], tensors: Tensors) -> bytes:
    """Return the safetensors file of a header and tensors, with a digest of all its bytes.

    Raises
    ------
    ValueError
        If the header is too long.
    """
    metadata = {HEADER_KEY: json.dumps(header, allow_nan=False), "sha256": BLANK}
    data = safetensors.numpy.save(tensors, metadata)
    length = int.from_bytes(data[:8], "little")
    if length > MAX_HEADER:
        raise ValueError(
            f"save_model writes at most {MAX_HEADER} bytes of parameters, labels, categories and "
            f"history; found {length}. Use joblib."
        )
    digest = hashlib.sha256(data).hexdigest().encode()
    return data.replace(b'"sha256":"' + BLANK.encode(), b'"sha256":"' + digest, 1)


def read_checked(path: Path) -> tuple[dict[str, Any], Tensors]:
    """Return header and tensors of a file whose digest is right.

    Raises
    ------
    ValueError
        If ``save_model`` did not write the file, or any byte of it is missing or another.
    """
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > MAX_HEADER or 8 + length > os.fstat(file.fileno()).st_size:
            raise ValueError("its length or its first bytes are not those of such a file")
        file.seek(0)
        data = bytearray(file.read())
    digest = DIGEST.search(data, 8, 8 + length)
    if digest is None:
        raise ValueError("it has no digest")
    expected = digest[1].decode()
    start, stop = digest.span(1)
    data[start:stop] = BLANK.encode()
    if hashlib.sha256(data).hexdigest() != expected:
        raise ValueError("it was altered or cut: its sha256 is not the one that stands in it")
    try:
        metadata = json.loads(data[8 : 8 + length])["__metadata__"]
        return json.loads(metadata[HEADER_KEY]), safetensors.numpy.load(bytes(data))
    except (SafetensorError, KeyError) as error:
        raise ValueError(f"its tensors or its header cannot be read: {error!r}") from error
