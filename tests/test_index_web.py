"""Fetching: what the guard refuses, and what a server may do to a reader. Everything stays on the loopback."""

import contextlib
import gzip
import re
import socket
import time
import zlib

import pytest
from news_server import answers, local_web, news_server

from index.addresses import is_address, redacted
from index.errors import SourceError
from index.ingest import web as web_module
from index.ingest.web import Web

pytestmark = pytest.mark.hostile


@pytest.fixture
def news():
    with news_server() as server:
        yield server


@pytest.fixture(scope="module")
def bait():
    """A server on the loopback that nobody may reach."""
    with news_server() as server:
        yield server


def refused(fetch, address, seconds=10):
    began = time.perf_counter()
    with pytest.raises(SourceError) as raised:
        fetch(address)
    assert time.perf_counter() - began < seconds
    assert "\n" not in str(raised.value) and ";" in str(raised.value)
    return str(raised.value)


NAMES = {
    "localhost": ["127.0.0.1"],
    "localhost.": ["127.0.0.1"],
    "ip6-localhost": ["::1"],
    "intranet": ["10.0.0.5"],
    "private.example": ["192.168.1.10"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "metadata.google.internal": ["169.254.169.254"],
    "mixed.example": ["93.184.216.34", "127.0.0.1"],
    "mixed6.example": ["2606:2800:220:1:248:1893:25c8:1946", "::1"],
    "nat64.example": ["64:ff9b::7f00:1"],
    "127.0.0.1.nip.example": ["127.0.0.1"],
    "xn--lcalhost-8ya.example": ["127.0.0.1"],
    "nowhere.example": [],
}


def resolve(host, port, *_, **__):
    """As a resolver does: names from the table, and every spelling of a number that inet_aton reads."""
    found = NAMES.get(host)
    if found is None:
        try:
            found = [socket.inet_ntoa(socket.inet_aton(host))]
        except OSError:
            found = []
    if not found:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return answers(found)(host, port)


def words(text):
    return text.split()


HOSTS = words("""
127.0.0.1 127.0.0.2 127.255.255.254 127.1 127.0.1 0.0.0.0 0 2130706433 0x7f000001 0x7f.0.0.1 0x7f.1 0177.0.0.1
017700000001 0177.0.0.0x1 00000177.1 127.0.0.1. 1.0.0.127.in-addr.arpa localhost LOCALHOST localhost. ip6-localhost
[::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [64:ff9b::127.0.0.1] [64:ff9b:1::7f00:1]
[2002:7f00:1::] [2001:0:7f00:1::] [fe80::1] [fe80::1%25lo] [fc00::1] [fd12:3456::1] [ff02::1] [100::1] [2001:db8::1]
10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 169.254.169.254 169.254.170.2 100.64.0.1 100.100.100.200
198.18.0.1 192.0.0.1 192.0.2.1 203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255 192.88.99.1
①②⑦.⓪.⓪.① １２７.０.０.１ 127。0。0。1 ⑯⑨。②⑤④。⑯⑨｡②⑤④ ʟocalhost ｌｏｃａｌｈｏｓｔ
intranet private.example mapped.example metadata.google.internal mixed.example mixed6.example nat64.example
127.0.0.1.nip.example nowhere.example
""")
ADDRESSES = [
    *(f"http://{host}:PORT/secret" for host in HOSTS),
    *(f"https://{host}/" for host in ("127.0.0.1", "[::1]", "localhost", "10.0.0.1", "169.254.169.254")),
    "http://user:pass@127.0.0.1:PORT/",
    "http://paper.example@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT#@paper.example/",
    "http://127.0.0.1:PORT\\@paper.example/",
    "http://paper.example\\@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT\t/",
    "http:\\\\127.0.0.1:PORT\\",
    "http:///127.0.0.1:PORT/",
    "http://127.0.0.1:PORT:80/",
    "http://127.0.0.1:99999/",
    "http://127.0.0.1:-1/",
    "http://[127.0.0.1]:PORT/",
    "http://[::1/",
    "http://127.0.0.1%00.paper.example:PORT/",
    "http://127.0.0.1%2f@paper.example:PORT/",
    "http://127.0.0.1\r\nHost: paper.example:PORT/",
    "file:///etc/passwd",
    "file://localhost/etc/passwd",
    "FILE:///etc/passwd",
    "ftp://127.0.0.1:PORT/",
    "gopher://127.0.0.1:PORT/_GET%20/",
    "dict://127.0.0.1:PORT/d:a",
    "ldap://127.0.0.1:PORT/",
    "data:text/html,<p>It is late.</p>",
    "javascript:alert(1)",
    "jar:http://127.0.0.1:PORT/!/a",
    "view-source:http://127.0.0.1:PORT/",
    "ws://127.0.0.1:PORT/",
    "unix:///var/run/docker.sock",
    "http://" + "a" * 9_000 + "/",
    "http://" + ".".join(["a" * 60] * 10) + ":PORT/",
]


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: repr(address)[:60])
def test_no_hostile_address_is_reached(bait, address):
    address = address.replace("PORT", str(bait.port))
    # Any port is allowed here, so that it is the address that decides; then as people have it.
    refused(Web(["198.51.100.7/32"], resolve).get, address)
    refused(Web(resolver=resolve).get, address)
    assert bait.asked == []


def test_the_corpus_is_large_enough():
    assert len(ADDRESSES) >= 60


# Those that are neither another spelling of 127.0.0.1 nor broken as a header.
_PLAIN = re.compile(r"127|0x7f|0177|017700|2130706433|①②|１|localhost|ｌ|ʟ|example|[\r\n\t]", re.IGNORECASE)
TARGETS = [address for address in ADDRESSES if not _PLAIN.search(address.replace("127.0.0.1:PORT", ""))]


@pytest.mark.parametrize("target", TARGETS, ids=lambda address: repr(address)[:60])
def test_no_redirect_leads_to_a_hostile_address(news, bait, target):
    # To this Web 127.0.0.1 is public: 127.0.0.2 stands in for it among the targets.
    target = target.replace("127.0.0.1:PORT", f"127.0.0.2:{bait.port}").replace("PORT", str(bait.port))
    news.pages["/"] = (302, {"Location": target}, b"")
    refused(local_web(resolver=resolve).get, news.address())
    assert bait.asked == []


def test_a_redirect_to_another_loopback_address_is_refused_at_the_hop(news):
    with news_server("127.0.0.2") as other:
        news.pages["/"] = (301, {"Location": other.address(host="127.0.0.2")}, b"")
        assert "127.0.0.2" in refused(local_web().get, news.address())
        assert (news.asked, other.asked) == (["/"], [])


def test_a_name_that_moves_between_two_lookups_is_not_followed(news):
    """DNS rebinding: the address that was checked is the one that is connected to."""
    with news_server("127.0.0.2") as other:
        moving = answers("127.0.0.1", "127.0.0.2", "127.0.0.2")
        news.pages["/"] = ("text/plain", "It is late.")
        fetch = local_web(resolver=moving).get
        assert fetch(f"http://paper.example:{news.port}/").data == b"It is late."
        assert "127.0.0.2" in refused(fetch, f"http://paper.example:{other.port}/")
        assert other.asked == []


def test_a_newsroom_can_allow_its_intranet_but_not_the_clouds_metadata(news):
    news.pages["/"] = ("text/plain", "It is late.")
    intranet = Web(web_module.PRIVATE_NETWORKS)
    assert intranet.get(news.address()).data == b"It is late."
    assert "169.254.169.254" in refused(intranet.get, "http://169.254.169.254/latest/meta-data/")


def test_credentials_are_neither_sent_nor_shown():
    assert "secret" not in refused(Web(resolver=resolve).get, "http://desk:secret@paper.example/")
    assert redacted("https://desk:secret@paper.example/a?b=c@d") == "https://paper.example/a?b=c@d"


def test_we_say_who_we_are(news):
    news.pages["/"] = ("text/plain", "It is late.")
    local_web().get(news.address())
    assert all(agent.startswith("onrecord/") for agent in news.user_agents)


# -- What a server may do ---------------------------------------------------------------------------------------------


@pytest.fixture
def hurried(monkeypatch):
    monkeypatch.setattr(web_module, "SECONDS", 1.5)
    monkeypatch.setattr(web_module, "MAX_BODY", 300_000)


def head(handler, *headers):
    handler.wfile.write("\r\n".join(["HTTP/1.1 200 OK", "Content-Type: text/html", *headers, "", ""]).encode())
    handler.wfile.flush()


def drip(handler):
    head(handler, "Content-Length: 1000")
    for _ in range(1000):
        handler.wfile.write(b"a")
        time.sleep(0.05)


def drip_headers(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for n in range(1000):
        handler.wfile.write(f"X-{n}: a\r\n".encode())
        handler.wfile.flush()
        time.sleep(0.05)


def endless(handler):
    head(handler)
    while True:
        handler.wfile.write(b"<p>It is late.</p>" * 1_000)


def hang(handler):
    time.sleep(4)


def cut_off(handler):
    head(handler, "Content-Length: 1000")
    handler.wfile.write(b"<p>It is")


def huge_header(handler):
    head(handler, "X-Long: " + "a" * 100_000)


def many_headers(handler):
    head(handler, *(f"X-{n}: a" for n in range(500)))


def no_http(handler):
    handler.wfile.write(b"220 mail.example ESMTP\r\n")


def broken_gzip(handler):
    head(handler, "Content-Encoding: gzip", "Content-Length: 9")
    handler.wfile.write(b"not gzip!")


def broken_chunks(handler):
    head(handler, "Transfer-Encoding: chunked")
    handler.wfile.write(b"FFFFFFFFFFFFFFFF\r\nabc")


SERVERS = {
    "a byte now and then": (drip, "longer than"),
    "headers one by one": (drip_headers, "longer than"),
    "an endless body": (endless, "larger than"),
    "silence": (hang, "longer than"),
    "a body cut off": (cut_off, "reached"),
    "a huge header": (huge_header, "reached"),
    "many headers": (many_headers, "reached"),
    "no HTTP": (no_http, "reached"),
    "broken gzip": (broken_gzip, "reached"),
    "broken chunks": (broken_chunks, ""),
    "a huge length": ((200, {"Content-Type": "text/html", "Content-Length": "10000000000"}, b""), "larger than"),
    "a gzip bomb": ((200, {"Content-Encoding": "gzip"}, gzip.compress(b"\0" * 50_000_000)), "larger than"),
    "a deflate bomb": ((200, {"Content-Encoding": "deflate"}, zlib.compress(b"\0" * 50_000_000)), "larger than"),
    "an unasked packing": ((200, {"Content-Encoding": "br"}, b"abc"), "'br'"),
    "several packings": ((200, {"Content-Encoding": "gzip, gzip"}, b"abc"), "packed"),
    "a loop": ((302, {"Location": "/"}, b""), "5 times"),
    "a redirect to nowhere": ((302, {"Location": "http://[bad/"}, b""), ""),
    "no right": ((403, {}, b""), "(403)"),
    "payment": ((402, {}, b""), "(402)"),
    "gone": ((410, {}, b""), "(410)"),
    "busy": ((429, {}, b""), "try again later"),
    "broken": ((500, {}, b""), "(500)"),
    "nothing": ((204, {}, b""), "(204)"),
}


@pytest.mark.parametrize(("page", "words"), SERVERS.values(), ids=SERVERS)
def test_what_a_server_does_is_bounded(news, hurried, page, words):
    news.pages["/"] = page
    assert words in refused(local_web().get, news.address())


def test_redirects_and_addresses_that_swallow_connections_share_the_time(news, monkeypatch):
    monkeypatch.setattr(web_module, "SECONDS", 1.5)

    def slow(handler):
        time.sleep(0.4)
        handler.wfile.write(b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")

    news.pages["/"] = slow
    assert "longer than" in refused(local_web().get, news.address(), 2.5)
    with contextlib.ExitStack() as opened:
        full = opened.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(3):  # Its line of waiting connections is full.
            waiting = opened.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        fetch = local_web(resolver=answers(["127.0.0.1"] * 4)).get
        assert "longer than" in refused(fetch, f"http://paper.example:{full.getsockname()[1]}/", 2.5)


def test_packed_answers_are_unpacked(news):
    text = b"It is late. " * 10_000
    for packing, packed in {"gzip": gzip.compress(text), "deflate": zlib.compress(text)}.items():
        news.pages["/"] = (200, {"Content-Encoding": packing, "Content-Type": "text/plain"}, packed)
        assert local_web().get(news.address()).data == text


def test_the_answer_says_where_it_came_from_and_what_it_is(news):
    news.pages["/a"] = (302, {"Location": "b?c=é d"}, b"")
    news.pages["/b?c=%C3%A9%20d"] = ("Text/HTML; charset=ISO-8859-1", b"late")
    got = local_web().get(news.address("/a"))
    assert got.address.endswith("/b?c=é%20d")
    assert (got.content_type, got.charset, got.data) == ("text/html", "iso-8859-1", b"late")


def test_robots_and_pauses_hold_for_pages_that_no_person_chose(news, monkeypatch):
    slept = []
    monkeypatch.setattr(web_module.time, "sleep", slept.append)
    news.pages |= {
        "/robots.txt": ("text/plain", "User-agent: *\nDisallow: /private\nCrawl-delay: 3\n"),
        "/a": ("text/plain", "It is late."),
        "/private/a": ("text/plain", "It is late."),
    }
    web = local_web()
    assert "robots.txt" in refused(web.get_politely, news.address("/private/a"))
    web.get_politely(news.address("/a"))
    web.get_politely(news.address("/a"))
    assert news.asked == ["/robots.txt", "/a", "/a"]
    assert 2 < slept[-1] <= 3
    assert web.get(news.address("/private/a")).data == b"It is late."


@pytest.mark.parametrize(
    "source", ["http://a/b", "HTTPS://a", "ftp://a", "file:///a", "data:text/html,a", "http:\\\\a"]
)
def test_what_is_meant_as_an_address(source):
    assert is_address(source)


@pytest.mark.parametrize("source", ["a.txt", "/a/b.txt", "C:\\a.txt", "a: b.txt", "./http/a", "-"])
def test_what_is_meant_as_a_file(source):
    assert not is_address(source)
