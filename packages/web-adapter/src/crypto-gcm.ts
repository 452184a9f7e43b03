import type { CryptoProvider } from "@netconf-kit/ssh";
import { type WebSubtle, webBytes } from "./crypto-subtle.ts";

type GcmKey = ReturnType<CryptoProvider["aesGcm"]>;
type LaterGcm = NonNullable<GcmKey["later"]>;

/** AES-GCM of `crypto.subtle`. The key is handed over at once and cannot be taken out again. */
export function webGcm(subtle: WebSubtle, secret: Uint8Array, leastBytes: number): LaterGcm {
  const imported = subtle.importKey("raw", webBytes(secret), { name: "AES-GCM" }, false, ["encrypt", "decrypt"]);
  // A key that is never used may be refused in silence; whoever uses it is told.
  imported.catch(() => {});
  return {
    leastBytes,
    seal: async (nonce, additional, bytes) =>
      new Uint8Array(await subtle.encrypt(parameters(nonce, additional), await imported, webBytes(bytes))),
    open: async (nonce, additional, bytes) => {
      const key = await imported;
      try {
        return new Uint8Array(await subtle.decrypt(parameters(nonce, additional), key, webBytes(bytes)));
      } catch (error) {
        // Web Cryptography API §27.4.2: this is what a wrong tag is called.
        if (error instanceof Error && error.name === "OperationError") return undefined;
        throw error;
      }
    },
  };
}

function parameters(nonce: Uint8Array, additional: Uint8Array): Parameters<WebSubtle["encrypt"]>[0] {
  return { name: "AES-GCM", iv: webBytes(nonce), additionalData: webBytes(additional), tagLength: 128 };
}
