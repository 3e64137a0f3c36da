"""``semascope doctor``: what is installed, what the processor can do, which paths are chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semascope.cli import options

if TYPE_CHECKING:
    from pathlib import Path


def doctor(store: options.Store = None, json: options.Json = False) -> None:
    """Report what is installed, processor features and chosen paths."""
    from semascope.cli.show import print_doctor

    print_doctor(examine(store), json=json)


def examine(store: Path | None) -> dict[str, dict[str, Any]]:
    """Findings by section; nothing heavy is imported but what must be asked."""
    import platform
    import shutil

    from semascope.encoders.catalogue import default_encoder
    from semascope.encoders.precision import (
        has_native_bfloat16,
        may_have_gpu,
        processor_cores,
        processor_name,
        resolve_precision,
    )
    from semascope.extras import PACKAGES, is_installed
    from semascope.store.place import default_store
    from semascope.store.vectors import VectorStore
    from semascope.studies.compute import installed_versions

    kept = VectorStore(store) if store else default_store()
    place = next((folder for folder in (kept.root, *kept.root.parents) if folder.exists()), kept.root)
    return {
        "system": {
            "platform": platform.platform(),
            "processor": processor_name(),
            "cores": processor_cores(),
            "native bfloat16": has_native_bfloat16(),
            "GPU may be there": may_have_gpu(),
        },
        "versions": installed_versions(),
        "extras": {
            extra: "installed"
            if all(map(is_installed, packages))
            else f"missing {', '.join(p for p in packages if not is_installed(p))}: pip install 'semascope[{extra}]'"
            for extra, packages in PACKAGES.items()
        },
        "chosen": {
            "encoder": default_encoder(),
            "precision on the processor": resolve_precision("auto", "cpu"),
            "engine": "plain path through transformers",
            "store": str(kept.root),
            "free space there": f"{shutil.disk_usage(place).free / 1e9:.1f} GB",
        },
    }
