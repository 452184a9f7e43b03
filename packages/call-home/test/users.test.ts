import { describe, expect, it } from "vitest";
import { checkUsers, FailedUsers } from "../src/users.ts";

describe("FailedUsers", () => {
  it("remembers a failure for one device and one user, for an hour", () => {
    const failed = new FailedUsers();
    failed.remember("r7", "ops", 0);
    expect(failed.has("r7", "ops", 3_599_999)).toBe(true);
    expect(failed.has("r7", "ops", 3_600_000)).toBe(false);
    expect(failed.has("r7", "admin", 0)).toBe(false);
    expect(failed.has("r8", "ops", 0)).toBe(false);
  });

  it("lists what still counts, and takes it back as it was", () => {
    const failed = new FailedUsers({ expireAfter: 1000 });
    failed.remember("r7", "ops", 0);
    failed.remember("r7", "admin", 600);
    expect(failed.list(1000)).toEqual([{ device: "r7", user: "admin", expiresIn: 600 }]);
    failed.remember("r7", "ops", 1000, 50);
    expect(failed.list(1010)).toEqual([
      { device: "r7", user: "admin", expiresIn: 590 },
      { device: "r7", user: "ops", expiresIn: 40 },
    ]);
  });

  it("forgets one, those at a device, those of a user, or all when told to", () => {
    const make = () => {
      const failed = new FailedUsers();
      for (const device of ["r7", "r8"]) for (const user of ["ops", "admin"]) failed.remember(device, user, 0);
      return failed;
    };
    const left = (which?: { device?: string; user?: string }) => {
      const failed = make();
      failed.forget(which);
      return failed.list(0).map(({ device, user }) => `${device} ${user}`);
    };
    expect(left({ device: "r7", user: "ops" })).toEqual(["r7 admin", "r8 ops", "r8 admin"]);
    expect(left({ device: "r7" })).toEqual(["r8 ops", "r8 admin"]);
    expect(left({ user: "ops" })).toEqual(["r7 admin", "r8 admin"]);
    expect(left()).toEqual([]);
  });

  it("has room for 4096 devices; one more, and the one without news for longest is forgotten", () => {
    const failed = new FailedUsers();
    for (let i = 0; i < 4096; i++) failed.remember(`r${i}`, "ops", i);
    failed.remember("r0", "admin", 4096);
    expect(failed.list(5000)).toHaveLength(4097);
    failed.remember("one-more", "ops", 4097);
    expect(failed.has("r1", "ops", 5000)).toBe(false);
    expect(failed.has("r0", "ops", 5000)).toBe(true);
    expect(failed.list(5000)).toHaveLength(4097);
  });
});

describe("checkUsers", () => {
  it("refuses two users with one name", () => {
    checkUsers([
      { name: "a", credentials: 1 },
      { name: "b", credentials: 1 },
    ]);
    expect(() =>
      checkUsers([
        { name: "a", credentials: 1 },
        { name: "a", credentials: 2 },
      ]),
    ).toThrow(expect.objectContaining({ code: "invalid-argument" }));
  });
});
