"""The JSON files of a checkpoint's configuration: each is what it must be, or one error that names the file.

Anybody may have written them. A value of another kind than its readers expect is refused here, for all of them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from semascope.errors import EncoderError

if TYPE_CHECKING:
    from pathlib import Path

# Kinds of the values that are looked into or compared, in whichever of the files they stand; null is as good as absent.
_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "model_type": ((str,), "a text"),
    "default_prompt_name": ((str,), "a text"),
    "architectures": ((list, str), "a list of names"),
    "pooling_mode": ((list, str), "a name"),
    "auto_map": ((dict, list, str), "an object"),
    "text_config": ((dict,), "an object"),
    "rope_parameters": ((dict,), "an object"),
    "sentence_transformers": ((dict,), "an object"),
    "prompts": ((dict,), "an object"),
    "modality_config": ((dict,), "an object"),
    "model_max_length": ((int, float), "a number"),
}


def read_object(file: Path, missing: dict[str, Any] | None = None) -> dict[str, Any]:
    """The JSON object in ``file``; ``missing`` where there is no such file, an error where that is None."""
    found = read_json(file, missing=missing)
    if not isinstance(found, dict):
        raise EncoderError(f"{file} holds no JSON object; fetch or copy the checkpoint again")
    for key, (kinds, words) in _KINDS.items():
        if found.get(key) is not None and not isinstance(found[key], kinds):
            raise EncoderError(
                f"{file} has {key} {found[key]!r}; it must be {words}; fetch or copy the checkpoint again"
            )
    return found


def read_modules(folder: Path) -> list[dict[str, Any]]:
    """The modules in the modules.json of ``folder``; none where there is no such file."""
    file = folder / "modules.json"
    found = read_json(file, missing=[])
    if not isinstance(found, list) or not all(isinstance(module, dict) for module in found):
        raise EncoderError(f"{file} is no list of modules; fetch or copy the checkpoint again")
    return found


def kind_of_module(module: dict[str, Any]) -> str:
    """Class of a module of sentence-transformers without its package; "" for any other.

    Examples
    --------
    >>> kind_of_module({"type": "sentence_transformers.models.Pooling"}), kind_of_module({"type": "ours.Pooling"})
    ('Pooling', '')
    """
    named = str(module.get("type", ""))
    return named.rpartition(".")[2] if named.startswith("sentence_transformers.") else ""


def read_json(file: Path, missing: Any = None) -> Any:
    """What ``file`` holds; ``missing`` where there is no such file, an error where that is None."""
    if not file.is_file():
        if missing is not None:
            return missing
        raise EncoderError(f"{file} is missing; a checkpoint has it; fetch or copy the checkpoint again")
    try:
        return json.loads(file.read_text(encoding="utf8"))
    except (ValueError, RecursionError) as error:  # the latter for thousands of brackets, one in the other
        raise EncoderError(f"{file} is not JSON ({error}); fetch or copy the checkpoint again") from error
