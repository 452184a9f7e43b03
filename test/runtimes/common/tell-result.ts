import type { CaseResult } from "@netconf-kit/conformance";
import { tell } from "./adapter.ts";

/** A line that names a case, and what went wrong where something did. */
export function tellResult(result: CaseResult): void {
  const { name, outcome } = result;
  tell({
    name,
    ...(outcome === "passed" ? {} : { outcome }),
    ...(outcome === "failed" ? { error: String(result.error) } : {}),
  });
}
