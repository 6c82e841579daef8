import { describe, expect, it } from "vitest";
import { paint } from "./paint";
import { blocksOf, spansOf } from "./prose";

describe("blocksOf", () => {
  it("reads paragraphs and lists, over line breaks", () => {
    expect(blocksOf("One\ntwo.\n\n- **A.** `x`\n  y\n- b\n")).toEqual([
      { kind: "paragraph", spans: [{ kind: "text", text: "One two." }] },
      {
        kind: "list",
        items: [
          [{ kind: "strong", text: "A." }, { kind: "text", text: " " }, { kind: "code", text: "x" }, { kind: "text", text: " y" }],
          [{ kind: "text", text: "b" }],
        ],
      },
    ]);
    expect(blocksOf("")).toEqual([]);
  });

  it("leaves what is no Markdown as it is", () => {
    expect(spansOf("a * b ` c <b>")).toEqual([{ kind: "text", text: "a * b ` c <b>" }]);
  });
});

describe("paint", () => {
  it("tells names from texts, and loses nothing", () => {
    const json = JSON.stringify({ 'a"b': ["x: 1", -1.5, true, null], c: {} }, null, 2);
    const pieces = paint(json);
    expect(pieces.map((piece) => piece.text).join("")).toBe(json);
    expect(pieces.filter((piece) => piece.kind === "name").map((piece) => piece.text)).toEqual(['"a\\"b"', '"c"']);
    expect(pieces.filter((piece) => piece.kind === "value").map((piece) => piece.text)).toEqual(["-1.5", "true", "null"]);
    expect(pieces.filter((piece) => piece.kind === "text").map((piece) => piece.text)).toEqual(['"x: 1"']);
  });
});
