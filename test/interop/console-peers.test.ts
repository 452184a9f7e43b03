import { describe, expect, it, vi } from "vitest";
import { startConsole } from "./console-page.ts";
import { pasteKey } from "./console-steps.ts";
import { systemNamespace } from "./our-ends.ts";
import { startNetconfd } from "./peers/openssh-netconfd.ts";
import { requirePeer } from "./peers/peers.ts";
import { callHomeWithSshd } from "./peers/sshd-inetd-callhome.ts";

// A browser beside everything else: a busy machine takes its time.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

describe.runIf(requirePeer("chromium") && requirePeer("netconfd") && requirePeer("openssh"))(
  "the console in Chromium with OpenSSH sshd and netconfd",
  () => {
    it("takes an sshd that calls home (RFC 8071 §3.1)", async () => {
      const device = await callHomeWithSshd();
      const console = await startConsole([]);
      try {
        const { page, complaints } = await console.open();
        await page.getByLabel("User", { exact: true }).fill(device.user);
        await pasteKey(page, device.userKey.text);
        await page.getByRole("button", { name: "Wait for devices to call home" }).click();
        await page.locator("[data-test=waiting]").waitFor();
        device.dial(console.callHomePort);
        expect(await page.locator("[data-test=fingerprint]").textContent()).toBe(device.hostKey.fingerprint);
        await page.getByRole("button", { name: "Approve and remember" }).click();
        await page.getByRole("treeitem").first().waitFor();
        expect(complaints).toEqual([]);
      } finally {
        await console.close();
        await device.stop();
      }
    });

    it("logs in by key, edits candidate, keeps a confirmed commit, and is notified in a session beside", async () => {
      const device = await startNetconfd();
      const console = await startConsole([`127.0.0.1:${device.port}`]);
      try {
        const { page, complaints } = await console.open();
        await page.getByLabel("Device", { exact: true }).fill(`127.0.0.1:${device.port}`);
        await page.getByLabel("User", { exact: true }).fill(device.user);
        await pasteKey(page, device.userKey.text);
        await page.getByRole("button", { name: "Connect", exact: true }).click();
        expect(await page.locator("[data-test=fingerprint]").textContent()).toBe(device.hostKey.fingerprint);
        await page.getByRole("button", { name: "Approve and remember" }).click();
        await page.getByRole("treeitem").first().waitFor();

        await page.keyboard.press("v");
        await page.getByRole("button", { name: "Subscribe" }).click();
        await page.getByRole("button", { name: "Subscribed" }).waitFor();
        await page.getByRole("button", { name: /^Edit/ }).click();
        const hostname = `<system xmlns="${systemNamespace}"><hostname>named-in-a-browser</hostname></system>`;
        await page.locator("[name=edit]").fill(hostname);
        await page.getByRole("button", { name: "Show the difference" }).click();
        await page.getByText(/\+ .*hostname = named-in-a-browser/).waitFor();
        await page.getByRole("button", { name: "Commit for a trial" }).click();
        await page.getByRole("button", { name: /^Keep/ }).click();
        await page.getByText("The change is kept.").waitFor();
        await page.getByRole("button", { name: /^Data/ }).click();
        await page.locator("[name=search]").fill("named-in-a-browser");
        await page.getByText("1 found.").waitFor();
        await page.getByRole("button", { name: /^Events/ }).click();
        await page.getByText("netconf-config-change", { exact: true }).first().waitFor();
        expect(complaints).toEqual([]);
      } finally {
        await console.close();
        await device.stop();
      }
    });
  },
);
