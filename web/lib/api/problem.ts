/** What the server refused and why (RFC 9457). `detail` is a sentence for people. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string;
  /** Sentences by field of the form that was sent; empty for other problems. */
  readonly fields: Readonly<Record<string, string>>;

  constructor(status: number, code: string, detail: string, requestId = "", fields: Record<string, string> = {}) {
    super(detail);
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.requestId = requestId;
    this.fields = fields;
  }

  /** The server could not be reached at all, so trying again may help. */
  get isOffline(): boolean {
    return this.status === 0;
  }
}

interface Body {
  detail?: unknown;
  title?: unknown;
  code?: unknown;
  type?: unknown;
  request_id?: unknown;
  errors?: unknown;
}

/** Reads the problem out of a refused response, whatever a proxy may have made of it. */
export async function readProblem(response: Response): Promise<Problem> {
  try {
    return problemOf(response, await response.clone().json());
  } catch {
    // A proxy's page: its status is all we know.
    return problemOf(response, null);
  }
}

/** The problem of a refused response whose body was read as `read`. */
export function problemOf(response: Response, read: unknown): Problem {
  const body: Body = typeof read === "object" && read !== null ? read : {};
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  const code = text(body.code) || text(body.type).split(":").pop() || "";
  const detail = text(body.detail) || text(body.title) || `The server answered ${response.status}.`;
  const id = text(body.request_id) || response.headers.get("x-request-id") || "";
  return new Problem(response.status, code, detail, id, readFields(body.errors));
}

function readFields(errors: unknown): Record<string, string> {
  if (!Array.isArray(errors)) return {};
  const found: Record<string, string> = {};
  for (const error of errors as { at?: unknown; message?: unknown }[]) {
    if (typeof error.at !== "string" || typeof error.message !== "string") continue;
    found[error.at.split(".").pop() ?? ""] = error.message;
  }
  return found;
}
