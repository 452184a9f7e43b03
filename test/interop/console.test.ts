import { element } from "netconf-kit";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type ConsolePages, type OpenPage, startConsole } from "./console-page.ts";
import {
  access,
  connect,
  fillIn,
  interfaceXml,
  isFocused,
  PASSWORD,
  pasteKey,
  tabTo,
  textOfRunning,
} from "./console-steps.ts";
import { ifNamespace, makeOurCaller, type OurDevice, startOurServer } from "./our-ends.ts";
import type { Page } from "./peers/browser.ts";
import { requirePeer } from "./peers/peers.ts";

// A browser beside everything else: a busy machine takes its time.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

describe.runIf(requirePeer("chromium"))("the console in Chromium, through the relay", () => {
  let console: ConsolePages;
  let first: OurDevice;
  let second: OurDevice;
  let open: OpenPage;
  const stops: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    first = await startOurServer(access);
    second = await startOurServer({ ...access, interfaces: 1 });
    console = await startConsole([`127.0.0.1:${first.port}`, `127.0.0.1:${second.port}`]);
  });
  afterAll(async () => {
    await console?.close();
    await first?.stop();
    await second?.stop();
  });
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });

  /** A fresh page; what the browser complains about fails the test. */
  const start = async (): Promise<Page> => {
    open = await console.open();
    stops.push(open.close, async () => expect(open.complaints).toEqual([]));
    return open.page;
  };

  it("is small", () => {
    expect(console.gzipBytes).toBeLessThan(200_000);
  });

  it("keeps the token of the relay out of its address, its storage and its text", async () => {
    const page = await start();
    await page.getByRole("heading", { name: "Connect to a device" }).waitFor();
    expect(await page.evaluate<string>("location.href")).not.toContain("token");
    expect(await page.evaluate<string>("JSON.stringify(localStorage) + document.cookie")).toBe("{}");
  });

  it("draws markup of a device as text", async () => {
    const page = await start();
    await connect(page, first);
    await page.keyboard.press("r");
    await page.locator("[name=rpc]").fill('<x xmlns="urn:example">&lt;img src=x onerror=alert(1)&gt;</x>');
    await page.getByRole("button", { name: /^Send/ }).click();
    await page.locator("[data-test=reply]").waitFor();
    await page.locator("h1").click();
    await page.keyboard.press("t");
    await page.locator("[data-test=transcript]").getByText("&lt;img").first().waitFor({ state: "attached" });
    expect(await page.locator("main img").count()).toBe(0);
  });

  it("asks for the host key once, remembers it, and logs in by a key that the browser holds (RFC 4251 §4.1)", async () => {
    const page = await start();
    await fillIn(page, first.port);
    await pasteKey(page);
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await page.getByRole("heading", { name: "Is this your device?" }).waitFor();
    expect(await page.locator("[data-test=fingerprint]").textContent()).toBe(first.fingerprint);
    await open.screenshot("host-key");
    await page.getByLabel("Call it").fill("router-7");
    await page.getByRole("button", { name: "Approve and remember" }).click();
    await page
      .getByRole("treeitem", { name: /interfaces/ })
      .first()
      .waitFor();

    await page.keyboard.press("n");
    await page.getByText(`at 127.0.0.1:${first.port}`).waitFor();
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await page
      .getByRole("treeitem", { name: /interfaces/ })
      .first()
      .waitFor();
    expect(await page.getByRole("heading", { name: "Is this your device?" }).count()).toBe(0);

    await page.keyboard.press("n");
    await page.getByRole("button", { name: "Revoke the key of router-7" }).click();
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await page.getByRole("button", { name: "Refuse" }).click();
    await page.getByText(/host-key-rejected/).waitFor();
  });

  it("shows capabilities, the configuration as a tree with a search, and moves in it by keys", async () => {
    const page = await start();
    await connect(page, first);
    await page.keyboard.press("c");
    await page.getByText("urn:ietf:params:netconf:capability:candidate:1.0").waitFor();
    await page.getByText(/mlkem768x25519-sha256/).waitFor();

    await page.keyboard.press("/");
    await page.keyboard.press("e");
    await page.locator("[name=search]").fill("eth1");
    await page.getByText("1 found.").waitFor();
    expect(await page.locator(".node.found").textContent()).toContain("eth1");
    await page.locator("[name=search]").fill("");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowLeft");
    await page.locator("[aria-expanded=false]").first().waitFor();
    expect(await page.getByRole("treeitem").count()).toBe(1);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("End");
    await open.screenshot("data");
    await page.emulateMedia({ colorScheme: "light" });
    await page.keyboard.press("?");
    await page.getByRole("heading", { name: "Keys", exact: true }).waitFor();
    await open.screenshot("keys-light");
    await page.keyboard.press("Escape");
    await page.keyboard.press("m");
    await page.getByRole("button", { name: "Theme: dark" }).waitFor();
  });

  it("is used from the form to a committed change by keys alone", async () => {
    const page = await start();
    const { keyboard } = page;
    await page.getByRole("heading", { name: "Connect to a device" }).waitFor();
    // Drawn is not yet listening.
    while (!(await isFocused(page, "#target"))) await keyboard.press("n");
    await keyboard.type(`127.0.0.1:${second.port}`);
    for (const [field, text] of [
      ["[name=username]", "ops"],
      ["[name=password]", PASSWORD],
    ] as const) {
      await tabTo(page, field);
      await keyboard.type(text);
    }
    await keyboard.press("Enter");
    await page.getByRole("heading", { name: "Is this your device?" }).waitFor();
    await tabTo(page, ".question button.primary");
    await keyboard.press("Enter");
    await page
      .getByRole("treeitem", { name: /interfaces/ })
      .first()
      .waitFor();
    await keyboard.press("e");
    await tabTo(page, "[name=edit]");
    await keyboard.type(interfaceXml("eth0", "by keys"));
    await tabTo(page, "[data-test=show-difference]");
    await keyboard.press("Enter");
    await tabTo(page, "[data-test=commit-trial]");
    await keyboard.press("Enter");
    await page.locator("[data-test=countdown]").waitFor();
    await keyboard.press("k");
    await page.getByText("The change is kept.").waitFor();
    expect(textOfRunning(second)).toContain("by keys");
  });

  it("shows a difference before it commits, and keeps a confirmed commit when asked to (RFC 6241 §8.4)", async () => {
    const page = await start();
    await connect(page, second, "branch-3");
    await page.keyboard.press("n");
    await connect(page, first, "router-7");
    await page.keyboard.press("e");
    await page.locator("[name=edit]").fill(interfaceXml("eth0", "kept by the console"));
    await page.getByRole("button", { name: "Show the difference" }).click();
    await page.getByText(/\+ .*kept by the console/).waitFor();
    expect(textOfRunning(first)).not.toContain("kept by the console");
    await page.getByRole("button", { name: "Commit for a trial" }).click();
    await page.locator("[data-test=countdown]").waitFor();
    expect(await page.locator("[data-test=countdown]").textContent()).toMatch(/^(1:00|0:5\d)$/);
    expect(textOfRunning(first)).toContain("kept by the console");
    await open.screenshot("countdown");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /^Keep/ }).click();
    await page.getByText("The change is kept.").waitFor();
    expect(textOfRunning(first)).toContain("kept by the console");
  });

  it("says so when the device undoes a change that nobody kept, and undoes one at once (RFC 6241 §8.4.1, §8.4.4.1)", async () => {
    const page = await start();
    await connect(page, first);
    await page.keyboard.press("e");
    for (const way of ["expires", "is undone"] as const) {
      await page.locator("[name=edit]").fill(interfaceXml("eth1", `it ${way}`));
      await page.getByRole("button", { name: "Show the difference" }).click();
      await page.locator("[name=seconds]").fill(way === "expires" ? "1" : "60");
      await page.getByRole("button", { name: "Commit for a trial" }).click();
      await page.locator("[data-test=countdown]").waitFor();
      if (way === "is undone") await page.getByRole("button", { name: "Undo now" }).click();
      await page.locator("[data-test=outcome], [role=alert]").waitFor();
      expect(await page.locator("main").textContent()).toMatch(
        way === "expires" ? /Nobody kept the change/ : /The change was undone\./,
      );
      expect(textOfRunning(first)).not.toContain(`it ${way}`);
    }
  });

  it("shows rpc-errors and its own refusals in words", async () => {
    const page = await start();
    await connect(page, first);
    await page.keyboard.press("e");
    await page.locator("[name=edit]").fill("<interfaces><not-closed></interfaces>");
    await page.getByRole("button", { name: "Show the difference" }).click();
    await page.getByText("not-well-formed").waitFor();
    const missing = `<interfaces xmlns="${ifNamespace}"><interface xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation="delete"><name>no</name></interface></interfaces>`;
    await page.locator("[name=edit]").fill(missing);
    await page.getByRole("button", { name: "Show the difference" }).click();
    await page.getByText("The device refused the operation").waitFor();
    await page.getByText(/data-missing at /).waitFor();
  });

  it("shows notifications as they come, and sends any operation (RFC 5277)", async () => {
    const page = await start();
    await connect(page, first);
    await page.keyboard.press("v");
    await page.getByRole("button", { name: "Subscribe" }).click();
    await page.getByRole("button", { name: "Subscribed" }).waitFor();
    first.server.notify(element("link-down", "urn:example:events", [element("port", "urn:example:events", "7")]));
    await page.getByText("link-down", { exact: true }).waitFor();
    await page.locator("h1").click();
    await page.keyboard.press("r");
    await page
      .locator("[name=rpc]")
      .fill('<get-config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><source><running/></source></get-config>');
    await page.keyboard.press("Control+Enter");
    await page.getByText(/<rpc-reply/).waitFor();
  });

  it("keeps a transcript without secrets (RFC 6241 §3)", async () => {
    const page = await start();
    await connect(page, first);
    await page.keyboard.press("r");
    const secret = `<edit-config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><target><candidate/></target><config><user xmlns="urn:example"><password>tiger</password></user></config></edit-config>`;
    await page.locator("[name=rpc]").fill(secret);
    await page.getByRole("button", { name: /^Send/ }).click();
    await page.locator("[data-test=reply]").waitFor();
    await page.getByRole("button", { name: /^Transcript/ }).click();
    const said = await page.locator("[data-test=transcript]").evaluate((list) => list.textContent);
    expect(said).toContain("<edit-config");
    expect(said).toContain("********");
    expect(said).not.toContain("tiger");
    expect(said).not.toContain(PASSWORD);
  });

  it("shows a configuration of a megabyte, and finds one entry in it", async () => {
    const large = await startOurServer({ ...access, interfaces: 5000 });
    const own = await startConsole([`127.0.0.1:${large.port}`]);
    try {
      const { page } = await own.open();
      await connect(page, large);
      await page.getByText(/more lines are not shown/).waitFor();
      await page.locator("[name=search]").fill("eth4999");
      await page.getByText("1 found.").waitFor();
    } finally {
      await own.close();
      await large.stop();
    }
  });

  it("takes a device that calls home, known by its key alone (RFC 8071 §3.1)", async () => {
    const caller = await makeOurCaller(access);
    stops.push(caller.stop);
    const page = await start();
    await page.getByLabel("User", { exact: true }).fill("ops");
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Wait for devices to call home" }).click();
    await page.locator("[data-test=waiting]").waitFor();
    await open.screenshot("waiting");
    caller.call(console.callHomePort);
    await page.getByRole("heading", { name: "Is this your device?" }).waitFor();
    expect(await page.locator("[data-test=fingerprint]").textContent()).toBe(caller.fingerprint);
    await page.getByLabel("Call it").fill("branch-3");
    await page.getByRole("button", { name: "Approve and remember" }).click();
    await page
      .getByRole("treeitem", { name: /interfaces/ })
      .first()
      .waitFor();

    await page.getByRole("button", { name: "Close branch-3" }).click();
    // It calls again, and is known.
    await page.getByRole("button", { name: /^open branch-3/ }).click();
    await page
      .getByRole("treeitem", { name: /interfaces/ })
      .first()
      .waitFor();
  });

  it("says why a login, a target or a changed key is refused", async () => {
    const page = await start();
    await fillIn(page, first.port);
    await page.getByLabel("Password", { exact: true }).fill("wrong");
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await page.getByRole("button", { name: "Approve and remember" }).click();
    await page.getByText("authentication-failed").waitFor();

    await page.evaluate(
      `localStorage.setItem("netconf-kit.host-keys", localStorage.getItem("netconf-kit.host-keys").replace(/SHA256:[^"]+/, "SHA256:another"))`,
    );
    await page.keyboard.press("n");
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await page.getByRole("heading", { name: "This device has another key than before" }).waitFor();
    expect(await page.getByRole("button", { name: "Approve and remember" }).count()).toBe(0);
    await page.getByRole("button", { name: "Refuse" }).click();
    await page.getByText("host-key-rejected").waitFor();

    await page.keyboard.press("n");
    await page.getByLabel("Device", { exact: true }).fill("127.0.0.1:9");
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await page.getByText("target-refused").waitFor();

    await page.keyboard.press("n");
    await page.getByText("Relay and dialect").click();
    await page.getByLabel("Its token").fill("not-the-token-of-this-relay");
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await page.getByText("token-refused").waitFor();
    await page.getByText(/Open the address that the relay printed/).waitFor();
    await open.screenshot("refused");
  });
});
