"""No password and no key stands in what is shown of an address, and whoever is far away is never taken for this machine."""

import logging

import pytest

from index.addresses import destination, redacted, redacted_server
from index.errors import OnrecordError
from rag.llm.client import open_remote
from ui.cli.app import RedactingFormatter

WORD = "s3cr3t"
ADDRESSES = (
    f"http://user:{WORD}@h.example/v1",
    f"http://user:{WORD}/x@h.example/v1",
    f"http://user:{WORD}?x@h.example/v1",
    f"http://user:{WORD}#x@h.example/v1",
    f"http://:{WORD}@h.example",
    f"http://{WORD}@h.example/v1",
    f"http://h.example/v1?api_key={WORD}",
    f"http://h.example/v1?x=1&token={WORD}#f",
    f"http://user:{WORD}%40x@h.example",
    f"http://user:{WORD}@[::1]:99999/v1",
    f"http://user:{WORD}@[::1/v1",
    f"http://user:{WORD}@h.example:99999",
    f"http://[fe80::1%25eth0]:80/?password={WORD}",
    f"http://h.example/?mail=a@b&key={WORD}",
)
MISSPELT = (
    f"user:{WORD}@h.example",
    f"http:/user:{WORD}@h.example",
    f"//user:{WORD}@h.example",
    f"http%3A//u:{WORD}%40h",
)


@pytest.mark.parametrize("address", [*ADDRESSES, *MISSPELT])
def test_a_servers_secrets_are_in_no_message(address):
    assert WORD not in redacted_server(address) and WORD not in str(destination(address))
    with pytest.raises(OnrecordError) as failed:
        open_remote(None, "key", address.replace("h.example", "127.0.0.1:9"))
    assert WORD not in str(failed.value)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_sources_secrets_are_in_no_report_and_no_log(address):
    record = logging.LogRecord("httpx", logging.INFO, "", 0, "HTTP Request: POST %s", (address,), None)
    assert WORD not in redacted(address) and WORD not in RedactingFormatter("%(message)s").format(record)


@pytest.mark.parametrize("address", ["https://medium.example/@ann/story?id=7", "http://h.example:8080/a:b@c?page=2"])
def test_an_address_without_secrets_is_shown_whole(address):
    assert redacted(address) == address


@pytest.mark.parametrize("address", ["http://far.example/x@127.0.0.1", "http://far.example?@localhost/", "far.example"])
def test_a_far_host_is_not_taken_for_this_machine(address):
    assert destination(address) == "far.example"
