/** Searching in the reference. */
import type { Group, Problem, Reference } from "./reference";

/** What is left of the reference: operations and problems that have every word of the wish somewhere. */
export function find(reference: Reference, wish: string): { groups: Group[]; problems: Problem[]; count: number } {
  const words = wish.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (text: string) => words.every((word) => text.includes(word));
  const groups = reference.groups
    .map((group) => ({ ...group, operations: group.operations.filter((op) => fits(`${op.words} ${group.name.toLowerCase()}`)) }))
    .filter((group) => group.operations.length > 0);
  const problems = reference.problems.filter(({ code, means, next }) => fits(`problem ${code} ${means} ${next}`.toLowerCase()));
  return { groups, problems, count: groups.reduce((sum, group) => sum + group.operations.length, 0) };
}

/** Where on the page the thing is that a piece of code names: an operation such as `GET /v1/sites`, or a problem's code. */
export function anchorNamed(reference: Reference, text: string): string | undefined {
  if (reference.problems.some(({ code }) => code === text)) return `problem-${text}`;
  return reference.groups.flatMap((group) => group.operations).find((op) => `${op.method} ${op.path}` === text)?.id;
}
