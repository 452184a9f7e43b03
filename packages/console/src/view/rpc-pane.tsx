import { rawRpc, redactMessage, serializeXml } from "netconf-kit";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { parseOperationText } from "../state/config-text.ts";
import { ErrorBox } from "./error-box.tsx";
import type { PaneProps } from "./pane-props.ts";

const START = `<get xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"/>`;
/** Characters shown of a reply. */
const MAX_CHARACTERS = 512 * 1024;

interface Answer {
  readonly text: string;
  readonly milliseconds: number;
}

/** Any operation, sent as it is written. */
export function RpcPane({ open }: PaneProps): JSX.Element {
  const [text, setText] = useState(START);
  const [hideSecrets, setHideSecrets] = useState(true);
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState<Answer>();
  const [error, setError] = useState<unknown>();
  const send = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      const start = performance.now();
      const { body } = await open.session.rpc(rawRpc(parseOperationText(text)));
      const shown = hideSecrets ? redactMessage(body.bytes) : serializeXml(body.tree(), { indent: 2 });
      const cut = shown.length > MAX_CHARACTERS ? `${shown.slice(0, MAX_CHARACTERS)}\n…` : shown;
      setAnswer({ text: cut, milliseconds: Math.round(performance.now() - start) });
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="card" aria-label="Raw RPC">
      <label>
        Operation, with or without its &lt;rpc&gt;
        <textarea
          name="rpc"
          class="code"
          rows={8}
          spellcheck={false}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void send();
          }}
        />
      </label>
      <div class="row">
        <button type="button" class="primary" disabled={busy} onClick={() => void send()}>
          Send <kbd>Ctrl Enter</kbd>
        </button>
        <label class="check">
          <input
            type="checkbox"
            checked={hideSecrets}
            onChange={(event) => setHideSecrets(event.currentTarget.checked)}
          />
          Hide what looks like a secret
        </label>
        {answer !== undefined && <span class="small">{answer.milliseconds} ms</span>}
      </div>
      {error !== undefined && <ErrorBox error={error} />}
      {answer !== undefined && (
        <pre class="code" data-test="reply">
          {answer.text}
        </pre>
      )}
    </section>
  );
}
