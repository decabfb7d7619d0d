// A scenario of vectors/trust: vectors/README.md, "A scenario". What comes out, in the lines of an answer.
import { judgeCheckpoints, weigh } from "./checkpoints.mjs";
import { foldersOf } from "../../src/openletter/rendering/verifier/names.js";
import { readKeyLine, shortName } from "../../src/openletter/rendering/verifier/signatures.js";
import { CONFIRMED, Trust } from "../../src/openletter/rendering/verifier/trust.js";
import { judgeLetter, Keys } from "../../src/openletter/rendering/verifier/verification.js";

const PARTS = ["pins", "sightings", "timestamps", "answer"];

const decode = (bytes) => new TextDecoder().decode(bytes);

function unpack(payload) {
  const parts = new Map();
  for (let at = 0; at < payload.length; ) {
    const end = payload.indexOf(10, at);
    const [name, length] = decode(payload.subarray(at, end)).split(" ");
    parts.set(name, payload.subarray(end + 1, end + 1 + Number(length)));
    at = end + 2 + Number(length);
  }
  return parts;
}

const grouped = (rows) => rows.reduce((map, [key, value]) => map.set(key, [...(map.get(key) ?? []), value]), new Map());
const list = (names) => [...names].sort().join(",") || "-";

// "Demands", and "Demands of evidence": is it met by these verdicts of one letter?
function isMet(require, demand, verdicts) {
  const [kind, count] = (demand ?? "recorded").split(":");
  const enough = ({ rests }) =>
    rests.some((one) => CONFIRMED.includes(one.evidence) || kind === "recorded" || (kind === "vouched" && one.vouched.size >= Number(count)));
  const listed = verdicts.filter((one) => one.listed);
  const signed = listed.filter((one) => one.verdict === "signed");
  if (require === undefined) return signed.length > 0 && signed.every(enough);
  const counted = signed.filter(enough);
  if (/^[0-9]+$/.test(require)) return counted.length >= Number(require);
  if (require === "all") return listed.length > 0 && counted.length === listed.length;
  return require.split(",").every((id) => counted.some(({ organization }) => organization === id));
}

export async function answer({ payload, judge, require, trust: demand }) {
  const parts = unpack(payload);
  const lines = Object.fromEntries(PARTS.map((name) => [name, decode(parts.get(name)).split("\n").slice(0, -1)]));
  const found = foldersOf([...parts].filter(([path]) => path.includes("/")));
  const pins = grouped(lines.pins.map((line) => /^(\S+) namespaces="openletter" (.*)$/.exec(line).slice(1)));
  const sightings = new Map(lines.sightings.map((line) => line.split(" ")).map(([path, state, ...holds]) => [path, { state, holds: new Set(holds) }]));
  const stamps = grouped(lines.timestamps.map((line) => line.split(" ")).map(([path, authority, time]) => [path, { authority, time }]));

  const whole = judge === "archive";
  const keys = await Keys.judge(found.keys);
  const trust = new Trust(keys, new Map([...pins].map(([id, keyLines]) => [id, new Set(keyLines)])));
  const checkpoints = await Promise.all([...found.checkpoints].map(([id, folder]) => judgeCheckpoints(id, folder)));
  const { witnesses, faults: untrue } = weigh(checkpoints.flatMap(({ sound }) => sound), trust, sightings, stamps);

  const [wanted, revision] = judge.split("@");
  const letters = await Promise.all((whole ? [...found.letters.keys()] : [wanted]).map(async (id) => {
    const { revisions, verdictsOn, signatures, organizations: keys, faults } = await judgeLetter(id, found.letters.get(id), trust, witnesses);
    return { letter: id, organizations: verdictsOn(revision ? Number(revision) : [...revisions.keys()].at(-1)), signatures, keys, faults };
  }));
  const involved = whole ? [...found.keys.keys()] : [...new Set(letters.flatMap((letter) => letter.keys))].filter((id) => found.keys.has(id));

  const shorts = new Map();
  for (const id of involved) for (const line of trust.of(id).keys()) shorts.set(line, await shortName(readKeyLine(line)));

  const faults = [
    ...letters.flatMap((letter) => letter.faults),
    ...involved.flatMap((id) => keys.faults(id)),
    ...(whole ? [...checkpoints.flatMap((one) => one.faults), ...untrue] : []),
  ];
  const met = require === undefined && demand === undefined ? null : letters.every((letter) => isMet(require, demand, letter.organizations));
  const out = [
    ...faults.map(({ path, error }) => `fault ${path} ${error}`),
    ...involved.flatMap((id) => [...trust.of(id)].map(([line, one]) =>
      `key ${id} ${shorts.get(line)} ${one.status} ${one.evidence} ${list(one.vouched)} ${list(one.unpinned)}`)),
    ...involved.map((id) => keys.organizations.get(id).waiting).filter(Boolean)
      .map(({ path, threshold, able, agreed }) => `waiting ${path} ${threshold} ${list(able)} ${list(agreed)}`),
    ...involved.filter((id) => trust.recovered.has(id)).map((id) => `recovered ${id} ${trust.recovered.get(id)}`),
    ...letters.flatMap((letter) => letter.organizations.map((one) =>
      `verdict ${letter.letter} ${one.organization ?? "-"} ${one.verdict} ${one.revision ?? "-"} ${one.evidence ?? "-"}`)),
    ...letters.flatMap((letter) => letter.signatures).flatMap((one) => [
      ...(one.seen ? [`seen ${one.path} ${one.seen.day} ${one.seen.by}`] : []),
      ...(one.older ? [`older ${one.path}`] : []),
    ]),
    ...(met === null ? [] : [met ? "demand met" : "demand unmet"]),
    `status ${faults.length > 0 ? 1 : met === false ? 3 : 0}`,
  ].sort();
  const expected = lines.answer;
  const differs = [...out.filter((line) => !expected.includes(line)).map((line) => `+ ${line}`), ...expected.filter((line) => !out.includes(line)).map((line) => `- ${line}`)];
  return { same: out.join("\n") === expected.join("\n"), differs };
}
