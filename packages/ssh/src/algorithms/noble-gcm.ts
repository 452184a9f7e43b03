import { unsafe } from "@noble/ciphers/aes.js";
import { writeU32 } from "../wire/writer.ts";
import { bytesEqual } from "./bytes-equal.ts";
import { GhashKey } from "./ghash.ts";
import { aligned } from "./noble-ciphers.ts";
import type { GcmKey } from "./provider.ts";

/**
 * AES-GCM (NIST SP 800-38D §7) with key schedule and hash key made once.
 *
 * The library makes a handful of views and copies for each call, which costs more than a short message does. So a short one
 * takes one call of the counter mode and one of the hash, in memory that is kept: block 0 is there for J0 and then for the
 * additional data, the message follows, and its last block has the lengths.
 */
export function nobleAesGcm(key: Uint8Array): GcmKey {
  const schedule = unsafe.expandKeyLE(key);
  /** Xors the key stream from the counter on into `bytes`, and moves the counter on. */
  const count = (bytes: Uint8Array): unknown => unsafe.ctr32(schedule, false, COUNTER, bytes, bytes);
  COUNTER.fill(0);
  const hashKey = new Uint8Array(16);
  count(hashKey);
  const ghash = new GhashKey(hashKey);
  hashKey.fill(0);

  return {
    seal: (nonce, additional, bytes, tag) => {
      startAtJ0(nonce);
      const views = shortViews(additional, bytes);
      if (views === undefined) {
        count(MASK);
        aligned(bytes, count);
        ghash.digestOf(additional, bytes, tag);
      } else {
        views.first.fill(0);
        views.message.set(bytes);
        count(views.firstAndMessage);
        MASK.set(views.first);
        bytes.set(views.message);
        ghash.digestBlocks(complete(views, additional), tag);
      }
      unmask(tag);
    },
    open: (nonce, additional, bytes, tag) => {
      startAtJ0(nonce);
      const views = shortViews(additional, bytes);
      if (views === undefined) {
        count(MASK);
        ghash.digestOf(additional, bytes, EXPECTED);
        unmask(EXPECTED);
        if (!bytesEqual(EXPECTED, tag)) return false;
        aligned(bytes, count);
        return true;
      }
      views.message.set(bytes);
      ghash.digestBlocks(complete(views, additional), EXPECTED);
      views.first.fill(0);
      count(views.firstAndMessage);
      MASK.set(views.first);
      unmask(EXPECTED);
      const right = bytesEqual(EXPECTED, tag);
      // Nothing leaves before the tag is checked, and nothing stays.
      if (right) bytes.set(views.message);
      views.firstAndMessage.fill(0);
      return right;
    },
    destroy: () => {
      schedule.fill(0);
      ghash.destroy();
    },
  };
}

/** The longest message that is worth two copies. */
const MAX_SHORT = 2048;
/** These are everybody's: no call leaves a secret in them. */
const BLOCKS = new Uint8Array(16 + MAX_SHORT + 16);
const COUNTER = new Uint8Array(16);
/** E(K, J0) while a message is worked on, otherwise 0. */
const MASK = new Uint8Array(16);
const EXPECTED = new Uint8Array(16);

interface ShortViews {
  readonly first: Uint8Array;
  readonly message: Uint8Array;
  readonly firstAndMessage: Uint8Array;
  readonly all: Uint8Array;
}

/** Views of `BLOCKS` for the last length that was asked for: packets of one length come in rows. */
let latest: ShortViews | undefined;

/** `undefined` for what is too long. */
function shortViews({ length: additional }: Uint8Array, { length }: Uint8Array): ShortViews | undefined {
  if (length > MAX_SHORT || additional > 16) return undefined;
  if (latest?.message.length !== length) {
    latest = {
      first: BLOCKS.subarray(0, 16),
      message: BLOCKS.subarray(16, 16 + length),
      firstAndMessage: BLOCKS.subarray(0, 16 + length),
      all: BLOCKS.subarray(0, 32 + 16 * Math.ceil(length / 16)),
    };
  }
  return latest;
}

/** What GHASH is taken of, around a message that stands in its place (§7.1, step 5). */
function complete({ all, message }: ShortViews, additional: Uint8Array): Uint8Array {
  all.fill(0, 0, 16);
  all.set(additional);
  all.fill(0, 16 + message.length);
  // The upper halves of the lengths in bits stay 0.
  writeU32(all, all.length - 12, 8 * additional.length);
  writeU32(all, all.length - 4, 8 * message.length);
  return all;
}

/** §7.1, step 2, for a nonce of 96 bits. */
function startAtJ0(nonce: Uint8Array): void {
  COUNTER.set(nonce);
  writeU32(COUNTER, 12, 1);
  MASK.fill(0);
}

function unmask(tag: Uint8Array): void {
  for (let i = 0; i < 16; i++) tag[i] = (tag[i] ?? 0) ^ (MASK[i] ?? 0);
  MASK.fill(0);
}
