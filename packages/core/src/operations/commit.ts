import { element, type XmlElement } from "@netconf-kit/xml";
import { capabilityUris, namespaces } from "../names.ts";
import { type Operation, okOperation, positiveUint32, type Requirement } from "./operation.ts";

/** RFC 6241 §8.4.5.1. */
export interface CommitOptions {
  /** Undone by the server unless a confirming commit follows within the timeout. Default false. */
  readonly confirmed?: boolean;
  /** Seconds. Server's default: 600. Implies `confirmed`. */
  readonly confirmTimeout?: number;
  /** Makes the commit outlive this session; any session that gives it as `persistId` may confirm. Implies `confirmed`. */
  readonly persist?: string;
  /** Confirms or prolongs the commit made with this `persist`. */
  readonly persistId?: string;
}

/**
 * Makes candidate the running configuration, RFC 6241 §8.3.4.1.
 *
 * @example
 * await session.rpc(commit({ confirmTimeout: 120, persist: "change-4711" }));
 * await laterSession.rpc(commit({ persistId: "change-4711" }));
 */
export function commit(options: CommitOptions = {}): Operation<void> {
  const { confirmTimeout, persist, persistId } = options;
  const confirmed = options.confirmed ?? (confirmTimeout !== undefined || persist !== undefined);
  const content: XmlElement[] = [];
  if (confirmed) content.push(element("confirmed", namespaces.base));
  if (confirmTimeout !== undefined) {
    content.push(element("confirm-timeout", namespaces.base, positiveUint32(confirmTimeout, "a confirm-timeout")));
  }
  if (persist !== undefined) content.push(element("persist", namespaces.base, persist));
  if (persistId !== undefined) content.push(element("persist-id", namespaces.base, persistId));
  return okOperation("commit", content, [CANDIDATE, ...confirmedRequirements(confirmed, options)]);
}

const CANDIDATE: Requirement = { anyOf: [capabilityUris.candidate], what: "a commit" };

function confirmedRequirements(confirmed: boolean, options: CommitOptions): readonly Requirement[] {
  if (options.persist !== undefined || options.persistId !== undefined) {
    // persist is new in version 1.1 of the capability.
    return [{ anyOf: [capabilityUris.confirmedCommit11], what: "a persistent confirmed commit" }];
  }
  if (!confirmed) return [];
  return [{ anyOf: [capabilityUris.confirmedCommit11, capabilityUris.confirmedCommit10], what: "a confirmed commit" }];
}
