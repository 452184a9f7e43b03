import { describe, expect, it } from "vitest";
import { type AuthAttempt, allowLogin, formatPublicKey, parseAuthorizedKeys } from "../src/mod.ts";
import { fingerprintOf, keys } from "./support.ts";

const authorizedKeys = parseAuthorizedKeys(
  formatPublicKey({ type: keys.user.type, publicBlob: keys.user.publicBlob, comment: "" }),
);
const common = { failures: 0, requests: 1, completed: [] };

function withKey(key: typeof keys.user, username = "ops"): AuthAttempt {
  const { type: algorithm, publicBlob } = key;
  return {
    ...common,
    method: "publickey",
    username,
    algorithm,
    publicBlob,
    fingerprint: fingerprintOf(key),
    proved: true,
  };
}

function withPassword(password: string, username = "ops"): AuthAttempt {
  return { ...common, method: "password", username, password };
}

describe("allowLogin()", () => {
  it("lets in an authorized key under any name, or only under the given one", () => {
    expect(allowLogin({ authorizedKeys })(withKey(keys.user, "anybody"))).toEqual({ accept: true });
    expect(allowLogin({ authorizedKeys, username: "ops" })(withKey(keys.user))).toEqual({ accept: true });
    expect(allowLogin({ authorizedKeys, username: "ops" })(withKey(keys.user, "root"))).toEqual({ accept: false });
  });

  it("refuses another key, and every key when none is authorized", () => {
    expect(allowLogin({ authorizedKeys })(withKey(keys.stranger))).toEqual({ accept: false });
    expect(allowLogin({})(withKey(keys.user))).toEqual({ accept: false });
  });

  it("lets in the right password of the right user only", () => {
    const decide = allowLogin({ username: "ops", password: "tiger" });
    expect(decide(withPassword("tiger"))).toEqual({ accept: true });
    for (const wrong of ["", "tige", "tigers", "Tiger", "tiger\0", "tigertiger"]) {
      expect(decide(withPassword(wrong)), wrong).toEqual({ accept: false });
    }
    expect(decide(withPassword("tiger", "root"))).toEqual({ accept: false });
  });

  it("lets nobody in by an empty password when there is none", () => {
    expect(allowLogin({ username: "ops" })(withPassword(""))).toEqual({ accept: false });
    expect(allowLogin({ username: "ops", password: "" })(withPassword("x"))).toEqual({ accept: false });
  });

  it("refuses the method none, and a password without a user name", () => {
    expect(allowLogin({ authorizedKeys })({ ...common, method: "none", username: "ops" })).toEqual({ accept: false });
    expect(() => allowLogin({ password: "tiger" })).toThrow("without a user name");
  });
});
