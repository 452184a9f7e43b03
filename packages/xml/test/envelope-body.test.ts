import { describe, expect, it } from "vitest";
import { EnvelopeScanner } from "../src/mod.ts";
import { utf8 } from "./support.ts";

const BASE = "urn:ietf:params:xml:ns:netconf:base:1.0";
const envelope = new EnvelopeScanner();

function scan(body: string, attributes = `xmlns="${BASE}" message-id="7"`): object {
  envelope.scan(utf8(`<rpc-reply ${attributes}>${body}</rpc-reply>`));
  const { checked, bare, mentionsError } = envelope;
  return { checked, bare, mentionsError };
}

const unread = { checked: false, bare: false, mentionsError: false };
const unusual = `xmlns="${BASE}" message-id="7" user="x"`;

describe("EnvelopeScanner: what it says of a body", () => {
  it("is bare when there is nothing but ok", () => {
    const bare = { checked: true, bare: true, mentionsError: false };
    expect(scan("<ok/>")).toEqual(bare);
    expect(scan("\n <ok/>\n")).toEqual(bare);
    for (const body of ["<ok></ok>", "<ok/><x/>", "<!-- --><ok/>"])
      expect(scan(body)).toEqual({ ...bare, bare: false });
    expect(scan("<ok/>", unusual)).toEqual({ ...bare, bare: false });
  });

  it("is open for data and other results, unless the whole message had to be read", () => {
    expect(scan("<data/>".replace("/>", "></data>"))).toEqual(unread);
    expect(scan("<data></oops></data>")).toEqual(unread);
    expect(scan("<x/>")).toEqual(unread);
    expect(scan("<data></data>", unusual)).toEqual({ ...unread, checked: true });
    expect(scan("")).toEqual({ ...unread, checked: true });
  });

  it("mentions an error wherever it is written", () => {
    for (const body of [
      "<rpc-error></rpc-error>",
      "<n:rpc-error xmlns:n='urn:n'/>",
      "<x-results><rpc-error/></x-results>",
      "<data><a>rpc-error</a></data>",
      "<!-- rpc-error --><ok/>",
    ]) {
      expect(scan(body), body).toMatchObject({ mentionsError: true });
      expect(scan(body, unusual), body).toMatchObject({ mentionsError: true });
    }
    expect(scan("<data><a>rpc-erro r</a></data>")).toEqual(unread);
  });

  it("forgets what it said of the message before", () => {
    scan("<rpc-error></rpc-error>");
    expect(scan("<data></data>")).toEqual(unread);
    scan("<ok/>");
    expect(scan("<data></data>")).toEqual(unread);
  });
});
