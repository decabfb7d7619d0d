// Canonical YAML: spec/canonical-yaml.md, and nothing else. A map is a Map, a list an Array, a string a string.
import { Failure } from "./bytes.js";
import { REPERTOIRE } from "./repertoire.js";

// The table holds the first and the last point of each range, in turn.
function permitted(point) {
  let [low, high] = [0, REPERTOIRE.length / 2 - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (REPERTOIRE[2 * middle] <= point) low = middle;
    else high = middle - 1;
  }
  return REPERTOIRE[2 * low] <= point && point <= REPERTOIRE[2 * low + 1];
}

const SPACE = "[\\u0020\\u00A0\\u1680\\u2000-\\u200B\\u202F\\u205F\\u3000]";
const SPACE_FIRST = new RegExp(`^${SPACE}`);
const SPACE_LAST = new RegExp(`${SPACE}$`);
const NO_KEYS = new Set(["y", "n", "yes", "no", "on", "off", "true", "false", "null"]);

// "Text", rules 3 to 5.
function checkText(string) {
  const lines = string.split("\n");
  lines.forEach((line, at) => {
    const behind = at === 0 ? line : line.replace(/^ +/, "");
    if (SPACE_FIRST.test(behind) || (line !== "" && behind === "")) throw new Failure("ForbiddenText", "rule 3");
    if (SPACE_LAST.test(line)) throw new Failure("ForbiddenText", "rule 4");
    if (line === "" && (at === 0 || at === lines.length - 1 || lines[at - 1] === ""))
      throw new Failure("ForbiddenText", "rule 5");
  });
}

const wrong = (why) => new Failure("NotCanonical", why);

class Reader {
  constructor(lines) {
    Object.assign(this, { lines, at: 0 });
  }

  // Does the next line stand at this column, and not further right?
  isAt(column) {
    const line = this.lines[this.at];
    return line !== undefined && line.slice(0, column) === " ".repeat(column) && line.length > column && line[column] !== " ";
  }

  map(column, level) {
    if (level > 8) throw wrong("too deep");
    const map = new Map();
    do {
      const line = this.lines[this.at].slice(column);
      const colon = line.indexOf(":");
      const key = line.slice(0, Math.max(colon, 0));
      if (!/^[a-z]+(_[a-z]+)*$/.test(key) || key.length > 64 || NO_KEYS.has(key)) throw wrong("no key");
      if (map.has(key)) throw wrong("a key that stands twice");
      const rest = line.slice(colon + 1);
      if (rest === "") {
        this.at += 1;
        map.set(key, this.nested(column + 2, level + 1));
      } else if (rest[0] === " ") map.set(key, this.string(rest.slice(1), column + 2));
      else throw wrong("no space behind the colon");
    } while (this.isAt(column));
    return map;
  }

  nested(column, level) {
    if (!this.isAt(column)) throw wrong("nothing below a key");
    const item = () => this.lines[this.at].slice(column);
    if (!item().startsWith("- ")) return this.map(column, level);
    if (level > 8) throw wrong("too deep");
    const list = [];
    while (this.isAt(column)) {
      if (!item().startsWith("- ")) throw wrong("no item");
      const rest = item().slice(2);
      list.push(/^["|]/.test(rest) ? this.string(rest, column + 2) : this.map(column + 2, level + 1));
      if (typeof list.at(-1) !== typeof list[0]) throw wrong("strings and maps in one list");
    }
    return list;
  }

  string(rest, column) {
    this.at += 1;
    if (rest === "|-") return this.block(column);
    const quoted = /^"([^"\\]*)"$/.exec(rest);
    if (!quoted || quoted[1] === "") throw wrong("no string");
    checkText(quoted[1]);
    return quoted[1];
  }

  block(column) {
    const lines = [];
    const indent = " ".repeat(column);
    for (let line; (line = this.lines[this.at]) !== undefined && (/^ *$/.test(line) || line.startsWith(indent)); this.at += 1) {
      if (/^ +$/.test(line)) throw new Failure("ForbiddenText", "a line of spaces");
      lines.push(line.slice(column));
    }
    if (lines.length === 0 || lines.at(-1) === "") throw wrong("an empty line behind a block, or a block without lines");
    checkText(lines.join("\n"));
    return lines.join("\n");
  }
}

export function writeCanonical(value, column = 0) {
  const indent = " ".repeat(column);
  const block = (string, c) => "|-\n" + string.split("\n").map((line) => (line && " ".repeat(c) + line) + "\n").join("");
  const string = (text, c) => (/["\\\n]/.test(text) ? block(text, c) : `"${text}"\n`);
  if (value instanceof Map)
    return [...value]
      .map(([key, inner]) => indent + key + ":" + (typeof inner === "string" ? " " + string(inner, column + 2) : "\n" + writeCanonical(inner, column + 2)))
      .join("");
  return value
    .map((item) => indent + "- " + (typeof item === "string" ? string(item, column + 2) : writeCanonical(item, column + 2).slice(column + 2)))
    .join("");
}

export function readCanonical(bytes) {
  // Step 1: size.
  if (bytes.length > 1048576) throw new Failure("TooLarge", "over 1 MiB");
  // Step 2: UTF-8.
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Failure("NotUtf8", "not well-formed");
  }
  if (text.startsWith("\uFEFF")) throw new Failure("NotUtf8", "a byte order mark");
  // Step 3: repertoire.
  for (const character of text) if (!permitted(character.codePointAt(0))) throw new Failure("ForbiddenText", "repertoire");
  // Step 4: normalization.
  if (text.normalize("NFC") !== text) throw new Failure("NotNormalized", "not form C");
  // Step 5: lines.
  if (!text.endsWith("\n")) throw wrong("no line feed at the end");
  // Step 6: structure.
  const reader = new Reader(text.slice(0, -1).split("\n"));
  const document = reader.map(0, 1);
  if (reader.at < reader.lines.length) throw wrong("a line out of place");
  // Step 7: proof.
  if (writeCanonical(document) !== text) throw wrong("another spelling");
  return document;
}
