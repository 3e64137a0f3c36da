"""Results kept between runs: hits, other settings, damage, folders that cannot be written."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.maps.laying_out import layout_cache
from semascope.maps.laying_out.layout_cache import LayoutCache, digest, make_key

SHAPES = {"coordinates": (3, 2)}
ARRAYS = {"coordinates": np.arange(6.0).reshape(3, 2)}


def never():
    raise AssertionError("computed again")


def test_a_result_is_computed_once(tmp_path):
    cache = LayoutCache(tmp_path / "new")
    cache.get_or_make("pca-1", SHAPES, lambda: ARRAYS)
    found = LayoutCache(tmp_path / "new").get_or_make("pca-1", SHAPES, never)
    np.testing.assert_array_equal(found["coordinates"], ARRAYS["coordinates"])
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["pca-1.npz"]


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "foreign", "other shape", "other name"])
def test_a_damaged_file_is_computed_anew_with_a_warning(tmp_path, damage):
    cache = LayoutCache(tmp_path)
    cache.get_or_make("pca-1", SHAPES, lambda: ARRAYS)
    path = tmp_path / "pca-1.npz"
    content = bytearray(path.read_bytes())
    place = content.find(np.float64(5.0).tobytes())
    content[place + 3] ^= 0xFF
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:100])
    elif damage == "flipped":
        path.write_bytes(bytes(content))
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "foreign":
        path.write_bytes(b"not a layout")
    elif damage == "other shape":
        np.savez(path, coordinates=np.zeros((4, 2)))
    else:
        np.savez(path, places=np.zeros((3, 2)))
    with pytest.warns(UserWarning, match=r"pca-1\.npz .*computed anew"):
        found = cache.get_or_make("pca-1", SHAPES, lambda: ARRAYS)
    np.testing.assert_array_equal(found["coordinates"], ARRAYS["coordinates"])
    cache.get_or_make("pca-1", SHAPES, never)  # it was replaced


def test_no_pickle_is_ever_loaded(tmp_path):
    np.savez(tmp_path / "pca-1.npz", coordinates=np.array([[object()] * 2] * 3))
    with pytest.warns(UserWarning, match="cannot be read"):
        LayoutCache(tmp_path).get_or_make("pca-1", SHAPES, lambda: ARRAYS)


def test_a_folder_that_cannot_be_written_costs_no_result(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.warns(UserWarning, match="cannot be written"):
        found = LayoutCache(tmp_path / "file").get_or_make("pca-1", SHAPES, lambda: ARRAYS)
    assert found is ARRAYS


def test_an_interrupted_write_leaves_nothing(tmp_path, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(layout_cache.np, "savez", stop)
    with pytest.raises(KeyboardInterrupt):
        LayoutCache(tmp_path).get_or_make("pca-1", SHAPES, lambda: ARRAYS)
    assert list(tmp_path.iterdir()) == []


def test_the_platform_folder_is_the_default():
    assert LayoutCache().folder.parts[-2:] == ("semascope", "layouts")


def test_the_digest_is_of_all_numbers():
    vectors = np.random.default_rng(0).standard_normal((70_000, 2)).astype(np.float32)
    assert digest(vectors) == digest(np.asfortranarray(vectors))
    other = vectors.copy()
    other[-1, -1] += 1
    assert (
        len({digest(vectors), digest(other), digest(vectors[:-1]), digest(vectors.astype(np.float64))}) == 4
    )


def test_the_key_is_of_method_settings_and_versions(monkeypatch):
    keys = [
        make_key("umap", vectors="a", min_dist=0.1),
        make_key("umap", vectors="a", min_dist=0.2),
        make_key("umap", vectors="b", min_dist=0.1),
        make_key("tsne", vectors="a", min_dist=0.1),
    ]
    assert make_key("umap", min_dist=0.1, vectors="a") == keys[0]
    monkeypatch.setattr(layout_cache, "version", lambda package: f"{package} 99")
    keys.append(make_key("umap", vectors="a", min_dist=0.1))
    assert len(set(keys)) == 5
