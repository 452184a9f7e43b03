import { element } from "netconf-kit";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type ConsolePages, type OpenPage, startConsole } from "./console-page.ts";
import { access, connect, interfaceXml, tabTo, textOfRunning } from "./console-steps.ts";
import { type OurDevice, startOurServer } from "./our-ends.ts";
import type { Page } from "./peers/browser.ts";
import { requirePeer } from "./peers/peers.ts";

// A browser beside everything else: a busy machine takes its time.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

describe.runIf(requirePeer("chromium"))("the console in Chromium, with several devices", () => {
  let console: ConsolePages;
  let first: OurDevice;
  let second: OurDevice;
  let third: OurDevice;
  let open: OpenPage;

  beforeAll(async () => {
    first = await startOurServer(access);
    second = await startOurServer({ ...access, interfaces: 1 });
    third = await startOurServer(access);
    console = await startConsole([first, second, third].map(({ port }) => `127.0.0.1:${port}`));
  });
  afterAll(async () => {
    await console?.close();
    for (const device of [first, second, third]) await device?.stop();
  });
  afterEach(async () => {
    await open.close();
    expect(open.complaints).toEqual([]);
  });

  const start = async (): Promise<Page> => {
    open = await console.open();
    return open.page;
  };

  it("logs in by password, and has two devices, one of which is shown", async () => {
    const page = await start();
    await connect(page, first, "one");
    await page.keyboard.press("n");
    await connect(page, second, "two");
    await page.keyboard.press("1");
    await page.getByRole("treeitem", { name: /eth1/ }).first().waitFor();
    await page.keyboard.press("2");
    await page.getByRole("treeitem", { name: /eth0/ }).first().waitFor();
    expect(await page.getByRole("treeitem", { name: /eth1/ }).count()).toBe(0);
    await page.getByRole("button", { name: "Close two" }).click();
    await page.getByRole("treeitem", { name: /eth1/ }).first().waitFor();
  });

  it("has two devices side by side: one is edited while the other one's notifications come", async () => {
    const page = await start();
    await connect(page, first, "core");
    await page.keyboard.press("n");
    await connect(page, second, "branch");
    await page.keyboard.press("b");
    const core = page.getByRole("region", { name: "core" });
    const branch = page.getByRole("region", { name: "branch" });
    await core.getByRole("treeitem", { name: /eth1/ }).first().waitFor();
    await branch.getByRole("treeitem", { name: /eth0/ }).first().waitFor();

    await page.keyboard.press("v");
    await branch.getByRole("button", { name: "Subscribe" }).click();
    await branch.getByRole("button", { name: "Subscribed" }).waitFor();
    await branch.locator("h2").click();
    await page.keyboard.press("h");
    await page.locator("section.current").getByRole("treeitem", { name: /eth1/ }).first().waitFor();
    await page.keyboard.press("e");
    await tabTo(page, "[name=edit]");
    await page.keyboard.type(interfaceXml("eth0", "edited beside"));
    await core.getByRole("button", { name: "Show the difference" }).click();
    await core.getByText(/\+ .*edited beside/).waitFor();
    second.server.notify(element("link-down", "urn:example:events", [element("port", "urn:example:events", "7")]));
    await branch.getByText("link-down", { exact: true }).waitFor();
    await open.screenshot("side-by-side");
    await core.getByRole("button", { name: "Commit for good" }).click();
    await core.getByText("The device has taken the change.").waitFor();
    expect(textOfRunning(first)).toContain("edited beside");
    expect(textOfRunning(second)).not.toContain("edited beside");
    await page.emulateMedia({ colorScheme: "light" });
    await open.screenshot("side-by-side-light");

    await page.setViewportSize({ width: 700, height: 760 });
    await branch.waitFor({ state: "hidden" });
    expect(await core.isVisible()).toBe(true);
    await page.getByRole("button", { name: /^open branch/ }).click();
    await branch.getByText("link-down", { exact: true }).waitFor();
    expect(await core.isVisible()).toBe(false);
    await page.setViewportSize({ width: 1180, height: 760 });
    // What was written there is there still.
    await core.getByText("The device has taken the change.").waitFor();
  });

  it("says so when a device goes in the middle, and leaves the others alone", async () => {
    const page = await start();
    await connect(page, third, "goes");
    await page.keyboard.press("n");
    await connect(page, first, "stays");
    await third.stop();
    await page.getByRole("button", { name: /^closed goes/ }).click();
    await page.getByRole("heading", { name: "goes: the session is over" }).waitFor();
    await page.keyboard.press("2");
    await page.getByRole("button", { name: "Read again" }).click();
    await page.getByText(/Read in/).waitFor();
  });
});
