/** The little Markdown that descriptions are written in: paragraphs, lists, **bold** and `code`. Nothing of it becomes HTML by itself. */

export interface Run {
  kind: "text" | "bold" | "code";
  text: string;
}

export interface Block {
  kind: "p" | "ul";
  items: Run[][];
}

export function runs(text: string): Run[] {
  return text
    .split(/(\*\*[^*]+\*\*|`[^`]+`)/)
    .filter(Boolean)
    .map((part): Run => {
      if (part.length > 4 && part.startsWith("**") && part.endsWith("**")) return { kind: "bold", text: part.slice(2, -2) };
      if (part.length > 2 && part.startsWith("`") && part.endsWith("`")) return { kind: "code", text: part.slice(1, -1) };
      return { kind: "text", text: part };
    });
}

export function blocks(text: string): Block[] {
  return text
    .trim()
    .split(/\n\s*\n/)
    .filter(Boolean)
    .map((block): Block => {
      if (!block.startsWith("- ")) return { kind: "p", items: [runs(block.replace(/\s*\n\s*/g, " "))] };
      const items = block.split(/\n(?=- )/).map((item) => runs(item.slice(2).replace(/\s*\n\s*/g, " ")));
      return { kind: "ul", items };
    });
}
