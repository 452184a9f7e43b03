import { randomBytes, webcrypto } from "node:crypto";
import { formatPrivateKey, generateKey } from "netconf-kit";
import { describe, expect, it } from "vitest";
import { authenticationOf, holdKey } from "../src/state/credentials.ts";

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

describe("holdKey()", () => {
  it("hands a key to WebCrypto, which does not give it out", async () => {
    const key = await holdKey(webcrypto.subtle, formatPrivateKey(generateKey("ecdsa-sha2-nistp256", random)));
    expect(key).toMatchObject({ type: "ecdsa-sha2-nistp256", holder: "webcrypto" });
    expect(key.fingerprint).toMatch(/^SHA256:/);
    expect(key.signer).not.toHaveProperty("exportSecret");
  });

  it("keeps a key in the page where there is no WebCrypto", async () => {
    const key = await holdKey(undefined, formatPrivateKey(generateKey("ssh-ed25519", random)));
    expect(key.holder).toBe("page");
  });

  it("asks for the passphrase of an encrypted key", async () => {
    const text = formatPrivateKey(generateKey("ssh-ed25519", random), { passphrase: "tiger", random, rounds: 1 });
    await expect(holdKey(undefined, text)).rejects.toMatchObject({ code: "key-encrypted" });
    await expect(holdKey(undefined, text, "lion")).rejects.toMatchObject({ code: "key-passphrase-wrong" });
    expect(await holdKey(undefined, text, "tiger")).toMatchObject({ type: "ssh-ed25519" });
  });

  it("refuses what is no key", async () => {
    await expect(holdKey(undefined, "no key")).rejects.toMatchObject({ code: "key-format" });
  });
});

describe("authenticationOf()", () => {
  const answer = (prompts: readonly { readonly prompt: string; readonly echo: boolean }[]): unknown => {
    const interactive = authenticationOf({ username: "ops", password: "tiger" }).at(-1);
    if (interactive?.method !== "keyboard-interactive") throw new Error("the last method is another one");
    return interactive.respond({ name: "", instruction: "", prompts });
  };

  it("tries a key before the password, and nothing without either", async () => {
    const key = await holdKey(undefined, formatPrivateKey(generateKey("ssh-ed25519", random)));
    const methods = authenticationOf({ username: "ops", password: "tiger", key }).map(({ method }) => method);
    expect(methods).toEqual(["publickey", "password", "keyboard-interactive"]);
    expect(authenticationOf({ username: "ops" })).toEqual([]);
  });

  it("answers one hidden question with the password, and no other (RFC 4256 §3.2)", () => {
    expect(answer([{ prompt: "Password: ", echo: false }])).toEqual(["tiger"]);
    expect(() => answer([{ prompt: "Your name: ", echo: true }])).toThrow();
    expect(() =>
      answer([
        { prompt: "Password: ", echo: false },
        { prompt: "Code: ", echo: false },
      ]),
    ).toThrow();
  });
});
