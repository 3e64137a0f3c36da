"""A checkpoint's network, loaded through transformers and checked for completeness."""

from __future__ import annotations

import copy
import logging
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from semascope.encoders.checkpoints.weights import DAMAGED, weight_files
from semascope.encoders.engine.unused import UNUSED
from semascope.errors import EncoderError
from semascope.extras import require

if TYPE_CHECKING:
    from collections.abc import Callable

    from semascope.encoders.checkpoints.checkpoint import Checkpoint
    from semascope.encoders.precision import Resolved

P = ParamSpec("P")
T = TypeVar("T")

_WRITER = "transformers.modeling_utils"
_MARK = " LOAD REPORT"  # stands in its first line


def load_network(
    checkpoint: Checkpoint, *, name: str, precision: Resolved, device: str, trust_remote_code: bool = False
) -> Any:
    """The network, ready to compute on ``device``, with its adapter merged where it has one.

    Raises
    ------
    EncoderError
        When the weights cannot be read, some are missing, or some belong to another network.
    """
    if checkpoint.adapter is None:
        return _load(checkpoint, name=name, precision=precision, device=device, trusted=trust_remote_code)
    torch = require("torch", purpose=f"encoder {name!r}")
    from semascope.encoders.engine.merging import merge_adapter

    whole = _load(checkpoint, name=name, precision="float32", device=device, trusted=trust_remote_code)
    network = merge_adapter(whole, checkpoint.adapter, name=name)
    # And no buffer: frequencies of positions stay float32, as transformers has them.
    for held in network.parameters():
        held.data = held.data.to(getattr(torch, precision))
    return network.eval()


def _load(checkpoint: Checkpoint, *, name: str, precision: Resolved, device: str, trusted: bool) -> Any:
    """The network as its own files have it."""
    torch = require("torch", purpose=f"encoder {name!r}")
    transformers = require("transformers", purpose=f"encoder {name!r}")
    from transformers.utils import logging

    weight_files(checkpoint.transformer)
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        network, report = without_report(transformers.AutoModel.from_pretrained)(
            checkpoint.transformer,
            dtype=getattr(torch, precision),
            trust_remote_code=trusted and checkpoint.code,
            output_loading_info=True,
        )
        if checkpoint.code:
            restore_buffers(network)
    except (*DAMAGED, ImportError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())[:300]
        raise EncoderError(
            f"the weights of encoder {name!r} cannot be loaded ({reason}); check the folder {checkpoint.folder}"
        ) from error
    # A pooler head is never used here, so sentence checkpoints may leave it out; anything else would be noise.
    missing = [key for key in report["missing_keys"] if "pooler" not in key]
    if missing:
        raise EncoderError(
            f"checkpoint {name!r} lacks {len(missing)} weights, the first is {missing[0]!r}; all must be there,"
            " or vectors would be noise; fetch or copy the checkpoint again"
        )
    foreign = sorted(key for key in report["unexpected_keys"] if not UNUSED.search(key))
    if foreign:
        raise EncoderError(
            f"checkpoint {name!r} holds {len(foreign)} weights that {type(network).__name__} does not know, the first is"
            f" {foreign[0]!r}; weights and config.json must belong together; fetch or copy the checkpoint again"
        )
    if getattr(network, "pooler", None) is not None:
        network.pooler = None
    if getattr(network.config, "use_cache", False):
        network.config.use_cache = False  # keys and values of a text that nothing is generated from
    if device == "cpu":
        # transformers maps the files into memory: what is written into one later would change the loaded weights, and
        # cutting one short would end the process.
        for held in (*network.parameters(), *network.buffers()):
            held.data = held.data.clone()
    return network.eval().to(device)


def without_report(load: Callable[P, T]) -> Callable[P, T]:
    """``load`` without that report on standard error; where it fails, the report is written all the same.

    A folder of a sentence encoder has no pooler head, and transformers prints a table of the two weights that it then
    makes up. Its other lines are left alone.
    """

    def quietly(*args: P.args, **kwargs: P.kwargs) -> T:
        writer = logging.getLogger(_WRITER)
        held: list[logging.LogRecord] = []

        def passes(record: logging.LogRecord) -> bool:
            if _MARK not in record.getMessage():
                return True
            held.append(record)
            return False

        writer.addFilter(passes)
        try:
            return load(*args, **kwargs)
        except BaseException:
            writer.removeFilter(passes)
            for record in held:
                writer.handle(record)  # an error may point to it
            raise
        finally:
            writer.removeFilter(passes)

    return quietly


def restore_buffers(network: Any) -> int:
    """Set what is not saved to what its class computes; how many tensors that were.

    transformers 5 makes a network without memory, then fills in the weights. What the weight files do not hold it asks each
    class to compute anew; its own classes do, code from before version 5 does not. Such a tensor (frequencies of rotary
    positions, position ids, scales) then holds whatever was in memory, and rows are wrong without a word.

    Parameters
    ----------
    network
        Just loaded, of a class that is not transformers' own. Its class is made once more, with memory and without
        weights that mean anything: for a moment there are two.
    """
    from transformers.initialization import no_init_weights

    with no_init_weights():
        fresh = type(network)(copy.deepcopy(network.config))
    restored = 0
    for name, module in network.named_modules():
        made = fresh.get_submodule(name)
        for key in module._non_persistent_buffers_set:
            if (buffer := getattr(made, key)) is not None:
                setattr(module, key, buffer.to(getattr(module, key).dtype, copy=True))
                restored += 1
        for key, held in list(vars(module).items()):  # a plain attribute is neither moved nor filled in
            if getattr(held, "is_meta", False):
                setattr(module, key, getattr(made, key).to(held.dtype, copy=True))
                restored += 1
    return restored
