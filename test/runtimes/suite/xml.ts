import { expectNone, fromBase64 } from "./bytes.ts";
import { feature } from "./feature.ts";
import type { XmlDocument } from "./material.ts";
import { xmlAnswer } from "./xml-answer.ts";

const groups: Readonly<Record<XmlDocument["group"], string>> = {
  messages: "messages of many vendors",
  hostile: "hostile documents",
  w3c: "the W3C XML test suite",
};

/** Each document gets the answer that it got where the unit tests judge it, down to the place of the error. */
export const xml = feature(
  "XML (RFC 6241 §3)",
  ["corpus"],
  Object.entries(groups).map(([group, name]) => ({
    name,
    run: ({ corpus }) => {
      const documents = corpus.documents.filter((document) => document.group === group);
      if (documents.length < 200) throw new Error(`there are only ${documents.length} documents`);
      expectNone(
        documents.flatMap(({ id, bytes, answer }) => {
          const actual = xmlAnswer(fromBase64(bytes));
          return actual === answer ? [] : [`${id}: ${actual}, not ${answer}`];
        }),
      );
    },
  })),
);
