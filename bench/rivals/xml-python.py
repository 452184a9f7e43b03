"""Measures lxml and pyexpat: its argument says which; reads lines "HOW FILE", answers each with bytes (or messages) per second.

The argument is "lxml" or "pyexpat". HOW is "tree" (lxml), "events" (pyexpat with namespaces and without handlers, so the least
that it can do) or "replies": one message a line, each parsed and its message-id found.
"""

import functools
import sys
import time
from xml.parsers import expat


@functools.lru_cache(maxsize=None)
def contents(path):
    with open(path, "rb") as file:
        return file.read()


def with_lxml(how, document):
    from lxml import etree

    if how == "tree":
        etree.fromstring(document, etree.XMLParser(huge_tree=True))
        return len(document)
    messages = document.splitlines()
    found = [etree.fromstring(message).get("message-id") for message in messages]
    return len(found)


def with_expat(how, document):
    if how == "events":
        expat.ParserCreate(namespace_separator=" ").Parse(document, True)
        return len(document)
    found = []

    def start(name, attributes):
        if "message-id" in attributes:
            found.append(attributes["message-id"])

    for message in document.splitlines():
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = start
        parser.Parse(message, True)
    return len(found)


def main():
    parser = sys.argv[1]
    if parser == "lxml":
        from lxml import etree

        print(etree.__version__, flush=True)
    else:
        print(expat.EXPAT_VERSION.replace("expat_", ""), flush=True)
    measured = with_lxml if parser == "lxml" else with_expat
    for line in sys.stdin:
        how, path = line.split()
        document = contents(path)
        started = time.perf_counter()
        amount = measured(how, document)
        print(amount / (time.perf_counter() - started), flush=True)


main()
