"""A web server on the loopback that gives what a test tells it to."""

import contextlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from index.ingest.web import Web


class NewsServer:
    """`pages` maps a path to (content type, body), to (status, headers, body), or to a function of the handler."""

    def __init__(self, port):
        self.port = port
        self.pages = {}
        self.asked = []
        self.user_agents = set()

    def address(self, path="/", host="127.0.0.1"):
        return f"http://{host}:{self.port}{path}"


@contextlib.contextmanager
def news_server(host="127.0.0.1"):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            news.asked.append(self.path)
            news.user_agents.add(self.headers["User-Agent"])
            page = news.pages.get(self.path, (404, {}, b"no such page"))
            if callable(page):
                with contextlib.suppress(OSError):
                    page(self)
                self.close_connection = True
                return
            status, headers, body = page if len(page) == 3 else (200, {"Content-Type": page[0]}, page[1])
            body = body.encode() if isinstance(body, str) else body
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer((host, 0), Handler)
    server.daemon_threads = True
    news = NewsServer(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield news
    finally:
        server.shutdown()
        server.server_close()


def answers(*addresses):
    """A resolver that gives these addresses for every name, one list after another when there are several."""
    lists = [[one] if isinstance(one, str) else list(one) for one in addresses]

    def resolve(host, port, *_, **__):
        found = lists.pop(0) if len(lists) > 1 else lists[0]
        return [
            (socket.AF_INET6 if ":" in ip else socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in found
        ]

    return resolve


def local_web(**options):
    """A Web to which 127.0.0.1, and no other address of this machine, is as public as any."""
    return Web(["127.0.0.1/32"], **options)
