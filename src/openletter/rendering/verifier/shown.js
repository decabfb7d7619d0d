// Does a page show the words of a record? No parser of Markdown has a part in it, so there are three answers:
//   same       every letter and digit of the record is shown, nothing else is, and each link leads where the record says;
//   unmatched  what differs stands where the record may have markup, so that nothing can be said;
//   different  something else is shown.
// Both sides are taken as their letters, marks and digits alone. What a letter shows is: of its head (date_line, or date; place;
// reference; sender; addressees; subject) each field once, in any order; then salutation, body, valediction; then each
// signatory (its fields in any order); then copies. The date (as 2026-05-14), a place that the date line names, and the ids
// of signatories may be left away. The record's number, its note and its digests are no part of it.
// With them go the signs that change a number or a sum: currencies, percent, minus, degrees, and what stands between two digits.
const WORDS = /[\p{L}\p{N}\p{M}\p{Sc}%\u2030\u00b0\u2212\u00b1\u00d7\u00f7]|(?<=\p{N})[.,:\/](?=\p{N})/gu;
export const wordsOf = (text) => (text.normalize("NFC").match(WORDS) ?? []).join("");

const inOrder = (map, ...names) => names.filter((name) => map.has(name)).map((name) => map.get(name));
const due = (text) => ({ words: wordsOf(text), optional: false });
const mayStand = (text) => ({ words: wordsOf(text), optional: true });

// Without ends of links, and with or without each other thing that a reader of Markdown could take for markup that has letters or
// digits: what stands behind a fence, definitions of links, the numbers of lists.
const MARKUP = [/^()[ >]*(?:```|~~~).*$/gm, /^() {0,3}\[[^\]\n]+\]:.*(?:\n +["'(].*$)?/gm, /^([ >*+-]*)[0-9]{1,9}[.)](?= |$)/gm];
const LINK_END = /\](\([^()\n]*(\([^()\n]*\)[^()\n]*)*\)|\[[^\]\n]*\])/g;
const withoutMarkup = (body) =>
  MARKUP.reduce((texts, markup) => [...texts, ...texts.map((text) => text.replace(markup, "$1"))], [body])
    .map((text) => text.replace(LINK_END, "]"));
// What a reader of Markdown may show in another place, or as another character.
const ELSEWHERE = /&#?[A-Za-z0-9]+;|^ {0,3}\[[^\]\n]+\]:.*["'(]/m;

function groupsOf(record, body) {
  const addressees = record.get("addressees")
    .flatMap((map) => [...inOrder(map, "name", "title", "organization"), ...(map.get("address") ?? [])]);
  const signatories = (record.get("signatories") ?? [])
    .map((map) => [...inOrder(map, "name", "title", "of").map(due), ...inOrder(map, "organization").map(mayStand)]);
  const line = record.get("date_line");
  const place = record.get("place");
  const head = [...inOrder(record, "date_line", "reference", "sender"), ...addressees, ...inOrder(record, "subject")].map(due);
  if (place !== undefined) head.push((line !== undefined && wordsOf(line).includes(wordsOf(place)) ? mayStand : due)(place));
  head.push(mayStand(record.get("date")));
  return [
    head,
    ...inOrder(record, "salutation").map((text) => [due(text)]),
    [due(body)],
    ...inOrder(record, "valediction").map((text) => [due(text)]),
    ...signatories,
    ...(record.get("copies") ?? []).map((text) => [due(text)]),
  ].map((group) => group.filter(({ words }) => words !== ""));
}

// How far these words are those of the record: all of them, or up to where.
function fits(groups, words) {
  let at = 0;
  for (const group of groups) {
    // The longer one first: one field can be the beginning of another.
    const left = [...group].sort((one, other) => other.words.length - one.words.length);
    for (let next; (next = left.findIndex((item) => words.startsWith(item.words, at))) >= 0; )
      at += left.splice(next, 1)[0].words.length;
    if (left.every(({ optional }) => optional)) continue;
    const common = left.map((item) => {
      let length = 0;
      while (length < item.words.length && item.words[length] === words[at + length]) length += 1;
      return length;
    });
    return at + Math.max(...common);
  }
  return at === words.length ? null : at;
}

// Does a link lead where the record says? An address that a renderer had to write in another way is not known.
function leads(record, href) {
  const text = [record.get("body"), record.get("body").replaceAll("\\", "")].join("\n");
  const bare = href.replace(/^mailto:/, "");
  if (text.includes(href) || (bare !== href && text.includes(bare))) return "same";
  return /%|xn--/.test(href) || text.includes("&") ? "unmatched" : "different";
}

// A page is pieces in reading order, {kind, text}: "text", "number" (of a list), "address" (of a link), "same-address" (of a link
// whose words are its address), "printed" (that address once more, behind its link). Says also near which words it differs.
export function compareShown(record, pieces) {
  const body = record.get("body");
  const shown = (...kinds) => pieces.filter(({ kind }) => kinds.includes(kind)).map(({ text }) => text).join("");
  const ways = [
    shown("text", "number", "printed"),
    shown("text", "number", "printed", "address"),
    shown("text", "number"),
    shown("text", "printed"),
    shown("text"),
  ];
  const addresses = pieces.filter(({ kind }) => kind.endsWith("address")).map(({ text }) => text);
  const links = addresses.map((address) => leads(record, address));
  if (links.includes("different")) return { match: "different", near: addresses[links.indexOf("different")] };
  const strict = groupsOf(record, body);
  if (ways.slice(0, 2).some((way) => fits(strict, wordsOf(way)) === null))
    return { match: links.includes("unmatched") ? "unmatched" : "same" };
  const loose = withoutMarkup(body).map((text) => groupsOf(record, text));
  if (ways.some((way) => [strict, ...loose].some((groups) => fits(groups, wordsOf(way)) === null))) return { match: "unmatched" };
  if (ELSEWHERE.test(body)) return { match: "unmatched" };
  // An address that a renderer had to write in another way is shown so, too.
  if (addresses.some((address) => /%|xn--/.test(address))) return { match: "unmatched" };
  return { match: "different", near: nearby(ways[0].normalize("NFC"), fits(strict, wordsOf(ways[0]))) };
}

// The words of a text around its letter number `at`.
function nearby(text, at) {
  let seen = 0;
  let place = text.length;
  for (const { index } of text.matchAll(WORDS)) {
    if (seen >= at) {
      place = index;
      break;
    }
    seen += text.codePointAt(index) > 0xffff ? 2 : 1;
  }
  const start = Math.max(0, text.lastIndexOf(" ", Math.max(0, place - 30)));
  return text.slice(start, place + 40).replace(/\s+/g, " ").trim();
}
