"""Batched float32 products through numpy's library: what they give, when they are taken, on how many threads."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

torch = pytest.importorskip("torch")

from threadpoolctl import threadpool_info, threadpool_limits  # noqa: E402

from semascope.cli import processor  # noqa: E402
from semascope.encoders.engine import products  # noqa: E402
from semascope.encoders.engine.packed_attention import attend, lay_out  # noqa: E402

WIDE = "flags\t\t: fpu avx512f avx512cd avx512bw avx512dq avx512vl\n"
AMD, INTEL = "vendor_id\t: AuthenticAMD\n", "vendor_id\t: GenuineIntel\n"


@pytest.fixture
def through_numpy(monkeypatch):
    monkeypatch.setattr(products, "kernels_of_numpy", lambda: "SkylakeX")


@pytest.mark.parametrize("faster", [True, False])
@pytest.mark.parametrize("shape", [(3, 5, 4, 7), (1, 1, 1, 1), (2, 300, 32, 300), (4, 3, 9, 1), (0, 3, 2, 5)])
def test_products_are_the_products(shape, faster, monkeypatch):
    monkeypatch.setattr(products, "kernels_of_numpy", lambda: "SkylakeX" if faster else "")
    batch, rows, inner, columns = shape
    left, right = torch.randn((batch, rows, inner)), torch.randn((batch, columns, inner))
    found = products.batched_product(left, right.transpose(1, 2))
    expected = left.double() @ right.double().transpose(1, 2)
    torch.testing.assert_close(found.double(), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("kernels", "rows", "work", "expected"),
    [
        ("SkylakeX", 200, 32 * 200, [100, 100]),
        ("SkylakeX", 257, 32 * 257, [85, 86, 86]),
        ("SkylakeX", 150, 32 * 150, [150]),  # small as it is
        ("SkylakeX", 512, 128 * 512, [512]),  # parts of 15 rows would be slower
        ("Haswell", 200, 32 * 200, [200]),
    ],
)
def test_rows_are_parted_only_where_it_pays(kernels, rows, work, expected, monkeypatch):
    monkeypatch.setattr(products, "kernels_of_numpy", lambda: kernels)
    parts = products._parts(rows, work)
    assert [part.stop - part.start for part in parts] == expected
    assert [place for part in parts for place in range(rows)[part]] == list(range(rows))


def test_bfloat16_stays_with_torch(through_numpy):
    left = torch.randn((2, 3, 4)).bfloat16()  # numpy has no such type
    torch.testing.assert_close(
        products.batched_product(left, left.transpose(1, 2)), left @ left.transpose(1, 2)
    )


@pytest.mark.parametrize("causal", [False, True])
def test_attention_through_numpy_is_attention(causal, through_numpy):
    lengths = [300, 300, 17, 1]
    query, key, value = (torch.randn((sum(lengths), heads, 16)) for heads in (4, 2, 2))
    found = attend(query, key, value, lay_out([[0] * n for n in lengths]), scale=0.25, causal=causal)
    start = 0
    for length in lengths:
        q, k, v = (part[start : start + length].double().transpose(0, 1) for part in (query, key, value))
        expected = torch.nn.functional.scaled_dot_product_attention(
            q, k.repeat_interleave(2, 0), v.repeat_interleave(2, 0), scale=0.25, is_causal=causal
        )
        torch.testing.assert_close(
            found[start : start + length].double(), expected.transpose(0, 1), atol=1e-5, rtol=1e-4
        )
        start += length


@pytest.mark.parametrize(
    ("text", "kernels", "expected"),
    [
        (AMD, "SkylakeX", "SkylakeX"),
        (AMD, "Haswell", "Haswell"),
        (AMD, "Prescott", ""),  # a processor of 2004: no kernels worth the way
        (AMD, None, ""),  # numpy was built with another library
        (INTEL, "SkylakeX", ""),
        ("", "Haswell", ""),
    ],
)
def test_numpy_multiplies_on_amd_where_it_has_good_kernels(text, kernels, expected, tmp_path, monkeypatch):
    (tmp_path / "cpuinfo").write_text(text)
    monkeypatch.setattr(products, "_PROCESSOR", tmp_path / "cpuinfo")
    monkeypatch.setattr(products, "_numpy_libraries", lambda: [{"architecture": kernels}] if kernels else [])
    assert products.kernels_of_numpy.__wrapped__() == expected


def test_numpys_own_library_is_found_whatever_the_environment_is_called(monkeypatch):
    site = "/home/me/numpy/numpy-env/lib/python3.12/site-packages"
    own = [f"{site}/numpy.libs/libscipy_openblas64_.so", f"{site}/numpy/.dylibs/libscipy_openblas64_.dylib"]
    others = [f"{site}/scipy.libs/libscipy_openblas.so", "/usr/lib/libopenblas.so.0"]
    found = [{"user_api": "blas", "filepath": path} for path in (others[0], *own, others[1])]
    monkeypatch.setattr("threadpoolctl.threadpool_info", lambda: found)
    assert [each["filepath"] for each in products._numpy_libraries()] == own


def numpy_threads():
    return [found["num_threads"] for found in threadpool_info() if "numpy" in found["filepath"]]


def test_one_thread_while_anyone_computes_and_all_of_them_after(through_numpy):
    with threadpool_limits(2, user_api="blas"):
        before = numpy_threads()
        if not before:
            pytest.skip("numpy's library cannot be seen here")
        first_is_in, second_is_out, seen = threading.Event(), threading.Event(), []

        def first():
            with products.one_thread_a_product():
                first_is_in.set()
                second_is_out.wait(10)
                seen.append(numpy_threads())

        thread = threading.Thread(target=first)
        thread.start()
        first_is_in.wait(10)
        with products.one_thread_a_product():
            seen.append(numpy_threads())
        second_is_out.set()
        thread.join()
        assert seen == [[1], [1]]
        assert numpy_threads() == before == [2]


def test_a_limit_of_somebody_else_that_ends_meanwhile_is_not_made_to_last(through_numpy):
    with threadpool_limits(2, user_api="blas"):
        if not numpy_threads():
            pytest.skip("numpy's library cannot be seen here")
        head, encoder = threadpool_limits(1, user_api="blas"), products.one_thread_a_product()
        head.__enter__()
        encoder.__enter__()
        head.__exit__(None, None, None)
        encoder.__exit__(None, None, None)
        assert numpy_threads() == [2]


@pytest.mark.parametrize(
    ("text", "given", "expected"),
    [
        (AMD + WIDE, None, "SkylakeX"),
        (AMD + WIDE, "Zen", "Zen"),  # what the user set stays
        (INTEL + WIDE, None, None),
        (AMD + "flags\t\t: fpu avx2 avx512f\n", None, None),
        (AMD, None, None),
        ("", None, None),
    ],
)
def test_kernels_are_named_only_where_the_processor_has_them(text, given, expected, tmp_path, monkeypatch):
    import os

    (tmp_path / "cpuinfo").write_text(text)
    monkeypatch.setattr(processor, "_PROCESSOR", tmp_path / "cpuinfo")
    monkeypatch.setenv("OPENBLAS_CORETYPE", given or "")
    if given is None:
        monkeypatch.delenv("OPENBLAS_CORETYPE")
    processor.choose_kernels()
    assert os.environ.get("OPENBLAS_CORETYPE") == expected


def test_without_a_list_of_flags_nothing_is_named(tmp_path, monkeypatch):
    import os

    monkeypatch.setattr(processor, "_PROCESSOR", tmp_path / "nowhere")
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
    processor.choose_kernels()
    assert "OPENBLAS_CORETYPE" not in os.environ


@pytest.mark.parametrize(("name", "own"), [("GOMP_SPINCOUNT", "10000"), ("TOKENIZERS_PARALLELISM", "false")])
@pytest.mark.parametrize("given", [None, "77"])
def test_a_service_has_the_cores_for_its_own_threads_unless_the_user_says_otherwise(
    name, own, given, monkeypatch
):
    import os

    monkeypatch.setenv(name, given or "")
    if given is None:
        monkeypatch.delenv(name)
    processor.leave_cores_free()
    assert os.environ[name] == (given or own)


def test_the_command_names_them_before_numpy_is_loaded():
    program = "import sys; import semascope.cli.verbs; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], timeout=60).returncode == 0
