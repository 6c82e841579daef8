import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { curlOf, type Request } from "./curl";

const request = (change: Partial<Request>): Request => ({ method: "GET", base: "https://lockers.example/", path: "/v1/about", inPath: {}, query: {}, credential: "none", ...change });

/** The words that a shell makes of a line, with curl replaced by something that prints them. */
function wordsInShell(line: string): string[] {
  const script = `curl() { for word; do printf '%s\\0' "$word"; done; }\n${line}`;
  const said = execFileSync("sh", ["-c", script], { encoding: "utf8", env: { LOCKHOUSE_KEY: "lhs_1", ID: "par_1" } });
  return said.split("\0").slice(0, -1);
}

describe("curlOf", () => {
  it("is one line where nothing is sent", () => {
    expect(curlOf(request({}))).toBe('curl "https://lockers.example/v1/about"');
  });

  it("reaches curl as it was meant, quotes and all", () => {
    const line = curlOf(request({ method: "PUT", path: "/v1/parcels/{reference}", inPath: { reference: "a b" }, body: { name: "O'Brien `x` $HOME" }, credential: "key" }));
    const words = wordsInShell(line);
    expect(words.slice(0, 7)).toEqual(["-X", "PUT", "https://lockers.example/v1/parcels/a%20b", "-H", "Authorization: Bearer lhs_1", "-H", "Content-Type: application/json"]);
    expect(JSON.parse(words[8]!)).toEqual({ name: "O'Brien `x` $HOME" });
  });

  it("puts a query into the address, and leaves what it does not know to a variable", () => {
    const line = curlOf(request({ path: "/v1/operator/parcels/{id}", query: { find: "a&b" } }));
    expect(wordsInShell(line)).toEqual(["-G", "https://lockers.example/v1/operator/parcels/par_1", "-d", "find=a%26b"]);
  });
});
