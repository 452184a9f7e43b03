const MIB = 1 << 20;
const BASE = "urn:ietf:params:xml:ns:netconf:base:1.0";

/** A get-config reply of 10 MiB as ietf-interfaces has it: short leaves, laid out, two declarations an entry. */
export function interfacesDocument(): Uint8Array {
  return document(
    `<interfaces xmlns="urn:ietf:params:xml:ns:yang:ietf-interfaces">\n`,
    (i) => `   <interface>
    <name>GigabitEthernet0/0/${i}</name>
    <description>uplink to core-${i % 37}</description>
    <type xmlns:ianaift="urn:ietf:params:xml:ns:yang:iana-if-type">ianaift:ethernetCsmacd</type>
    <enabled>true</enabled>
    <ipv4 xmlns="urn:ietf:params:xml:ns:yang:ietf-ip">
     <mtu>1500</mtu>
     <address>
      <ip>10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}</ip>
      <prefix-length>24</prefix-length>
     </address>
    </ipv4>
   </interface>
`,
    "  </interfaces>\n",
  );
}

/** A reply of 10 MiB that is mostly text, as the output of a command is. */
export function textDocument(): Uint8Array {
  return document(
    "<configuration-information>\n",
    (i) => `<configuration-output>
## Last commit: 2024-05-${10 + (i % 20)} 11:22:33 UTC by admin
${`interfaces { ge-0/0/${i % 48} { unit 0 { family inet { address 192.0.2.${i % 256}/24; } description "to peer ${i}"; } } }\n`.repeat(24)}</configuration-output>
`,
    "</configuration-information>\n",
  );
}

/** The ids of the requests, and a reply to each. */
export function okReplies(count: number): readonly Uint8Array[] {
  const encoder = new TextEncoder();
  return Array.from({ length: count }, (_, i) =>
    encoder.encode(`<rpc-reply xmlns="${BASE}" message-id="${i + 1}"><ok/></rpc-reply>`),
  );
}

function document(start: string, entry: (i: number) => string, end: string): Uint8Array {
  const parts = [
    `<?xml version="1.0" encoding="UTF-8"?>\n<rpc-reply xmlns="${BASE}" message-id="101">\n <data>\n  ${start}`,
  ];
  for (let i = 0, length = 0; length < 10 * MIB; i++) {
    const text = entry(i);
    parts.push(text);
    length += text.length;
  }
  return new TextEncoder().encode(`${parts.join("")}${end} </data>\n</rpc-reply>\n`);
}
