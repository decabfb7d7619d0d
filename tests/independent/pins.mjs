// Files of pins: spec/pins.md, "The file of pins".
import { Failure } from "../../src/openletter/rendering/verifier/bytes.js";
import { isOrganization } from "../../src/openletter/rendering/verifier/records.js";
import { fingerprint, readKeyLine } from "../../src/openletter/rendering/verifier/signatures.js";

const OPTION = '(?:namespaces|valid-after|valid-before)="[^"]*"';
const PIN = new RegExp(
  `^[ \\t]*([^ \\t]+)[ \\t]+(?:(${OPTION}(?:,${OPTION})*)[ \\t]+)?` +
    "(ssh-ed25519|sk-ssh-ed25519@openssh\\.com)[ \\t]+([^ \\t]+)(?:[ \\t].*)?$",
  "s",
);
const NAMES = /^[A-Za-z0-9._@-]+(?:,[A-Za-z0-9._@-]+)*$/;
const TIME = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?Z$/;

function refuse(why, line) {
  throw Object.assign(new Failure("PinsError", why), { line });
}

// Step 1: the bytes.
function linesOf(bytes) {
  if (bytes.length > 1 << 20) refuse("more than 1 MiB");
  const lines = [];
  for (let start = 0, end; start <= bytes.length; start = end + 1) {
    end = bytes.indexOf(0x0a, start);
    if (end < 0) end = bytes.length;
    lines.push(bytes.subarray(start, end));
  }
  if (lines[0].subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]))) refuse("a byte order mark", 1);
  for (const [at, line] of lines.entries()) if (line.includes(0) || line.includes(0x0d)) refuse("NUL or CR", at + 1);
  return lines.map((line, at) => {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(line);
    } catch {
      return refuse("not UTF-8", at + 1);
    }
  });
}

// Step 5: seconds since 1970 began.
function seconds(text, line) {
  const found = TIME.exec(text);
  if (found === null) refuse("no time", line);
  const [year, month, day, hour, minute, second] = found.slice(1).map((part) => Number(part ?? 0));
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const same = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()].join() === [year, month, day].join();
  if (!same || hour > 23 || minute > 59 || second > 59 || date <= 0) refuse("no such time", line);
  return date / 1000;
}

// Steps 3 to 6: one line.
function pinOf(text, line) {
  const [, organization, options, type, base64] = PIN.exec(text) ?? refuse("not in the grammar", line);
  if (!isOrganization(organization)) refuse("no id", line);
  const given = new Map();
  for (const [, name, value] of (options ?? "").matchAll(/([a-z-]+)="([^"]*)"/g)) {
    if (given.has(name)) refuse("an option twice", line);
    given.set(name, value);
  }
  const names = given.get("namespaces") ?? "openletter";
  if (!NAMES.test(names) || !names.split(",").includes("openletter")) refuse("another purpose", line);
  const after = given.has("valid-after") ? seconds(given.get("valid-after"), line) : -Infinity;
  const before = given.has("valid-before") ? seconds(given.get("valid-before"), line) : Infinity;
  if (before <= after) refuse("the times", line);
  try {
    return { organization, key: readKeyLine(`${type} ${base64}`), after, before };
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    return refuse(failure.message, line);
  }
}

export function readPins(bytes) {
  const pins = [];
  const holders = new Map();
  for (const [at, text] of linesOf(bytes).entries()) {
    // Step 2: comments and empty lines.
    if (/^[ \t]*(#|$)/.test(text)) continue;
    pins.push({ ...pinOf(text, at + 1), line: at + 1 });
  }
  // Step 7: no key for two.
  for (const { organization, key, line } of pins) {
    if (!holders.has(key.line)) holders.set(key.line, organization);
    if (holders.get(key.line) !== organization) refuse("one key for two", line);
  }
  return pins;
}

// What is pinned at a moment, as the vectors say it: "alder.example SHA256:..., birch.example SHA256:...".
export async function pinnedAt(pins, moment) {
  const now = seconds(moment);
  const held = pins.filter(({ after, before }) => after <= now && now <= before);
  const found = await Promise.all(held.map(async ({ organization, key }) => `${organization} ${await fingerprint(key)}`));
  return [...new Set(found)].sort().join(", ") || "nothing";
}
