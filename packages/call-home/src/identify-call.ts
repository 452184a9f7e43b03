import { asError, IdentityError, quoted } from "@netconf-kit/core";
import type { DeviceCall, DeviceLookup } from "./device-lookup.ts";
import {
  type Identified,
  type IdentityCase,
  IdentityProcedure,
  type IdentityRules,
  type Refused,
  type Selection,
} from "./identify.ts";

/** A device that a user may log in to: a known one without credentials of its own, or an unknown one. */
export interface SelectionCall extends DeviceCall {
  /** The name of its entry, when it is known. */
  readonly device: string | undefined;
}

/** Chooses by whom a device is managed. */
export type SelectUser = (call: SelectionCall) => Selection | Promise<Selection>;

/** The rules of the procedure, and who answers its questions. */
export interface CallRules<Credentials> extends Omit<IdentityRules<Credentials>, "selects"> {
  readonly lookups: readonly DeviceLookup[];
  readonly selectUser: SelectUser | undefined;
}

/** Runs the identity procedure for one call. An answer that fails refuses the call. */
export async function identifyCall<Credentials>(
  rules: CallRules<Credentials>,
  call: DeviceCall,
  about: Pick<IdentityCase, "needsCredentials" | "now">,
): Promise<Identified<Credentials> | Refused> {
  const { evidence, remote } = call;
  const selects = rules.selectUser !== undefined;
  const procedure = new IdentityProcedure({ ...rules, selects }, { evidence, remote, ...about });
  for (;;) {
    const step = procedure.step();
    switch (step.kind) {
      case "accepted":
      case "refused":
        return step;
      case "ask-lookup": {
        const lookup = rules.lookups[step.lookup];
        procedure.answerLookup(
          await answer(call, `the lookup ${quoted(lookup?.name ?? "")}`, () => lookup?.find(call)),
        );
        break;
      }
      case "ask-selection": {
        const { device } = step;
        const select = () => rules.selectUser?.({ ...call, device }) ?? "reject";
        procedure.answerSelection(await answer(call, "the selection of a user", select));
        break;
      }
    }
  }
}

/** Fails closed: who does not answer has not said yes. */
async function answer<Answer>(
  { evidence, remote }: DeviceCall,
  who: string,
  ask: () => Answer | Promise<Answer>,
): Promise<Answer> {
  try {
    return await ask();
  } catch (thrown) {
    const { message } = asError(thrown);
    throw new IdentityError(
      "lookup-failed",
      `cannot accept a device from ${quoted(remote)}: ${who} failed: ${message}`,
      evidence.certificate?.identity ?? evidence.identity,
      { cause: thrown },
    );
  }
}
