// The examples of RFC 6242, with the line feeds that its notation shows.

const base = "urn:ietf:params:xml:ns:netconf:base:1.0";

/** RFC 6242 §3.1. */
export const hello = [
  '<?xml version="1.0" encoding="UTF-8"?>',
  `<hello xmlns="${base}">`,
  "  <capabilities>",
  "    <capability>",
  "      urn:ietf:params:netconf:base:1.1",
  "    </capability>",
  "  </capabilities>",
  "</hello>",
  "",
].join("\n");

/** RFC 6242 §4.2: the message and how it could be encoded. */
export const closeSession = `<rpc message-id="102"\n     xmlns="${base}">\n  <close-session/>\n</rpc>`;
export const closeSessionChunks = `\n#4\n<rpc\n#18\n message-id="102"\n\n#79\n     xmlns="${base}">\n  <close-session/>\n</rpc>\n##\n`;

/** RFC 6242 §4.3. */
export const getConfig = [
  '<?xml version="1.0" encoding="UTF-8"?>',
  '<rpc message-id="105"',
  `xmlns="${base}">`,
  "  <get-config>",
  "    <source><running/></source>",
  '    <config xmlns="http://example.com/schema/1.2/config">',
  "     <users/>",
  "    </config>",
  "  </get-config>",
  "</rpc>",
  "",
].join("\n");

/** RFC 6242 §5: both directions. */
export const exitRequest = `<?xml version="1.0" encoding="UTF-8"?>\n<rpc message-id="106"\n     xmlns="${base}">\n  <close-session/>\n</rpc>`;
export const exitReply = `<?xml version="1.0" encoding="UTF-8"?>\n<rpc-reply id="106"\n           xmlns="${base}">\n  <ok/>\n</rpc-reply>`;
export const exitRequestChunks = `\n#140\n${exitRequest}\n##\n`;
export const exitReplyChunks = `\n#139\n${exitReply}\n##\n`;
