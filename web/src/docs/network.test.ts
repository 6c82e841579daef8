/** What this page says beside the OpenAPI document, held against the network's own source. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { callersOf } from "./callers";
import { kinds, sample } from "./messages";
import { explanations } from "./problems";

const root = `${import.meta.dirname}/../../..`;
const source = (path: string) => readFileSync(`${root}/${path}`, "utf8");
const api = readdirSync(`${root}/api`).filter((name) => name.endsWith(".go") && !name.endsWith("_test.go"));
const allOfAPI = api.map((name) => source(`api/${name}`)).join("\n");

/** Go's string constants whose names begin so, by name. */
function constants(text: string, begin: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(new RegExp(`(${begin}\\w+)\\s+(?:[\\w.]+\\s+)?= "([^"]+)"`, "g"))].map((found) => [found[1], found[2]]));
}

describe("problems", () => {
  it("explains each code that travels over HTTP", () => {
    const codes = constants(source("error.go") + source("trust/auth/key.go"), "Code");
    const table = /var statuses = [^{]+\{([^}]+)\}/.exec(source("api/problem.go"))?.[1] ?? "";
    const travelling = [...table.matchAll(/\w+\.(Code\w+):/g)].map((found) => codes[found[1]!]);
    expect(travelling.length).toBeGreaterThan(10);
    expect(Object.keys(explanations).sort()).toEqual(travelling.sort());
  });
});

describe("callers", () => {
  const tags = constants(source("api/document.go"), "tag");
  const allowed: Record<string, string[]> = { byCheckout: ["checkout", "shop"], byShop: ["shop"], byCourier: ["courier"], byOperator: ["operator"], byAnyKey: ["checkout", "shop", "courier", "operator"] };
  const routes = [...allOfAPI.matchAll(/\bid: ("?)(\w+)\1, tag: (tag\w+), who: (by\w+)/g)].map((found) => ({ id: found[2]!, tag: tags[found[3]!]!, who: found[4]! }));

  it("are those that the routes admit", () => {
    const withKey = routes.filter(({ who }) => who in allowed);
    expect(withKey.length).toBeGreaterThan(15);
    for (const { id, tag, who } of withKey) {
      const said = callersOf({ operationId: id, summary: "", tags: [tag], security: [{ key: [] }], responses: {} });
      expect(said, `${id} in ${tag}`).toEqual(allowed[who]);
    }
  });
});

describe("messages", () => {
  it("are those that shops are told", () => {
    const events = constants(source("event.go").replaceAll(" EventKind ", " "), "Event");
    const told = [...source("app/network/hears.go").matchAll(/lockhouse\.(Event\w+):\s*\{([^}]*)\}/g)].filter((found) => found[2]!.includes("tellShop"));
    expect(told.length).toBeGreaterThan(5);
    expect(Object.keys(kinds).sort()).toEqual(told.map((found) => events[found[1]!]).sort());
  });

  it("have the members that the network writes", () => {
    const body = /type Data struct \{([^}]+)\}/.exec(source("link/shop/body.go"))?.[1] ?? "";
    const members = [...body.matchAll(/json:"(\w+)/g)].map((found) => found[1]!);
    expect(members.length).toBeGreaterThan(5);
    expect(members).toEqual(expect.arrayContaining(Object.keys(sample.data)));
  });
});
