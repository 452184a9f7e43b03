import { type Capability, isLack, type Lent, type Runtime } from "./runtime.ts";

/** A row of the table: what a runtime can do, and the cases that show it. */
export interface Feature {
  readonly name: string;
  readonly cases: readonly SuiteCase[];
  /** Its cases wait more than they compute, and are run all at once. */
  readonly together: boolean;
}

export interface SuiteCase {
  readonly name: string;
  /** Why the case is not for this runtime, where it is not. */
  readonly excuse: (runtime: Runtime) => string | undefined;
  /** Resolves when what it says has held; rejects with what has not. */
  readonly run: (runtime: Runtime) => Promise<void>;
}

/** A case that gets of the runtime what its feature needs, and nothing else. */
export interface CaseWith<Needs extends Capability> {
  readonly name: string;
  readonly run: (lent: Pick<Lent, Needs>) => void | Promise<void>;
  /** Why something that is lent cannot do this, where it cannot. */
  readonly excuse?: (lent: Pick<Lent, Needs>) => string | undefined;
}

/** A feature that needs something of the runtime. */
export function feature<Needs extends Capability>(
  name: string,
  needs: readonly Needs[],
  cases: readonly CaseWith<Needs>[],
  { together = false }: { readonly together?: boolean } = {},
): Feature {
  const lacking = ({ lends }: Runtime): string | undefined => needs.map((need) => lends[need]).find(isLack)?.lacks;
  // `as`: what is needed is lent where nothing is lacking.
  const lentBy = ({ lends }: Runtime) => lends as Pick<Lent, Needs>;
  return {
    name,
    together,
    cases: cases.map((one) => ({
      name: one.name,
      excuse: (runtime) => lacking(runtime) ?? one.excuse?.(lentBy(runtime)),
      run: async (runtime) => one.run(lentBy(runtime)),
    })),
  };
}
