import type { Layer, LayerOf } from "./examination.ts";

/** Which layer an error of a session over SSH or TLS belongs to, by its code: some come up later than what they are about. */
export const layerOf: LayerOf = (error, current) => {
  const { layer, code } = layeredOf(error);
  if (current === "key exchange" || current === "host key")
    return code.startsWith("host-key-") ? "host key" : undefined;
  // A device of TLS 1.3 refuses our certificate after our part of the handshake is over, when we wait for its hello.
  if (current === "tls" || current === "login") return layer === "tls" ? tlsLayerOf(code) : afterLogin(layer);
  if (current === "framing") return layer === "framing" || NOTHING_WHOLE.has(code) ? "framing" : "reply";
  return undefined;
};

/** An error of a protocol, whatever made it: the outermost one tells what it is about. */
function layeredOf(error: unknown): { readonly layer: string; readonly code: string } {
  for (let each = error, depth = 0; each instanceof Error && depth < MAX_CAUSES; each = each.cause, depth++)
    if ("layer" in each && "code" in each) return { layer: String(each.layer), code: String(each.code) };
  return { layer: "", code: "" };
}

const MAX_CAUSES = 8;

const OUR_CERTIFICATE =
  /^alert-(.*certificate.*|unknown-ca|access-denied|decrypt-error)$|^closed-after-handshake$|^alert-no-certificate$/;
const THEIR_CERTIFICATE = /^certificate-|^wrong-|^revocation-unknown$/;

function tlsLayerOf(code: string): Layer | undefined {
  if (OUR_CERTIFICATE.test(code)) return "login";
  return THEIR_CERTIFICATE.test(code) ? "certificate" : undefined;
}

function afterLogin(layer: string): Layer | undefined {
  return layer === "netconf" || layer === "xml" || layer === "framing" ? "hello" : undefined;
}

/** Nothing whole has come since the framing was changed: that is where to look first. */
const NOTHING_WHOLE: ReadonlySet<string> = new Set(["peer-closed-mid-message", "peer-closed", "timeout-rpc"]);
