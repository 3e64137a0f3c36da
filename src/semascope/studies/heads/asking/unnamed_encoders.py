"""Which encoders a study compares where it names none, and the sentence that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.encoders.catalogue import default_encoders, encoder_of_environment
from semascope.encoders.packaged.e5_small import E5_SMALL, EXTRA
from semascope.extras import has_wheels
from semascope.words.texts import listing

if TYPE_CHECKING:
    from semascope.studies.heads.asking.settings import Study


def encoders_of(study: Study) -> tuple[list[str], list[str]]:
    """Names of the encoders of a study, in order, and what to say of them: nothing where the study names them.

    None where it gives vectors and names no encoder.
    """
    if study.encoder or study.vectors:
        return list(study.encoder), []
    names = default_encoders()
    if encoder_of_environment():
        return names, [f"encoder {names[0]}, as SEMASCOPE_ENCODER says"]
    if len(names) > 1:
        return names, [
            f"encoders {listing(names)}: all packaged ones that are installed, because none was named"
        ]
    more = ""
    if E5_SMALL not in names and has_wheels(EXTRA):
        more = f"; pip install 'semascope[{EXTRA}]' brings {E5_SMALL} to compare it with"
    return names, [f"encoder {names[0]}, the packaged one, because none was named{more}"]
