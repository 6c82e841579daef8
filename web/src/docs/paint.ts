/** Colours for JSON: which pieces of a text are names, texts or other values. */

export interface Piece {
  kind: "name" | "text" | "value" | "rest";
  text: string;
}

const token = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\b\d+(?:\.\d+)?\b/g;

/** Cuts a text that is JSON into pieces; together they are the text again. */
export function paint(json: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const found of json.matchAll(token)) {
    const [whole, quoted, colon] = found;
    if (found.index > at) pieces.push({ kind: "rest", text: json.slice(at, found.index) });
    pieces.push({ kind: colon ? "name" : quoted ? "text" : "value", text: quoted ?? whole });
    if (colon) pieces.push({ kind: "rest", text: colon });
    at = found.index + whole.length;
  }
  if (at < json.length) pieces.push({ kind: "rest", text: json.slice(at) });
  return pieces;
}
