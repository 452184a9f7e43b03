import { listenTcp } from "@netconf-kit/node-adapter";
import type { DuplexSocket } from "@netconf-kit/socket";

/*
 * A process of its own, so that the reader's memory is the reader's alone: speaks just enough NETCONF 1.1 to answer one request
 * with a reply of about so many bytes (first argument), or sends the same bytes bare when the peer says "bare".
 */

const total = Number(process.argv[2]);
const encoder = new TextEncoder();
const base = "urn:ietf:params:xml:ns:netconf:base:1.0";
const hello = `<hello xmlns="${base}"><capabilities><capability>urn:ietf:params:netconf:base:1.1</capability></capabilities><session-id>1</session-id></hello>]]>]]>`;
const entry = `<interface><name>GigabitEthernet0/0/1</name><description>link to the barn</description><type>ianaift:ethernetCsmacd</type><enabled>true</enabled><mtu>1500</mtu></interface>\n`;
const block = encoder.encode(entry.repeat(256));
const head = encoder.encode(
  `<rpc-reply xmlns="${base}" message-id="1"><data><interfaces xmlns="urn:ietf:params:xml:ns:yang:ietf-interfaces" xmlns:ianaift="urn:ietf:params:xml:ns:yang:iana-if-type">`,
);
const tail = encoder.encode("</interfaces></data></rpc-reply>");

const listener = await listenTcp();
process.stdout.write(`${listener.port}\n`);
for await (const socket of listener) serve(socket).catch(() => {});

async function serve(socket: DuplexSocket): Promise<void> {
  const blocks = Math.ceil(total / block.length);
  const first = new TextDecoder().decode(await socket.read());
  if (first === "bare") {
    for (let i = 0; i < blocks; i++) await socket.write(block);
    await socket.close();
    return;
  }
  await socket.write(encoder.encode(hello));
  let received = first;
  while (!received.includes("</rpc>")) received += new TextDecoder().decode(await socket.read());
  await socket.write(chunk(head));
  for (let i = 0; i < blocks; i++) await socket.write(chunk(block));
  await socket.write(Buffer.concat([chunk(tail), encoder.encode("\n##\n")]));
  while ((await socket.read()) !== undefined) {
    // The client closes.
  }
  await socket.close();
}

function chunk(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([encoder.encode(`\n#${bytes.length}\n`), bytes]);
}
