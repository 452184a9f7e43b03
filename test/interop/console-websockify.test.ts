import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type ConsolePages, type OpenPage, startConsole } from "./console-page.ts";
import { access, interfaceXml, PASSWORD, textOfRunning } from "./console-steps.ts";
import { type OurDevice, startOurServer } from "./our-ends.ts";
import type { Page } from "./peers/browser.ts";
import { requirePeer } from "./peers/peers.ts";
import { freePort } from "./peers/process.ts";
import { startWebsockify, type Websockify } from "./peers/websockify.ts";

// A browser beside everything else: a busy machine takes its time.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });
const PATIENCE = { timeout: 60_000 };

describe.runIf(requirePeer("chromium") && requirePeer("websockify"))(
  "the console in Chromium, through a plain websockify",
  () => {
    let console: ConsolePages;
    let device: OurDevice;
    const websockifies: Websockify[] = [];

    beforeAll(async () => {
      // Enough to be many messages each way.
      device = await startOurServer({ ...access, interfaces: 3000 });
      console = await startConsole([]);
    });
    afterAll(async () => {
      for (const each of websockifies) await each.stop();
      await console?.close();
      await device?.stop();
    });

    /** A page of its own, from a websockify that leads to this port. */
    const openAt = async (port: number): Promise<OpenPage & { readonly url: string }> => {
      const websockify = await startWebsockify(port, console.folder);
      websockifies.push(websockify);
      const { url } = websockify;
      return { ...(await console.open(url.replace("ws", "http"))), url };
    };
    const connectThrough = async (page: Page, url?: string): Promise<void> => {
      await page.getByLabel("Through").selectOption("websockify");
      if (url !== undefined) await page.getByLabel("Address of websockify").fill(url);
      await page.getByLabel("User", { exact: true }).fill("ops");
      await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
      await page.getByRole("button", { name: "Connect", exact: true }).click();
    };

    it("reads and changes a device without a token, knows it again, and lets it go", async () => {
      const { page, url, complaints, screenshot, close } = await openAt(device.port);
      await connectThrough(page);
      expect(await page.locator("[data-test=fingerprint]").textContent()).toBe(device.fingerprint);
      await page.getByLabel("Call it").fill("behind websockify");
      await page.getByRole("button", { name: "Approve and remember" }).click();
      await page.getByText(/more lines are not shown/).waitFor();
      await page.getByRole("button", { name: /^Edit/ }).click();
      const description = "through websockify".padEnd(200_000, ".");
      await page.locator("[name=edit]").fill(interfaceXml("eth0", description));
      await page.getByRole("button", { name: "Show the difference" }).click();
      await page.getByRole("button", { name: "Commit for good" }).click();
      await page.getByText("The device has taken the change.").waitFor();
      expect(textOfRunning(device)).toContain(description);

      await page.getByRole("button", { name: "Close behind websockify" }).click();
      // The end of its one WebSocket is that of both directions.
      await vi.waitFor(() => expect(device.server.sessions).toHaveLength(0), PATIENCE);
      await page.getByText(`at ${url}`).waitFor();
      await screenshot("websockify");
      await connectThrough(page);
      await page.getByText(/more lines are not shown/).waitFor();
      expect(complaints).toEqual([]);
      await close();
    });

    it("says so when the device goes, when it refuses, and when there is no websockify", async () => {
      const own = await startOurServer(access);
      const { page, url, close } = await openAt(own.port);
      await connectThrough(page);
      await page.getByRole("button", { name: "Approve and remember" }).click();
      await page.getByRole("treeitem").first().waitFor();
      await own.stop();
      await page.getByRole("heading", { name: `${url}: the session is over` }).waitFor();
      await page.getByRole("button", { name: "Connect again" }).click();
      await page.getByText("device-not-reached").waitFor();
      await page.getByText(/does not reach the device that it leads to/).waitFor();

      await page.keyboard.press("n");
      await connectThrough(page, `ws://127.0.0.1:${await freePort()}`);
      await page.getByText("no-websockify").waitFor();
      await close();
    });

    it("says so when the policy of a page from a relay keeps it from a websockify elsewhere", async () => {
      const { page, close } = await console.open();
      await connectThrough(page, `ws://127.0.0.1:${await freePort()}`);
      await page.getByText("no-websockify").waitFor();
      await page.getByText(/may open WebSockets to that relay only/).waitFor();
      await close();
    });
  },
);
