/** Requests as lines for a shell. */

export interface Request {
  method: string;
  /** Where the network is reached. */
  base: string;
  path: string;
  /** Values of the parameters in the path; one without is left to a shell variable of its name. */
  inPath: Record<string, unknown>;
  query: Record<string, unknown>;
  body?: unknown;
  credential: "key" | "session" | "none";
}

const credentials = {
  key: ['-H "Authorization: Bearer $LOCKHOUSE_KEY"'],
  session: ['-b "lockhouse_session=$LOCKHOUSE_SESSION"'],
  none: [],
};

/** The request as a curl line. Secrets stay in variables: a line that is pasted or kept in a shell's history gives none away. */
export function curlOf(r: Request): string {
  const query = Object.entries(r.query).map(([name, value]) => `-d ${quoted(`${name}=${encodeURIComponent(String(value))}`)}`);
  const words = [
    r.method === "GET" ? (query.length > 0 ? "curl -G" : "curl") : `curl -X ${r.method}`,
    `"${r.base.replace(/\/$/, "")}${filled(r.path, r.inPath)}"`,
    ...credentials[r.credential],
    ...query,
    ...(r.body === undefined ? [] : ['-H "Content-Type: application/json"', `-d ${quoted(JSON.stringify(r.body, null, 2))}`]),
  ];
  return words.length <= 2 ? words.join(" ") : words.join(" \\\n  ");
}

function filled(path: string, values: Record<string, unknown>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => (values[name] === undefined ? `$${name.toUpperCase()}` : encodeURIComponent(String(values[name]))));
}

/** Single quotes end at any quote inside; this is how a shell spells one. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
