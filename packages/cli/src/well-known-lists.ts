import type { NodeDescription } from "netconf-kit";

const interfaces = "urn:ietf:params:xml:ns:yang:ietf-interfaces";
const ip = "urn:ietf:params:xml:ns:yang:ietf-ip";
const system = "urn:ietf:params:xml:ns:yang:ietf-system";
const nacm = "urn:ietf:params:xml:ns:yang:ietf-netconf-acm";

const ipStep = (name: string): { readonly namespace: string; readonly name: string } => ({ namespace: ip, name });

/** Lists and leaf-lists of modules that most devices have: RFC 8343, 8344, 7317 and 8341. */
export const wellKnownLists: readonly NodeDescription[] = [
  { namespace: interfaces, path: ["interfaces", "interface"], keys: ["name"] },
  ...(["ipv4", "ipv6"] as const).flatMap((version): readonly NodeDescription[] => [
    { namespace: interfaces, path: ["interfaces", "interface", ipStep(version), ipStep("address")], keys: ["ip"] },
    { namespace: interfaces, path: ["interfaces", "interface", ipStep(version), ipStep("neighbor")], keys: ["ip"] },
  ]),
  { namespace: system, path: ["system", "ntp", "server"], keys: ["name"] },
  { namespace: system, path: ["system", "dns-resolver", "search"], kind: "leaf-list", userOrdered: true },
  { namespace: system, path: ["system", "dns-resolver", "server"], keys: ["name"], userOrdered: true },
  { namespace: system, path: ["system", "radius", "server"], keys: ["name"], userOrdered: true },
  {
    namespace: system,
    path: ["system", "authentication", "user-authentication-order"],
    kind: "leaf-list",
    userOrdered: true,
  },
  { namespace: system, path: ["system", "authentication", "user"], keys: ["name"] },
  { namespace: system, path: ["system", "authentication", "user", "authorized-key"], keys: ["name"] },
  { namespace: nacm, path: ["nacm", "groups", "group"], keys: ["name"] },
  { namespace: nacm, path: ["nacm", "groups", "group", "user-name"], kind: "leaf-list" },
  { namespace: nacm, path: ["nacm", "rule-list"], keys: ["name"], userOrdered: true },
  { namespace: nacm, path: ["nacm", "rule-list", "group"], kind: "leaf-list" },
  { namespace: nacm, path: ["nacm", "rule-list", "rule"], keys: ["name"], userOrdered: true },
];
