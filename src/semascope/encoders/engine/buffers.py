"""Tensors that a network computes when it is made and does not save, in networks of a checkpoint's own code.

transformers 5 makes a network without memory, then fills in the weights. What the weight files do not hold it asks each
class to compute anew; transformers' own classes do, code from before version 5 does not. Such a tensor (frequencies of
rotary positions, position ids, scales) then holds whatever was in memory, and rows are wrong without a word.
"""

from __future__ import annotations

import copy
from typing import Any


def restore_buffers(network: Any) -> int:
    """Set what is not saved to what its class computes; how many tensors that were.

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
