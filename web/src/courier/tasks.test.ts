import { describe, expect, it } from "vitest";
import { faultOf, rankAbove, taskOf, type Task } from "./tasks";

const task = (tracking_number: string, index: number): Task => ({ index, verb: "store", ref: "00", tracking_number, size: "M", state: "todo" });
const tasks = [task("LX1041", 0), task("LX2041", 1), task("LX2042", 2)];

describe("taskOf", () => {
  it("finds a whole number in any case", () => expect(taskOf(tasks, " lx1041 ")?.index).toBe(0));
  it("finds by the last digits where they mean one alone", () => {
    expect(taskOf(tasks, "2042")?.index).toBe(2);
    expect(taskOf(tasks, "041")).toBeUndefined();
    expect(taskOf(tasks, "42")).toBeUndefined();
  });
  it("finds nothing for nothing", () => expect(taskOf(tasks, "  ")).toBeUndefined());
});

describe("rankAbove", () => {
  const sizes = [{ name: "S", rank: 1 }, { name: "M", rank: 3 }, { name: "L", rank: 4 }];
  it("goes one up, and not beyond the biggest", () => {
    expect(rankAbove(sizes, "S")).toBe(3);
    expect(rankAbove(sizes, "L")).toBeUndefined();
    expect(rankAbove(sizes, "XL")).toBeUndefined();
  });
});

describe("faultOf", () => {
  it("never blames a courier for a locker", () => {
    expect(faultOf("not_opened")).toBe("locker");
    expect(faultOf("full")).toBe("locker");
    expect(faultOf("busy")).toBe("none");
  });
});
