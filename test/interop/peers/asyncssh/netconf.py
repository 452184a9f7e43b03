"""NETCONF as small as it gets, for both roles: framing, hello, and a responder. No I/O."""
import re
import xml.etree.ElementTree as ElementTree

BASE = "urn:ietf:params:xml:ns:netconf:base:1.0"
NOTIFICATION = "urn:ietf:params:xml:ns:netconf:notification:1.0"
CAPABILITY = "urn:ietf:params:netconf:"


class Framer:
    """Both framings of RFC 6242. The first message is always ended by ]]>]]>."""

    def __init__(self):
        self.chunked = False
        self.buffer = b""

    def encode(self, message):
        data = message.encode()
        return b"\n#%d\n%s\n##\n" % (len(data), data) if self.chunked else data + b"]]>]]>"

    def feed(self, data):
        self.buffer += data

    def next(self):
        """The next whole message as text, or None."""
        if not self.chunked:
            message, mark, rest = self.buffer.partition(b"]]>]]>")
            if not mark:
                return None
            self.buffer = rest
            return message.decode()
        position, message = 0, b""
        while True:
            header = re.compile(rb"\n#(#|[1-9][0-9]*)\n").match(self.buffer, position)
            if header is None:
                return None
            position = header.end()
            if header[1] == b"#":
                self.buffer = self.buffer[position:]
                return message.decode()
            size = int(header[1])
            message += self.buffer[position : position + size]
            position += size


def hello(versions, session_id=None, more=()):
    names = [f"base:{version}" for version in versions] + list(more)
    capabilities = "".join(f"<capability>{CAPABILITY}{name}</capability>" for name in names)
    identifier = "" if session_id is None else f"<session-id>{session_id}</session-id>"
    return f'<hello xmlns="{BASE}"><capabilities>{capabilities}</capabilities>{identifier}</hello>'


def read_hello(text):
    """(capabilities, session-id or None)"""
    root = ElementTree.fromstring(text.strip())
    if root.tag != f"{{{BASE}}}hello":
        raise ValueError(f"expected a hello, got {root.tag}")
    return [each.text.strip() for each in root.iter(f"{{{BASE}}}capability")], root.findtext(f"{{{BASE}}}session-id")


def common_version(versions, capabilities):
    both = [version for version in versions if f"{CAPABILITY}base:{version}" in capabilities]
    if not both:
        raise ValueError("no base version in common")
    return max(both)


class Responder:
    """Answers get, get-config, create-subscription (with one event) and close-session; rpc-error for the rest."""

    def __init__(self, versions, data_bytes):
        self.versions, self.data_bytes = versions, data_bytes
        self.framer = Framer()
        self.greeted = self.closed = False

    def greeting(self, session_id):
        return self.framer.encode(hello(self.versions, session_id, ["capability:notification:1.0"]))

    def receive(self, data, log):
        self.framer.feed(data)
        while not self.closed and (message := self.framer.next()) is not None:
            if not self.greeted:
                capabilities, _ = read_hello(message)
                version = common_version(self.versions, capabilities)
                self.greeted, self.framer.chunked = True, version == "1.1"
                log(event="hello", base=version, capabilities=capabilities)
                continue
            rpc = ElementTree.fromstring(message.strip())
            operation = rpc[0].tag.rpartition("}")[2]
            log(event="rpc", operation=operation)
            for answer in self.answers(rpc.get("message-id"), operation):
                yield self.framer.encode(answer)

    def answers(self, message_id, operation):
        event = ""
        if operation in ("get", "get-config"):
            filler = "x" * self.data_bytes
            body = f'<data><top xmlns="urn:example:peer"><name>peer</name><filler>{filler}</filler></top></data>'
        elif operation == "create-subscription":
            body = "<ok/>"
            time = "<eventTime>2024-01-01T00:00:00Z</eventTime>"
            event = f'<notification xmlns="{NOTIFICATION}">{time}<happened xmlns="urn:example:peer"/></notification>'
        elif operation == "close-session":
            body, self.closed = "<ok/>", True
        else:
            kind = "<error-type>protocol</error-type><error-tag>operation-not-supported</error-tag>"
            body = f"<rpc-error>{kind}<error-severity>error</error-severity></rpc-error>"
        yield f'<rpc-reply message-id="{message_id}" xmlns="{BASE}">{body}</rpc-reply>'
        if event:
            yield event
