import type { Material } from "../suite/material.ts";

/** What the test has for the page, at `/order.json`. */
export interface Order {
  readonly name: string;
  readonly version: string;
  readonly material: Material;
  /** The relay that serves the page, and where devices call it. */
  readonly relay: { readonly url: string; readonly token: string };
  readonly callHomePort: number;
  /** Joins two WebSockets that come with the same path. */
  readonly joiner: string;
}
