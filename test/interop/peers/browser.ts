import { existsSync } from "node:fs";

/** What the tests use of playwright-core. Described here, because its own types are there only once it is installed. */
export interface Locator {
  click(): Promise<void>;
  fill(text: string): Promise<void>;
  selectOption(value: string): Promise<unknown>;
  textContent(): Promise<string | null>;
  count(): Promise<number>;
  waitFor(options?: { readonly state?: "visible" | "hidden" | "attached"; readonly timeout?: number }): Promise<void>;
  first(): Locator;
  filter(options: { readonly hasText: string | RegExp }): Locator;
  getByRole(role: string, options?: { readonly name?: string | RegExp; readonly exact?: boolean }): Locator;
  getByText(text: string | RegExp, options?: { readonly exact?: boolean }): Locator;
  locator(selector: string): Locator;
  isVisible(): Promise<boolean>;
  evaluate<T>(look: (element: { readonly textContent: string | null }) => T): Promise<T>;
}

export interface Page {
  goto(url: string): Promise<unknown>;
  reload(): Promise<unknown>;
  getByRole(role: string, options?: { readonly name?: string | RegExp; readonly exact?: boolean }): Locator;
  getByLabel(text: string | RegExp, options?: { readonly exact?: boolean }): Locator;
  getByText(text: string | RegExp, options?: { readonly exact?: boolean }): Locator;
  locator(selector: string): Locator;
  readonly keyboard: { press(key: string): Promise<void>; type(text: string): Promise<void> };
  screenshot(options: { readonly path: string }): Promise<unknown>;
  setViewportSize(size: { readonly width: number; readonly height: number }): Promise<void>;
  emulateMedia(options: { readonly colorScheme: "dark" | "light" }): Promise<void>;
  evaluate<T>(code: string): Promise<T>;
  on(event: "console", listener: (message: { type(): string; text(): string }) => void): void;
  on(event: "pageerror", listener: (error: Error) => void): void;
  on(event: "request", listener: (request: { url(): string }) => void): void;
  setDefaultTimeout(milliseconds: number): void;
}

interface Context {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

export interface Browser {
  /** Each with a memory of its own. */
  newContext(options?: object): Promise<Context>;
  version(): string;
  close(): Promise<void>;
}

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];

/** A real Chromium without a window; `requirePeer("chromium")` says whether it is there. */
export async function startBrowser(): Promise<Browser> {
  const entry = new URL("playwright-core/node_modules/playwright-core/index.mjs", import.meta.url);
  // `as`: described above.
  const { chromium } = (await import(entry.href)) as {
    readonly chromium: { launch(options: object): Promise<Browser> };
  };
  const executablePath = CHROMIUM.find((path) => existsSync(path));
  // Its sandbox wants rights that containers do not give. It opens no page but ours.
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"], timeout: 60_000 });
}
