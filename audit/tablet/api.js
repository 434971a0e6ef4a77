// Speaks HTTP with the server and sorts what can go wrong into three kinds.
import { deviceId } from "./device.js";

/** The link or the server is down for now: try again later. */
export class Unreachable extends Error {
  constructor(cause, retryAfter = 0) {
    super(cause);
    this.retryAfter = retryAfter; // seconds the server asked for, 0: none
  }
}

/** The session ended, or somebody else is signed in. */
export class SignInNeeded extends Error {}

/** The server looked at the record and refused it; carries the stable code. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.code);
    this.status = status;
    this.problem = problem;
  }
}

const TRY_AGAIN = new Set([408, 425, 429, 500, 502, 503, 504, 507]);

/**
 * One request to /api/v1. `owner` is the person whose work is sent: the server refuses it under another's session.
 * `tags` (path → ETag) makes a repeated GET cheap: null when nothing is new since the last one.
 * Returns the decoded JSON; throws Unreachable, SignInNeeded or Refused.
 */
export async function call(method, path, { body, owner, seconds = 20, type, tags } = {}) {
  const headers = { "X-Rounds-Device": await deviceId(), Accept: "application/json" };
  if (owner !== undefined) headers["X-Rounds-User"] = String(owner);
  if (body !== undefined) headers["Content-Type"] = type ?? "application/json";
  if (tags?.has(path)) headers["If-None-Match"] = tags.get(path);
  const content = body === undefined || body instanceof Blob ? body : JSON.stringify(body);
  let response;
  let text;
  try {
    response = await fetch(`/api/v1${path}`, {
      method, headers, body: content, credentials: "same-origin", redirect: "error", cache: "no-store",
      signal: AbortSignal.timeout(seconds * 1000),
    });
    text = await response.text();
  } catch (error) {
    throw new Unreachable(error.name);
  }
  if (TRY_AGAIN.has(response.status)) {
    throw new Unreachable(`status ${response.status}`, Number(response.headers.get("Retry-After")) || 0);
  }
  if (response.status === 304 || response.status === 204) return null;
  if (response.status === 401) throw new SignInNeeded();
  let data;
  try {
    data = JSON.parse(text);
  } catch {
    throw new Unreachable("not JSON"); // a captive portal or a proxy's page: nothing was received
  }
  if (!response.ok) throw new Refused(response.status, { code: "unknown", ...data });
  tags?.set(path, response.headers.get("ETag"));
  return data;
}
