"""A small server on the loopback that speaks OpenAI's API: chat completions, models and embeddings, with faults on demand."""

import json
import socket
import struct
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class OpenAIServer(ThreadingHTTPServer):
    """Replies with `reply` to every chat request, unless `faults` holds a fault for it: each is used once, in order; the
    last one stays if `for_ever`. `requests` holds what was asked for: path, authorization and body.
    """

    daemon_threads = True
    request_queue_size = 256  # Of http.server's 5, the sixth caller at once would wait a second for the network.
    block_on_close = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.reply = "Hello."
        self.models = ["loopback-7b", "loopback-1b"]
        self.faults = []
        self.for_ever = False
        self.requests = []
        self.stopped = threading.Event()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, request, client_address):
        """A client that leaves is no error here."""


@contextmanager
def openai_server(*faults, for_ever=False, reply="Hello."):
    with OpenAIServer() as server:
        server.faults, server.for_ever, server.reply = list(faults), for_ever, reply
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield server
        finally:
            server.stopped.set()
            server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    server: OpenAIServer

    def log_message(self, *arguments):
        """Nothing is written to the terminal."""

    def do_GET(self):
        self._remember(None)
        if not self._fault():
            models = [{"id": id, "object": "model", "created": 0, "owned_by": "test"} for id in self.server.models]
            self.send("application/json", json.dumps({"object": "list", "data": models}))

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self._remember(body)
        if self._fault():
            return
        if self.path.endswith("/embeddings"):
            rows = [
                {"object": "embedding", "index": n, "embedding": _letters(text)} for n, text in enumerate(body["input"])
            ]
            usage = {"prompt_tokens": 1, "total_tokens": 1}
            self.send("application/json", json.dumps({"object": "list", "data": rows, "model": "m", "usage": usage}))
        elif body.get("stream"):
            self.start("text/event-stream")
            self.write(*events(self.server.reply, body))
        else:
            choice = {"index": 0, "finish_reason": "stop", "message": _said(self.server.reply)}
            self.send("application/json", json.dumps(_completion(body, [choice]) | {"usage": USAGE}))

    def start(self, kind, status=200, **headers):
        self.send_response(status)
        self.send_header("content-type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def send(self, kind, text, status=200, **headers):
        data = text.encode()
        self.start(kind, status, content_length=len(data), **headers)
        self.wfile.write(data)

    def write(self, *lines):
        for line in lines:
            self.wfile.write(line.encode())
            self.wfile.flush()

    def _remember(self, body):
        self.server.requests.append((self.path, self.headers.get("authorization"), body))

    def _fault(self):
        faults = self.server.faults
        if not faults:
            return False
        fault = faults[0] if self.server.for_ever and len(faults) == 1 else faults.pop(0)
        fault(self)
        return True


# What goes out

USAGE = {"prompt_tokens": 321, "completion_tokens": 12, "total_tokens": 333}


def events(reply, body=None):
    """A whole reply as server-sent events: its words, why it ended, what it used, the end."""
    body = body or {}
    for word in reply.split(" "):
        yield event(body, delta={"content": word + " "})
    yield event(body, delta={}, finish_reason="stop")
    yield f"data: {json.dumps(_completion(body, []) | {'object': 'chat.completion.chunk', 'usage': USAGE})}\n\n"
    yield "data: [DONE]\n\n"


def event(body, delta, finish_reason=None):
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return f"data: {json.dumps(_completion(body, [choice]) | {'object': 'chat.completion.chunk'})}\n\n"


def _completion(body, choices):
    name = body.get("model", "loopback-7b")
    return {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": name, "choices": choices}


def _said(text):
    return {"role": "assistant", "content": text}


def _letters(text):
    """A vector of how often each letter stands in a text."""
    return [float(text.lower().count(chr(97 + n))) + 0.1 for n in range(26)]


# What goes wrong: each takes the handler of one request


def status(code, message="no", **headers):
    def fault(handler):
        sent = handler.headers.get("authorization")  # as OpenAI does, it repeats a part of the key
        error = {"error": {"message": f"{message}: {sent}", "type": "test", "code": code}}
        handler.send("application/json", json.dumps(error), code, **headers)

    return fault


def refusing(*names):
    """As OpenAI's API: status 400 for a request that has one of these parameters, else the reply."""

    def fault(handler):
        _, _, sent = handler.server.requests[-1]
        refused = next((name for name in names if name in sent), None)
        if not refused:
            handler.start("text/event-stream")
            handler.write(*events(handler.server.reply, sent))
            return
        error = {
            "message": f"Unsupported parameter: '{refused}' is not supported with this model.",
            "type": "invalid_request_error",
            "param": refused,
            "code": "unsupported_parameter",
        }
        handler.send("application/json", json.dumps({"error": error}), 400)

    return fault


def narrow(characters):
    """Status 400 for a prompt of more characters than this, as a server with a small context."""

    def fault(handler):
        _, _, sent = handler.server.requests[-1]
        if sum(len(message["content"]) for message in sent["messages"]) <= characters:
            handler.start("text/event-stream")
            handler.write(*events(handler.server.reply, sent))
            return
        error = {"message": "This model's maximum context length is 512 tokens.", "code": "context_length_exceeded"}
        handler.send("application/json", json.dumps({"error": error}), 400)

    return fault


def body(kind, text):
    """Status 200 with this body, whatever was asked for."""
    return lambda handler: handler.send(kind, text)


def stream(*lines):
    """A stream of these lines that then ends, politely and without a word."""

    def fault(handler):
        handler.start("text/event-stream")
        handler.write(*lines)

    return fault


def hang(handler):
    """Not a byte until the test is over."""
    handler.server.stopped.wait(30)


def stall(*lines):
    """These lines, and then nothing."""

    def fault(handler):
        handler.start("text/event-stream")
        handler.write(*lines)
        handler.server.stopped.wait(30)

    return fault


def pings(handler):
    """Comments that keep the connection alive and say nothing."""
    handler.start("text/event-stream")
    while not handler.server.stopped.wait(0.05):
        handler.write(": ping\n\n")


def drips(handler):
    """Headers without an end, one now and then."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while not handler.server.stopped.wait(0.05):
        handler.wfile.write(b"x-more: 1\r\n")


def reset(*lines):
    """These lines, and then the connection is thrown away."""

    def fault(handler):
        handler.start("text/event-stream", content_length=100_000)
        handler.write(*lines)
        time.sleep(0.05)
        drop(handler)

    return fault


def drop(handler):
    """The connection thrown away without a word."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
