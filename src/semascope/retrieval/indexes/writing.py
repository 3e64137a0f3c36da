"""Adding to an index and deleting from it: a new segment, or a list of what is gone, and then a new card over the old.

Whoever reads sees the old card or the new one. What a writer that died has left is named by no card.
"""

from __future__ import annotations

import secrets
import warnings
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from semascope.data.odd import is_empty
from semascope.encoders.remedied.folder import FILES
from semascope.errors import ConfigError, DataError
from semascope.files import LOCK, PARTIAL, replacing, writing_folder
from semascope.retrieval.indexes.card import CARD, installed, is_index, read_card
from semascope.retrieval.indexes.contents import merged_contents, new_contents
from semascope.retrieval.indexes.document_file import DocumentFile
from semascope.retrieval.indexes.hits import Added, Deleted
from semascope.retrieval.indexes.kept_files import Kept, remove
from semascope.retrieval.indexes.remedies import is_inside
from semascope.retrieval.indexes.segment import SEGMENTS, write_segment
from semascope.retrieval.words.tokens import main_language
from semascope.store.checks import CrcWriter
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from semascope.retrieval.collections.collection import Documents
    from semascope.retrieval.indexes.card import Card, SegmentCard
    from semascope.retrieval.indexes.encoding import Encoders
    from semascope.retrieval.indexes.opened import Opened
    from semascope.retrieval.indexes.segment import Segment
    from semascope.types import Ints, Progress

_LOOKED_AT = 5_000  # documents whose language says how words are read


_inside: ContextVar[frozenset[Path]] = ContextVar("inside", default=frozenset())


@contextmanager
def writing(folder: Path, *, say: Callable[[str], None] = lambda line: None) -> Iterator[None]:
    """Be the one writer of an index; others wait. Whoever is inside may come in again, so that several steps are one.

    Parameters
    ----------
    say
        Gets the line that says that we wait.
    """
    place = folder.resolve()
    if place in _inside.get():
        yield
        return
    with writing_folder(folder, {}, what="index", say=say):
        before = _inside.set(_inside.get() | {place})
        try:
            yield
        finally:
            _inside.reset(before)


def refuse_taken(path: Path) -> None:
    """Refuse a folder that cannot become an index: what a writer has left that died while it made one is no reason."""
    if is_index(path):
        if not read_card(path).segments:
            return  # nothing is lost
        raise ConfigError(
            f"{path} is an index; a new one needs a folder of its own; open it with Index.open, or choose another path"
        )
    if path.exists() and (not path.is_dir() or not all(map(_is_left_over, path.iterdir()))):
        raise ConfigError(
            f"{path} exists and is not empty; an index needs a folder of its own; choose another path"
        )


def _is_left_over(path: Path) -> bool:
    if is_inside(path.name) and path.is_dir():
        return all(each.name in FILES or _is_left_over(each) for each in path.iterdir())
    if path.name == SEGMENTS and path.is_dir():
        return all(map(_is_left_over, path.iterdir()))
    return path.name == LOCK or (path.name.startswith(".") and path.name.endswith(PARTIAL))


def add_documents(
    opened: Opened, encoders: Encoders, documents: Documents, *, replace: bool, progress: Progress = silent
) -> Added:
    """Add documents; parameters and errors are those of ``Index.add``. The caller is the one writer."""
    opened.catch_up()
    file = DocumentFile.of(documents)
    fresh, replaced = _sorted_out(opened.segments, file, replace=replace)
    skipped = len(file) - len(fresh)
    if not len(fresh):
        return Added(added=0, replaced=0, skipped=skipped)
    new = file.take(fresh).documents(others=True)
    recipe = opened.card.recipe
    if not recipe.is_settled:
        recipe = recipe.settled(main_language(new.texts[:_LOOKED_AT])[0])
    contents, account = new_contents(new, recipe, encoders, progress=progress)
    made = write_segment(opened.path, contents, recipe.engine, progress=progress)
    cards = _without(opened, replaced)
    opened.write(
        opened.card.model_copy(update={"recipe": recipe, "segments": (*cards, made), "versions": installed()})
    )
    _tidy(opened, progress)
    empty = {name for name, text in zip(new.ids, new.texts, strict=True) if is_empty(text)}
    return Added(
        added=len(fresh),
        replaced=sum(map(len, replaced)),
        skipped=skipped,
        empty=tuple(name for name in documents.ids if name in empty),
        cut=0 if account is None else account.truncated_rows,
        tokens_lost_share=0.0 if account is None else account.tokens_lost_share,
        bills=() if account is None else account.bills,
    )


def delete_documents(opened: Opened, ids: Sequence[str]) -> Deleted:
    """Delete documents by their ids. The caller is the one writer."""
    opened.catch_up()
    wanted = pa.array(list(dict.fromkeys(ids)), pa.large_string())
    gone = []
    known = np.zeros(len(wanted), dtype=np.bool_)
    for segment in opened.segments:
        places = segment.places(wanted)
        known |= places >= 0
        gone.append(np.sort(places[places >= 0]))
    deleted = sum(map(len, gone))
    if deleted:
        opened.write(opened.card.model_copy(update={"segments": _without(opened, gone)}))
        _tidy(opened, silent)
    return Deleted(deleted=deleted, unknown=tuple(wanted.filter(pa.array(~known)).to_pylist()))


def _sorted_out(segments: Sequence[Segment], file: DocumentFile, *, replace: bool) -> tuple[Ints, list[Ints]]:
    """Places of the documents that are new or other, and of each segment those that they take the place of."""
    known = np.zeros(len(file), dtype=np.bool_)
    replaced = []
    for segment in segments:
        places = segment.places(file.ids)
        mine = np.flatnonzero(places >= 0)
        apart = segment.documents.take(places[mine]).differing(file.take(mine))
        known[mine] = [not what for what in apart]
        if any(apart) and not replace:
            first, what = next((place, what) for place, what in zip(mine, apart, strict=True) if what)
            raise DataError(
                f"document {file.ids[first].as_py()!r} is in the index with {what}; an id names one document; give it another"
                " id, or replace the one that is there (--replace, in Python replace=True)"
            )
        replaced.append(np.sort(places[mine[~known[mine]]]))
    return np.flatnonzero(~known), replaced


def _without(opened: Opened, gone: Sequence[Ints]) -> tuple[SegmentCard, ...]:
    """The cards of the segments once some documents of each are gone."""
    cards = []
    for segment, places in zip(opened.segments, gone, strict=True):
        if not len(places):
            cards.append(segment.card)
            continue
        there = segment.there.copy()
        there[places] = False
        if there.any():
            cards.append(_with_deletions(opened.path / SEGMENTS, segment.card, np.flatnonzero(~there)))
    return tuple(cards)


def _with_deletions(folder: Path, card: SegmentCard, gone: Ints) -> SegmentCard:
    name = f"deleted-{secrets.token_hex(6)}.npy"
    with replacing(folder / name) as file:
        sink = CrcWriter(file)
        np.lib.format.write_array(sink, gone, allow_pickle=False)
        kept = Kept(file.tell(), f"{sink.crc:08x}")
    return card.model_copy(update={"deleted": len(gone), "deletions": name, "deletions_kept": kept})


def _tidy(opened: Opened, progress: Progress) -> None:
    """Merge the segments that are due, and remove what no card names; what the caller did is done, whatever comes of it."""
    try:
        _merge(opened, progress)
    except Exception as error:  # of any kind: who is told that it failed would do again what is on the disk
        warnings.warn(
            f"{opened.path} is written, and its segments could not be merged ({type(error).__name__}: {error}); searching goes"
            " on, a little slower; the next change tries again",
            UserWarning,
            stacklevel=4,
        )


def _merge(opened: Opened, progress: Progress) -> None:
    due = merge_due(opened.card.segments)
    if due:
        merged = merged_contents([opened.segments[place] for place in due], opened.card.recipe)
        made = write_segment(opened.path, merged, opened.card.recipe.engine, progress=progress)
        kept = tuple(each for place, each in enumerate(opened.card.segments) if place not in due)
        opened.write(opened.card.model_copy(update={"segments": (*kept, made)}))
    _sweep(opened.path, opened.card)


def merge_due(cards: Sequence[SegmentCard]) -> list[int]:
    """Places of the segments that become one: the newest as long as the one before is not twice as large; and those of
    which more than half is deleted.

    So an index of n documents has some log2(n) segments, and each document is written as often.
    """
    sizes = [card.documents - card.deleted for card in cards]
    start, total = len(cards) - 1, sizes[-1] if sizes else 0
    while start > 0 and sizes[start - 1] <= 2 * total:
        start -= 1
        total += sizes[start]
    due = set(range(start, len(cards))) if len(cards) - start > 1 else set()
    due |= {place for place, card in enumerate(cards) if 2 * card.deleted > card.documents}
    return sorted(due)


def _sweep(folder: Path, card: Card) -> None:
    """Remove what no card names; what is half written too, because its writer had the lock that we have now."""
    named = {each.name for each in card.segments} | {each.deletions for each in card.segments}
    alone = (folder / LOCK).is_file()  # where nothing can be locked another writer may be at work
    for path in (folder / SEGMENTS).iterdir():
        if path.name not in named and (alone or not path.name.endswith(PARTIAL)):
            remove(path)
    if alone:
        for path in folder.glob(f".{CARD}.*{PARTIAL}"):
            remove(path)
