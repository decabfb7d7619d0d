// Bytes, and the hashes of them; the browser and Node offer the same.
export class Failure extends Error {
  constructor(type, why, field = null) {
    super(`${type}: ${why}`);
    Object.assign(this, { type, field });
  }
}

export const utf8 = (text) => new TextEncoder().encode(text);
export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export function ascii(text) {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}

export function equal(one, other) {
  for (let at = 0; at < one.length; at += 1) if (one[at] !== other[at]) return false;
  return one.length === other.length;
}

// A character for each byte: what is no ASCII differs from all ASCII.
export function latin1(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

export function concat(...parts) {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export const toBase64 = (bytes) => btoa(latin1(bytes));

// Unused bits may be anything: whoever reads writes again, and compares.
export function fromBase64(text, failure, field = null) {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new Failure(failure, "base64", field);
  return ascii(atob(text));
}

export const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
export const sha512 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-512", bytes));
export const digestOf = async (bytes) => "sha256:" + hex(await sha256(bytes));

// Does to each what takes time, some at once, and lets the browser breathe in between.
export async function inBatches(items, act, size = 64) {
  const results = [];
  for (let at = 0; at < items.length; at += size) {
    if (at > 0) await new Promise((resolve) => setTimeout(resolve));
    results.push(...(await Promise.all(items.slice(at, at + size).map(act))));
  }
  return results;
}
