"""Measures ncclient's parser: reads lines "FRAMING CHUNK-BYTES MESSAGE-BYTES COUNT", answers each with bytes per second.

The parser is fed in this process by a session that keeps nothing: no SSH, no threads, no XML. Each line is measured with
reads of 4 KiB, as ncclient makes them, and of 32 KiB; the better one is the answer.
"""

import functools
import logging
import sys
import time
from io import BytesIO

import ncclient
from ncclient.transport.parser import DefaultXMLParser
from ncclient.transport.session import NetconfBase

ENTRY = (
    b"<interface><name>eth0/0/1</name><type>ianaift:ethernetCsmacd</type>"
    b"<enabled>true</enabled><mtu>1500</mtu></interface>\n"
)


class Session:
    """What the parser wants of a session."""

    def __init__(self, base):
        self._base = base
        self._buffer = BytesIO()
        self._message_list = []
        self._session_id = "1"
        self.id = "1"
        self.host = "localhost"
        self.messages = 0
        self.parser = DefaultXMLParser(self)

    def _dispatch_message(self, message):
        self.messages += 1


def text(length):
    return (ENTRY * (length // len(ENTRY) + 1))[:length]


@functools.lru_cache(maxsize=None)
def framed(framing, chunk_bytes, message_bytes, count):
    payload = text(message_bytes)
    if framing == "end-of-message":
        return (payload + b"]]>]]>") * count
    chunks = [payload[at : at + chunk_bytes] for at in range(0, message_bytes, chunk_bytes)]
    return (b"".join(b"\n#%d\n%s" % (len(chunk), chunk) for chunk in chunks) + b"\n##\n") * count


def seconds(framing, stream, read_bytes, count):
    session = Session(NetconfBase.BASE_11 if framing == "chunked" else NetconfBase.BASE_10)
    reads = [stream[at : at + read_bytes] for at in range(0, len(stream), read_bytes)]
    start = time.perf_counter()
    for read in reads:
        session.parser.parse(read)
    taken = time.perf_counter() - start
    if session.messages != count:
        raise SystemExit("%d of %d messages were found" % (session.messages, count))
    return taken


logging.disable(logging.CRITICAL)
sys.setrecursionlimit(100000)
print(ncclient.__version__, flush=True)
for line in sys.stdin:
    framing, *numbers = line.split()
    chunk_bytes, message_bytes, count = map(int, numbers)
    stream = framed(framing, chunk_bytes, message_bytes, count)
    best = min(seconds(framing, stream, read_bytes, count) for read_bytes in (4096, 32768))
    print(len(stream) / best, flush=True)
