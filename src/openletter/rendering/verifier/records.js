// The four kinds of record: spec/records.md, and nothing else.
import { equal, Failure, utf8 } from "./bytes.js";
import { readCanonical, writeCanonical } from "./canonical.js";
import { readKeyLine } from "./signatures.js";

const DEVICE = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])$/;

export function isOrganization(id) {
  const labels = id.split(".");
  return id.length <= 180 && labels.length >= 2 && labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label)) &&
    !/^[0-9]+$/.test(labels.at(-1)) && !DEVICE.test(labels[0]);
}

export const isSlug = (slug) => slug.length <= 80 && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(slug) && !DEVICE.test(slug);

export function isDate(text) {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return false;
  const [year, month, day] = text.split("-").map(Number);
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  return year >= 1 && day >= 1 && day <= days;
}

function isKey(line) {
  try {
    return Boolean(readKeyLine(line));
  } catch (failure) {
    if (failure instanceof Failure) return false;
    throw failure;
  }
}

// "Values".
const line = (text) => {
  if (text.includes("\n")) throw new Failure("ForbiddenText", "a line feed in a line");
  return true;
};
export const anyText = () => true;
const choice = (...words) => (value) => words.includes(value);
const number = (value) => /^[1-9][0-9]{0,3}$/.test(value);
const digest = (value) => /^sha256:[0-9a-f]{64}$/.test(value);
const language = (value) => /^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$/.test(value);
export const isLetterId = (value) => /^[0-9]{4}\/[^/]*$/.test(value) && isSlug(value.slice(5));
export const commitId = (value) => /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(value);
export const treeId = (value) => /^[0-9a-f]{64}$/.test(value);

// The tables: "!" is required; an array is a list of what is in it; an object is a map.
const TABLES = {
  "letter/1": {
    "format!": anyText, "letter!": isLetterId, "revision!": number, previous: digest, "date!": isDate, date_line: line, place: line,
    reference: line, "language!": language, sender: anyText,
    "addressees!": [{ name: line, title: line, organization: line, address: [line] }],
    subject: line, salutation: anyText, "body!": anyText, valediction: anyText,
    signatories: [{ organization: isOrganization, name: line, title: line, of: line }],
    copies: [line], translation_of: digest, note: anyText,
  },
  "organization/1": {
    "format!": anyText, "organization!": isOrganization, "record!": number, previous: digest,
    "basis!": choice("first", "rotation", "recovery"), "date!": isDate, "name!": line,
    "keys!": [{ "key!": isKey, "status!": choice("active", "retired", "compromised"), since: isDate }],
    recovery: { "threshold!": number, "organizations!": [isOrganization] },
    authorized_by: [digest], note: anyText,
  },
  "withdrawal/1": {
    "format!": anyText, "letter!": isLetterId, "revision!": number, "text!": digest, "organization!": isOrganization,
    "date!": isDate, reason: anyText,
  },
  "checkpoint/1": {
    "format!": anyText, "organization!": isOrganization, "date!": isDate, "commit!": commitId, "tree!": treeId,
  },
};

export const refuse = (type, field) => {
  throw new Failure(type, field, field);
};

// Step 3: shape.
function shape(value, table, path) {
  if (typeof table === "function") return typeof value === "string" || refuse("FieldValue", path);
  if (Array.isArray(table)) {
    if (!Array.isArray(value)) refuse("FieldValue", path);
    return value.forEach((item, at) => shape(item, table[0], `${path}[${at}]`));
  }
  if (!(value instanceof Map)) refuse("FieldValue", path);
  const inside = (name) => (path ? `${path}.${name}` : name);
  const names = Object.keys(table).map((name) => name.replace("!", ""));
  for (const key of value.keys()) if (!names.includes(key)) refuse("UnknownField", inside(key));
  let last = -1;
  for (const key of value.keys()) {
    if (names.indexOf(key) < last) refuse("FieldOrder", inside(key));
    last = names.indexOf(key);
  }
  for (const [name, inner] of Object.entries(table)) {
    const key = name.replace("!", "");
    if (value.has(key)) shape(value.get(key), inner, inside(key));
    else if (name.endsWith("!")) refuse("MissingField", inside(key));
  }
}

// Step 4: values.
function values(value, table, path) {
  if (value instanceof Map)
    for (const [key, inner] of value) values(inner, table[key] ?? table[key + "!"], path ? `${path}.${key}` : key);
  else if (Array.isArray(value)) value.forEach((item, at) => values(item, table[0], `${path}[${at}]`));
  else
    try {
      if (!table(value)) refuse("FieldValue", path);
    } catch (failure) {
      if (failure.type === "ForbiddenText") failure.field = path;
      throw failure;
    }
}

export function noneTwice(items, path) {
  const seen = new Set();
  items.forEach((item, at) => {
    if (seen.has(item)) refuse("FieldConflict", path(at));
    if (item !== undefined) seen.add(item);
  });
}

// Step 5: rules, by their numbers.
const RULES = {
  "letter/1": (record) => {
    if ((record.get("revision") === "1") === record.has("previous")) refuse("FieldConflict", "previous"); // 1
    record.get("addressees").forEach((map, at) => { // 2
      if (!map.has("name") && !map.has("title") && !map.has("organization")) refuse("MissingField", `addressees[${at}]`);
    });
    const signatories = record.get("signatories") ?? [];
    signatories.forEach((map, at) => map.has("name") || map.has("of") || refuse("MissingField", `signatories[${at}]`)); // 3
    noneTwice(signatories.map((map) => map.get("organization")), (at) => `signatories[${at}].organization`); // 4
  },
  "organization/1": (record) => {
    const first = record.get("record") === "1";
    const keys = record.get("keys");
    if (first === record.has("previous")) refuse("FieldConflict", "previous"); // 1
    if (first !== (record.get("basis") === "first")) refuse("FieldConflict", "basis"); // 2
    noneTwice(keys.map((map) => map.get("key")), (at) => `keys[${at}].key`); // 3
    keys.forEach((map, at) => { // 4
      if ((map.get("status") === "compromised") !== map.has("since")) refuse("FieldConflict", `keys[${at}].since`);
    });
    if (first && !keys.some((map) => map.get("status") === "active")) refuse("FieldConflict", "keys"); // 5
    if (first && record.has("authorized_by")) refuse("FieldConflict", "authorized_by"); // 6
    noneTwice(record.get("authorized_by") ?? [], (at) => `authorized_by[${at}]`); // 7
    const recovery = record.get("recovery");
    if (!recovery) return;
    const helpers = recovery.get("organizations");
    noneTwice(helpers, (at) => `recovery.organizations[${at}]`); // 8
    if (helpers.includes(record.get("organization"))) refuse("FieldConflict", "recovery.organizations"); // 9
    if (Number(recovery.get("threshold")) > helpers.length) refuse("FieldConflict", "recovery.threshold"); // 10
  },
  "withdrawal/1": () => {},
  "checkpoint/1": () => {},
};

export function readRecord(bytes, tables = TABLES, rules = RULES) {
  // Step 1: spelling.
  const record = readCanonical(bytes);
  // Step 2: kind.
  const [name, format] = record.entries().next().value;
  if (name !== "format" || typeof format !== "string" || !Object.hasOwn(tables, format)) refuse("UnknownFormat", "format");
  shape(record, tables[format], "");
  values(record, tables[format], "");
  rules[format](record);
  // Step 6: proof.
  if (!equal(utf8(writeCanonical(record)), bytes)) throw new Failure("NotCanonical", "proof");
  return record;
}

// "The same wording".
export function sameWording(one, other) {
  const words = (record) => {
    const map = new Map(record);
    for (const name of ["revision", "previous", "note", "signatories"]) map.delete(name);
    return writeCanonical(map);
  };
  return words(one) === words(other);
}
