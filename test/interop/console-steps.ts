import { formatPrivateKey, formatPublicKey, generateKey, serializeXml } from "netconf-kit";
import { ifNamespace, type OurDevice, random } from "./our-ends.ts";
import type { Page } from "./peers/browser.ts";

const userKey = generateKey("ssh-ed25519", random);
const keyText = formatPrivateKey(userKey);
const authorizedKeyLine = formatPublicKey({ type: userKey.type, publicBlob: userKey.publicBlob, comment: "" }).trim();
export const PASSWORD = "correct horse battery staple";
/** Who may log in to our devices, by key or password. */
export const access = { authorizedKeyLine, password: { username: "ops", password: PASSWORD } };

/** Fills in the form with the password, approves the key, and waits for the data. */
export async function connect(page: Page, device: OurDevice, name = "device"): Promise<void> {
  await fillIn(page, device.port);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByLabel("Call it").fill(name);
  await page.getByRole("button", { name: "Approve and remember" }).click();
  await page
    .getByRole("treeitem", { name: /interfaces/ })
    .first()
    .waitFor();
}

export function interfaceXml(name: string, description: string): string {
  return `<interfaces xmlns="${ifNamespace}">
  <interface>
    <name>${name}</name>
    <description>${description}</description>
  </interface>
</interfaces>`;
}

export function textOfRunning(device: OurDevice): string {
  return serializeXml(device.server.read("running"));
}

/** The form, but for what logs in. */
export async function fillIn(page: Page, port: number): Promise<void> {
  await page.getByLabel("Device", { exact: true }).fill(`127.0.0.1:${port}`);
  await page.getByLabel("User", { exact: true }).fill("ops");
}

export async function pasteKey(page: Page, text = keyText): Promise<void> {
  await page.getByText("Use a private key").click();
  await page.getByLabel("or paste it").fill(text);
  await page.getByRole("button", { name: "Read the key" }).click();
  await page.getByText(/held by the browser/).waitFor();
}

/** Whether keys go to the element with this selector. */
export function isFocused(page: Page, selector: string): Promise<boolean> {
  return page.evaluate<boolean>(`document.activeElement?.matches(${JSON.stringify(selector)}) ?? false`);
}

/** Presses Tab until keys go to the element with this selector: how a page is drawn decides how many it takes. */
export async function tabTo(page: Page, selector: string): Promise<void> {
  await page.locator(selector).waitFor();
  while (!(await isFocused(page, selector))) await page.keyboard.press("Tab");
}
