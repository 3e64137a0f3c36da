"""An encoder out of its name: located, read, and made ready to run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from semascope.encoders.api.name import is_api
from semascope.encoders.catalogue import default_encoder, family_of, from_anywhere, name_encoders
from semascope.encoders.hashing import HashEncoder
from semascope.encoders.locating import located
from semascope.encoders.long import check_long
from semascope.encoders.naming import folder_of, hub_id_of
from semascope.encoders.precision import check_arithmetic
from semascope.encoders.remedied.described import is_remedied, read_described
from semascope.encoders.templates import get_template
from semascope.errors import ConfigError, EncoderError

if TYPE_CHECKING:
    from pydantic import SecretStr

    from semascope.encoders.api.settings import ApiSettings
    from semascope.encoders.entry import Entry
    from semascope.encoders.local import Engine
    from semascope.encoders.protocol import Encoder
    from semascope.types import Precision


def load_encoder(
    name: str = "",
    *,
    called: str = "",
    precision: Precision = "auto",
    device: str = "auto",
    template: str | None = None,
    revision: str | None = None,
    trust_remote_code: bool = False,
    long: str = "truncate",
    engine: Engine = "auto",
    api: ApiSettings | None = None,
    api_key: SecretStr | str | None = None,
) -> Encoder:
    """The encoder that ``name`` stands for; its weights are loaded when the first prompt needs them.

    Parameters
    ----------
    name
        ``minilm``, ``e5-small-q4``, a folder, a hub id ``OWNER/NAME``, the last part of one that the catalogue has,
        ``hash:WIDTH``, or ``api:PROVIDER/MODEL`` or ``api:PROVIDER/MODEL@URL`` for one behind an API; with ``NAME=`` before it, the encoder is called so. Empty takes ``default_encoder()``.
    called
        What the encoder is called, where that was settled before; ``name`` is then taken whole.
    precision
        ``auto`` takes bfloat16 only where the processor has it natively.
    device
        ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.
    template
        Template family to use instead of the one that the catalogue or the name stands for.
    revision
        Commit, tag or branch of a hub id; None takes its main branch.
    trust_remote_code
        Whether code that comes with a checkpoint may run.
    long
        What happens to a prompt over the limit: ``truncate``, ``head-tail`` or ``chunk``.
    engine
        ``auto`` takes the packed path where the architecture is known to it; ``packed`` or ``plain`` ask for one.
    api
        How an encoder behind an API is asked; None takes what was settled for the process, else the defaults.
    api_key
        For its address; None looks in the environment and in ``.env``. It is shown and written nowhere.

    Raises
    ------
    ConfigError
        For a name that stands for nothing; near names are given. For a way that there is not, or not for it.
    EncoderError
        For a folder or hub id that cannot be read.

    Examples
    --------
    >>> load_encoder("hash:8").dim
    8
    """
    from semascope.encoders.local import LocalEncoder
    from semascope.encoders.static.encoder import StaticEncoder
    from semascope.encoders.static.folder import is_static

    if not called:
        ((called, name),) = name_encoders([name or default_encoder()]).items()
    check_long(long)  # before anything is fetched
    check_arithmetic(precision, device)
    if is_api(name):
        from semascope.encoders.api.loading import load_api_encoder

        return load_api_encoder(name, called=called, template=template, long=long, settings=api, key=api_key)
    if api is not None or api_key is not None:
        raise ConfigError(
            f"encoder is {name!r}, and {'api' if api is not None else 'api_key'} was given; only an encoder behind an API has one:"
            " api:PROVIDER/MODEL; leave it out, or name such an encoder"
        )
    if name.startswith("hash:"):
        return HashEncoder(_hash_width(name), name=called).in_way(long)
    if template is not None:
        get_template(template)
    name = from_anywhere(name)
    if Path(name).is_absolute() and is_remedied(Path(name)):
        computed: dict[str, Any] = {"precision": precision, "device": device, "engine": engine}
        return _remedied(
            Path(name), called, template=template, long=long, trust_remote_code=trust_remote_code, **computed
        )
    found = located(name, called, revision, code=trust_remote_code)
    listed = found.listed
    family, how = _family(
        hub_id_of(found.base or found.folder) or found.base_name or name,
        listed,
        asked=template,
        tuned_with=found.template,
    )
    known = f"it was taken for {listed.hub_id} of the catalogue, {found.how}" if listed and found.how else ""
    remarks = tuple(filter(None, (known, how, found.remark)))
    shared: dict[str, Any] = {
        "name": called,
        "source": name,
        "revision": revision,
        "template": family,
        "engine": engine,
        "listed": listed,
        "remarks": remarks,
        "long": long,
    }
    if is_static(found.folder):
        return StaticEncoder(found.folder, **shared)
    return LocalEncoder(
        found.folder,
        precision=precision,
        device=device,
        trust_remote_code=trust_remote_code,
        base=found.base,
        **shared,
    )


def _remedied(folder: Path, called: str, *, template: str | None, **how: Any) -> Encoder:
    """The encoder of a remedy that was kept, on its base, which is found as an encoder is."""
    from semascope.encoders.remedied.folder import on_base

    described = read_described(folder)
    source = described.base_source
    if (below := folder_of(source)) and is_remedied(below):
        raise EncoderError(
            f"{described.file} names {described.base!r} as base, which is a remedy that was kept itself; a remedy mends rows as an"
            " encoder gives them; name that encoder"
        )
    try:
        base = load_encoder(source, revision=described.revision, template=template, **how)
        family = str(described.space["template"])
        if template is None and base.space.template != family:  # it was asked for by name then
            base = load_encoder(source, revision=described.revision, template=family, **how)
    except (ConfigError, EncoderError) as error:
        raise EncoderError(
            f"{folder} holds a remedy for rows of {described.base!r}, which cannot be loaded here ({error}); a remedy needs the"
            f" encoder that it was fitted on: put it there, or {described.moved()} (a whole path, one relative to that folder, a name of"
            " the catalogue, a hub id)"
        ) from error
    return on_base(described, base, called=called, source=str(folder))


def _hash_width(name: str) -> int:
    width = name.removeprefix("hash:")
    if not width.isascii() or not width.isdigit():
        raise ConfigError(
            f"encoder is {name!r}; the hash encoder is written hash:WIDTH; use for example hash:16"
        )
    return int(width)


def _family(name: str, listed: Entry | None, *, asked: str | None, tuned_with: str) -> tuple[str, str]:
    """Template family, and the sentence that states where it comes from."""
    if asked is not None:
        return asked, f"template family {asked}: as asked"
    if tuned_with:
        return get_template(tuned_with).family, f"template family {tuned_with}: the model was tuned with it"
    if listed is not None:
        return listed.template, f"template family {listed.template}: from the catalogue"
    family = family_of(name)
    if family == "plain":
        return family, "template family plain: it is not in the catalogue, and its name says nothing"
    return family, f"template family {family}: by its name; it is not in the catalogue"
