// Speaks HTTP with the server and sorts what can go wrong into three kinds.
import { deviceId } from "./device.js";
import { put, read, Refused, SignInNeeded, Unreachable } from "./upload.js";

export { Refused, SignInNeeded, Unreachable };

/**
 * One request to /api/v1. `owner` is the person whose work is sent: the server refuses it under another's session.
 * `tags` (path → ETag) makes a repeated GET cheap: null when nothing is new since the last one.
 * Returns the decoded JSON; throws Unreachable, SignInNeeded or Refused.
 */
export async function call(method, path, { body, owner, seconds = 20, tags } = {}) {
  const headers = { ...(await whose(owner)), Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (tags?.has(path)) headers["If-None-Match"] = tags.get(path);
  let response;
  let text;
  try {
    response = await fetch(`/api/v1${path}`, {
      method, headers, body: body === undefined ? body : JSON.stringify(body), credentials: "same-origin", redirect: "error",
      cache: "no-store", signal: AbortSignal.timeout(seconds * 1000),
    });
    text = await response.text();
  } catch (error) {
    throw new Unreachable(error.name);
  }
  const data = read(response.status, text, response.headers.get("Retry-After"));
  if (data !== null) tags?.set(path, response.headers.get("ETag"));
  return data;
}

/** PUT a file to /api/v1; its bytes go as they are. Throws like `call`. */
export const send = async (path, file, owner) => put(`/api/v1${path}`, file, { headers: await whose(owner) });

async function whose(owner) {
  const headers = { "X-Rounds-Device": await deviceId() };
  if (owner !== undefined) headers["X-Rounds-User"] = String(owner);
  return headers;
}
