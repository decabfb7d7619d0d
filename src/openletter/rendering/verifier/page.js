// A page that checks itself: it finds the evidence beside its text, judges it, compares what the page says, and tells.
// It says no verdict that it didn't compute, and whatever strangers wrote comes in as text, never as HTML.
import { decodeBundle, judgeBundle } from "./bundle.js";
import { ascii, equal, Failure } from "./bytes.js";
import { compareShown, wordsOf } from "./shown.js";
import { engineVerifies, fingerprint } from "./signatures.js";
import { inFours, sentenceOf, summaryOf, visible } from "./words.js";

const EVIDENCE = 'script[type="application/vnd.openletter.bundle+json"]';
const TITLES = {
  checking: "Checking in your browser \u2026",
  sound: "Checked in your browser",
  refused: "Something here is false",
  unable: "Nothing was checked",
};

// Nothing could be checked; the message is for the reader.
class Unable extends Error {}
// The evidence is not sound, or not for this page; no verdict comes of it.
class Refused extends Error {}

// --- what the page is made of ---

// Parts of a sentence: text, {name} of a stranger, or elements.
function element(kind, ...parts) {
  const made = document.createElement(kind);
  for (const part of parts) {
    if (part?.name === undefined || part instanceof Node) made.append(part);
    else made.append(element("bdi", part.name));
  }
  return made;
}

const listOf = (items) => element("ul", ...items.map((item) => (item instanceof Node ? item : element("li", ...item))));

function place() {
  let section = document.getElementById("check");
  if (!section) {
    section = document.createElement("section");
    section.id = "check";
    document.body.append(section);
  }
  section.setAttribute("aria-live", "polite");
  return section;
}

function show(section, state, ...content) {
  section.dataset.state = state;
  section.setAttribute("aria-busy", String(state === "checking"));
  const title = element("h2", TITLES[state]);
  title.id = "check-title";
  section.setAttribute("aria-labelledby", title.id);
  section.replaceChildren(title, ...content);
}

// --- the evidence ---

async function fetched(href) {
  const url = new URL(href, document.baseURI);
  if (location.protocol === "file:")
    throw new Unable("opened from a folder this page can't read the evidence beside it; use the single file or a server");
  if (url.origin !== location.origin) throw new Refused("the evidence is on another site than the page");
  let answer;
  try {
    answer = await fetch(url, { cache: "no-store", credentials: "omit", redirect: "error" });
  } catch {
    throw new Unable("the evidence beside this page could not be fetched");
  }
  if (!answer.ok) throw new Unable("the evidence beside this page could not be fetched");
  return new Uint8Array(await answer.arrayBuffer());
}

// The bundle, and the record as it is served beside it, where it is.
async function evidence() {
  const inside = document.querySelectorAll(EVIDENCE);
  if (inside.length > 1) throw new Refused("there is more than one bundle of evidence in this page");
  if (inside.length === 1) {
    const text = inside[0].textContent;
    if (/[^\x00-\x7f]/.test(text)) throw new Refused("the evidence in this page is damaged");
    return { bytes: ascii(text), record: null };
  }
  const links = (kind) => document.querySelectorAll(`link[rel="${kind}"]`);
  const [bundle, record] = ["openletter-bundle", "openletter-record"].map(links);
  if (bundle.length !== 1 || record.length > 1) throw new Refused("this page doesn't say once which evidence belongs to it");
  const all = [...bundle, ...record].map((link) => fetched(link.getAttribute("href")));
  const [bytes, served = null] = await Promise.all(all);
  return { bytes, record: served };
}

async function canVerify() {
  if (globalThis.crypto?.subtle === undefined)
    throw new Unable("a browser offers what is needed only over a secure connection (https), and this page came over another");
  try {
    if (await engineVerifies()) return;
  } catch {
    // Said below.
  }
  throw new Unable("this browser lacks Ed25519 (WebCrypto), by which such letters are verified; a newer one has it");
}

// --- what the page says ---

// What a letter of ours is made of, and nothing else: whatever else stands in the article could draw it otherwise.
const ELEMENTS = new Set(
  ("A ARTICLE BDI BLOCKQUOTE BR CODE DIV EM H1 H2 H3 H4 H5 H6 HR LI OL P PRE SMALL SPAN STRONG UL").split(" "),
);
const CLASSES = new Set(
  ("addressees address body close copies date image info letter reference salutation sender signatories subject title valediction wide")
    .split(" "),
);
const ATTRIBUTES = new Set(["class", "data-label", "dir", "href", "id", "lang", "rel", "start"]);
// The marks that our style sheet puts round an address or a title, and before copies.
const MARKED = ".address, .title, .copies, a";

// Could this element of the article be drawn otherwise than as the words in it?
function isDrawnOtherwise(node, style) {
  if (!ELEMENTS.has(node.tagName) || [...node.attributes].some(({ name }) => !ATTRIBUTES.has(name))) return true;
  if ([...node.classList].some((name) => !CLASSES.has(name)) || (node.id !== "" && node.id !== "letter")) return true;
  if (Number(style.opacity) < 1 || style.position === "absolute" || style.position === "fixed" || style.float !== "none") return true;
  if (parseFloat(style.fontSize) < 6 || style.clipPath !== "none" || style.transform !== "none" || style.textIndent !== "0px") return true;
  if (style.unicodeBidi === "bidi-override" || style.unicodeBidi === "isolate-override") return true;
  if (style.textDecorationLine.includes("line-through") || style.color === style.backgroundColor) return true;
  return !node.matches(MARKED) && ["::before", "::after"].some((at) => !["none", "normal"].includes(getComputedStyle(node, at).content));
}

// The text of the page in reading order, but for what isn't drawn; the numbers of lists, and where links lead, are pieces too.
function piecesOf(node, pieces = [], counted = new Map()) {
  if (node.nodeType === Node.TEXT_NODE) pieces.push({ kind: "text", text: node.data });
  if (node.nodeType !== Node.ELEMENT_NODE || ["SCRIPT", "STYLE", "TEMPLATE", "NOSCRIPT"].includes(node.tagName)) return pieces;
  const style = getComputedStyle(node);
  if (isDrawnOtherwise(node, style)) pieces.push({ kind: "odd", text: "" });
  if (style.display === "none" || style.visibility === "hidden") return pieces;
  if (node.tagName === "LI" && node.parentElement?.tagName === "OL") {
    const number = counted.get(node.parentElement) ?? node.parentElement.start;
    counted.set(node.parentElement, number + 1);
    pieces.push({ kind: "number", text: String(number) });
  }
  const link = node.previousElementSibling;
  if (node.tagName === "SMALL" && link?.tagName === "A" && link.getAttribute("href") === node.textContent) {
    pieces.push({ kind: "printed", text: node.textContent });
    return pieces;
  }
  for (const child of node.childNodes) piecesOf(child, pieces, counted);
  if (node.tagName === "A" && node.hasAttribute("href")) {
    const href = node.getAttribute("href");
    const same = [href, href.replace(/^mailto:/, "")].some((one) => wordsOf(one) === wordsOf(node.textContent));
    pieces.push({ kind: same ? "same-address" : "address", text: href });
  }
  return pieces;
}

// What comes of comparing: what was checked, what is open, and what is false; each a sentence in parts.
class Findings {
  checked = [];
  open = [];
  wrong = [];
}

const called = (organization) => (organization ? { name: visible(organization) } : "one without an id");

// The text that the page shows, held against the record: "same", "unmatched" or "different".
function compareText(record, findings) {
  const articles = document.querySelectorAll("article#letter");
  if (articles.length > 1) findings.wrong.push(["The page shows more than one text."]);
  const pieces = articles.length === 1 ? piecesOf(articles[0]) : [];
  const odd = articles.length !== 1 || pieces.some(({ kind }) => kind === "odd");
  const compared = articles.length === 1 ? compareShown(record, pieces) : { match: "unmatched" };
  const match = odd && compared.match === "same" ? "unmatched" : compared.match;
  const { near } = compared;
  if (match === "same") findings.checked.push(["the words that the page shows are those of the record, letter by letter, and number by number"]);
  if (match === "different") findings.wrong.push(["The page shows other words than the record, near: ", { name: near }]);
  if (match === "unmatched")
    findings.open.push(["the words that the page shows could not be matched with the record: read the exact text below"]);
  return match;
}

const HEADINGS = {
  signed: "signed this text",
  endorsed: "signed this text without being named in it",
  "signed-earlier": "signed an earlier text, not this one",
  withdrawn: "withdrew its support",
  disputed: "disputed",
  unproven: "a signature that proves nothing",
  invalid: "a signature that does not hold",
  named: "no signature here",
};

// Does the heading of a group of rows say this verdict?
function isCalled(group, verdict) {
  const heading = group.querySelector("h2, h3, h4, h5, h6");
  return heading !== null && heading.textContent.replace(/\(\d+\)/, "").replace(/^\W+/, "").trim() === HEADINGS[verdict];
}

// The verdicts that the page shows, each in a row with its organization's id, held against those that were computed.
function compareVerdicts(verdicts, findings) {
  const rows = [...document.querySelectorAll("[data-organization][data-verdict]")].filter((row) => !row.closest("#check"));
  if (rows.length === 0) return;
  const said = new Set();
  const byId = new Map();
  for (const one of verdicts) byId.set(one.organization ?? "", [...(byId.get(one.organization ?? "") ?? []), one]);
  const before = findings.wrong.length;
  for (const row of rows) {
    const { organization, verdict } = row.dataset;
    said.add(organization);
    const group = row.closest("[data-group]");
    if (group !== null && (group.dataset.group !== verdict || !isCalled(group, verdict)))
      findings.wrong.push(["The page puts ", called(organization), " under another heading than that of its verdict."]);
    const computed = byId.get(organization) ?? [];
    if (computed.some((one) => one.verdict === verdict)) continue;
    const claim = [called(organization), " the page says \u201c", { name: visible(verdict) }];
    if (computed.some((one) => one.restsOn.some(({ standing }) => standing?.status === "compromised" || standing?.shared)))
      findings.open.push(["of ", ...claim, "\u201d; that would take a time stamp, and none is checked here"]);
    else findings.wrong.push(["Of ", ...claim, "\u201d, and the evidence doesn't."]);
  }
  for (const { organization } of verdicts)
    if (!said.has(organization ?? "")) findings.wrong.push(["The page leaves out ", called(organization), "."]);
  if (findings.wrong.length === before)
    findings.checked.push(["the verdict that the page gives each organization is the one that was computed here; what else it says was not compared"]);
}

// --- what is told ---

// A file of the evidence, to save: for who checks by hand.
function saved(bundle, path) {
  const link = element("a", path.split("/").at(-1));
  link.href = URL.createObjectURL(new Blob([bundle.files.get(path)], { type: "application/octet-stream" }));
  link.download = link.textContent;
  return link;
}

function byHand(bundle, judged, verdicts) {
  const file = decodeURIComponent(location.pathname.split("/").at(-1));
  const single = document.querySelector(EVIDENCE) !== null;
  const shown = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(file) ? file : "FILE.html";
  const commands = [single ? `openletter verify ${shown}` : `openletter verify ${bundle.letter}@${bundle.revision}`];
  const content = [];
  const one = verdicts.find(({ verdict }) => verdict === "signed" || verdict === "endorsed");
  const number = one && judged.keys.chain(one.organization).at(-1)?.number;
  const four = (n) => String(n).padStart(4, "0");
  const paths = [
    `keys/${one?.organization}/${four(number)}.allowed_signers`,
    one?.restsOn[0].path,
    `archive/${bundle.letter}/${four(bundle.revision)}.yaml`,
  ];
  if (one && bundle.files.has(paths[0])) {
    const links = paths.map((path) => saved(bundle, path));
    const [keys, signature, record] = links.map((link) => link.textContent);
    commands.push(`ssh-keygen -Y verify -f ${keys} -I ${one.organization} -n openletter -s ${signature} < ${record}`);
    content.push(element("p", "Save for the second: ", ...links.flatMap((link) => [link, " "])));
  }
  const typed = element("pre", element("code", commands.join("\n")));
  typed.className = "command";
  typed.dir = "ltr";
  return [typed, ...content];
}

function exactText(bundle) {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bundle.record);
  const pre = element("pre", text);
  pre.dir = "auto";
  pre.tabIndex = 0;
  return element("details", element("summary", "The exact text that was checked"), pre);
}

async function rowsOf(verdicts) {
  return Promise.all(verdicts.map(async (one) => {
    const prints = await Promise.all(one.restsOn.filter(({ key }) => key).map(({ key }) => fingerprint(key)));
    const row = element("li", ...sentenceOf(one, [...new Set(prints)]));
    row.dataset.organization = one.organization ?? "";
    row.dataset.computed = one.verdict;
    return row;
  }));
}

const LIMITS = [
  ["a page can't vouch for itself: whoever serves it could serve another script; the commands below don't depend on it"],
  ["whose the keys are: they are known only from this archive, until you confirm them by a route of your own"],
  ["when anyone signed; the dates in a letter are claims"],
  ["what is left out here: a newer copy may hold a later revision or a withdrawal"],
];

function whatHolds({ revision }, { revisions, signatures, organizations, keys }) {
  const unbroken = revision === 1 ? "it is the first revision" : `revisions 1 to ${revision} form an unbroken chain`;
  const fitting = signatures.filter(({ outcome }) => outcome !== "invalid").length;
  const holds = [
    ["the record is exactly as its rules say, byte for byte"],
    [revisions.get(revision).chained ? unbroken : "the chain of revisions is broken"],
    [`${fitting} of ${signatures.length} signatures over texts and withdrawals fit what they were made for`],
  ];
  if (organizations.every((id) => keys.faults(id).length === 0))
    holds.push(["the key records follow from one another, and each key signed the record that brought it"]);
  return holds;
}

async function check(section) {
  await canVerify();
  const { bytes, record: served } = await evidence();
  let bundle;
  try {
    bundle = await decodeBundle(bytes);
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    throw new Refused(`the evidence is not sound: it was changed or damaged (${failure.message})`);
  }
  if (served !== null && !equal(served, bundle.record))
    throw new Refused("the record that is served beside this page is not the one in the evidence");
  const judged = await judgeBundle(bundle);
  const verdicts = judged.verdictsOn(bundle.revision);
  const shown = judged.revisions.get(bundle.revision);
  if (!shown.record)
    throw new Refused("the text that this page is about is no valid record, so nothing can be said of who stands behind it");
  const findings = new Findings();
  section.dataset.text = compareText(shown.record, findings);
  compareVerdicts(verdicts, findings);
  const faults = judged.faults.slice(0, 100).map(({ path, error }) => ["False in the evidence: ", { name: path }, ` (${error})`]);
  const wrong = [...findings.wrong, ...faults];
  show(
    section,
    wrong.length > 0 ? "refused" : "sound",
    ...(wrong.length > 0 ? [listOf(wrong)] : []),
    element("p", { name: bundle.letter }, `, revision ${bundle.revision}. ${summaryOf(verdicts)}`),
    listOf(await rowsOf(verdicts)),
    element("h3", "What was checked"),
    listOf([...whatHolds(bundle, judged), ...findings.checked]),
    element("h3", "What this can't show"),
    listOf([...findings.open, ...LIMITS]),
    element("p", "The SHA-256 of the text, to compare aloud: ", element("code", inFours(bundle.digest.slice(7)))),
    element("p", "To check independently of this page:"),
    ...byHand(bundle, judged, verdicts),
    exactText(bundle),
  );
}

export async function start() {
  if (document.readyState === "loading")
    await new Promise((done) => document.addEventListener("DOMContentLoaded", done, { once: true }));
  if (!document.querySelector(`#check, ${EVIDENCE}, link[rel="openletter-bundle"]`)) return;
  const section = place();
  show(section, "checking");
  try {
    await check(section);
  } catch (error) {
    const refused = error instanceof Refused;
    const why = refused || error instanceof Unable ? error.message : "the check itself failed";
    show(
      section,
      refused ? "refused" : "unable",
      element("p", `${why[0].toUpperCase()}${why.slice(1)}.`),
      element("p", "So this page shows no verdict of its own, and what it says elsewhere is only its claim."),
      element("p", "To check it without this page: openletter verify FILE"),
    );
    if (!refused && !(error instanceof Unable)) console.error(error);
  }
}
