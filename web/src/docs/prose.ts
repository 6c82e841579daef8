/** The Markdown of the document's descriptions: paragraphs, lists, **strong** and `code`. Anything else stays as it is written. */

export interface Span {
  kind: "text" | "strong" | "code";
  text: string;
}

export type Block = { kind: "paragraph"; spans: Span[] } | { kind: "list"; items: Span[][] };

/** Reads a text into blocks. An empty text has none. */
export function blocksOf(text: string): Block[] {
  const parts = text.split(/\n\s*\n/).filter((part) => part.trim() !== "");
  return parts.map((part) => {
    const items = part.split(/^- /m);
    if (items.length > 1 && items[0]!.trim() === "") return { kind: "list", items: items.slice(1).map(spansOf) };
    return { kind: "paragraph", spans: spansOf(part) };
  });
}

/** Reads one paragraph. */
export function spansOf(text: string): Span[] {
  const parts = text.trim().replace(/\s+/g, " ").split(/(\*\*[^*]+\*\*|`[^`]+`)/);
  return parts.filter(Boolean).map((part) => {
    if (/^`.+`$/.test(part)) return { kind: "code", text: part.slice(1, -1) };
    if (/^\*\*.+\*\*$/.test(part)) return { kind: "strong", text: part.slice(2, -2) };
    return { kind: "text", text: part };
  });
}
