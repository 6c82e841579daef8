/** Calls to the network's HTTP API. A refusal comes back as a {@link Problem} (RFC 9457), silence as {@link Unreachable}. */

/** The network's refusal: `code` for the program, `detail` a sentence for the person, `facts` what backs it. */
export class Problem extends Error {
  override readonly name = "Problem";
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly facts: Record<string, unknown> = {},
    /** Seconds after which to come back, where the network says so. */
    readonly retryAfterS?: number,
  ) {
    super(`${code}: ${detail}`);
  }
}

/** The network did not answer: no line, or not within the time allowed. Nothing is known about what it did. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

export interface CallOptions {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  /** Sent as JSON. */
  body?: unknown;
  /** An API key, sent as a bearer secret. Without one the recipient's cookie speaks. */
  key?: string;
  query?: Record<string, string | number | boolean | undefined>;
  signal?: AbortSignal;
  timeoutMS?: number;
}

const defaultTimeoutMS = 15_000;

/** Calls `path` and gives the decoded body; `undefined` where the answer has none. */
export async function call<T>(path: string, options: CallOptions = {}): Promise<T> {
  const answer = await send(path, options);
  const body = await decoded(answer);
  if (answer.ok) return body as T;
  throw problemFrom(answer, body);
}

async function send(path: string, options: CallOptions): Promise<Response> {
  const { method = "GET", body, key, query = {}, signal, timeoutMS = defaultTimeoutMS } = options;
  const url = new URL(path, globalThis.location?.origin);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const headers: Record<string, string> = { Accept: "application/json" };
  if (key) headers.Authorization = `Bearer ${key}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const limit = AbortSignal.timeout(timeoutMS);
  try {
    return await fetch(url, {
      method,
      headers,
      credentials: "same-origin",
      cache: "no-store",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new Unreachable("The network does not answer.", { cause });
  }
}

async function decoded(answer: Response): Promise<unknown> {
  const text = await answer.text().catch((cause: unknown) => {
    throw new Unreachable("The network's answer broke off.", { cause });
  });
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemFrom(answer: Response, body: unknown): Problem | Unreachable {
  const { code, detail, title, type, status, instance, ...facts } = (body ?? {}) as Record<string, unknown>;
  // A gateway's own page instead of a problem says that the network itself was not reached.
  if (typeof code !== "string" && answer.status >= 502 && answer.status <= 504) return new Unreachable("The network does not answer.");
  const retryAfterS = Number(answer.headers.get("Retry-After")) || undefined;
  return new Problem(answer.status, text(code) ?? "internal", text(detail) ?? text(title) ?? answer.statusText, facts, retryAfterS);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
