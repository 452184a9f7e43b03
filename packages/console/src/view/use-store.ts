import { useEffect, useState } from "preact/hooks";
import type { Store } from "../state/store.ts";

/** The value of a store; the component is drawn anew when it is replaced. */
export function useStore<T>(store: Store<T>): T {
  const [, redraw] = useState(0);
  const seen = store.value;
  useEffect(() => {
    const again = (): void => redraw((count) => count + 1);
    const end = store.subscribe(again);
    // It may have been replaced between the drawing and this moment.
    if (!Object.is(store.value, seen)) again();
    return end;
  }, [store]);
  return seen;
}
