import type { JSX } from "preact";
import { describeError } from "../state/describe-error.ts";

/** An error in words: whose fault, what happened, what to try. */
export function ErrorBox({ error }: { readonly error: unknown }): JSX.Element {
  const { title, message, code, rfc, hint, details } = describeError(error);
  return (
    <div class="error" role="alert">
      <strong>{title}</strong>
      <p>{message}</p>
      {details.length > 0 && (
        <ul>
          {details.map((detail) => (
            <li key={detail}>{detail}</li>
          ))}
        </ul>
      )}
      {hint !== undefined && <p class="hint">{hint}</p>}
      <p class="small">
        <code>{code}</code>
        {rfc === undefined ? "" : ` · ${rfc}`}
      </p>
    </div>
  );
}
