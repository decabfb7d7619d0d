// A scenario of vectors/trust: vectors/README.md, "A scenario". What comes out, in the lines of an answer.
import { parse } from "./archive.mjs";
import { readKeyLine } from "./signatures.mjs";
import { isMet, Trust, weigh } from "./trust.mjs";
import { judgeCheckpoints, judgeLetter, Keys } from "./verification.mjs";

const PARTS = ["pins", "sightings", "timestamps", "answer"];

function unpack(payload) {
  const parts = new Map();
  for (let at = 0; at < payload.length; ) {
    const end = payload.indexOf("\n", at);
    const [name, length] = payload.subarray(at, end).toString("utf8").split(" ");
    parts.set(name, payload.subarray(end + 1, end + 1 + Number(length)));
    at = end + 2 + Number(length);
  }
  return parts;
}

// The folders that the paths of a scenario lie in: {letters, keys, checkpoints}.
function folders(parts) {
  const found = { letters: new Map(), keys: new Map(), checkpoints: new Map() };
  for (const [path, bytes] of parts) {
    if (!path.includes("/")) continue;
    const at = path.lastIndexOf("/");
    const [, top, id] = /^(keys|archive\/checkpoints|archive)\/(.*)$/.exec(path.slice(0, at));
    const kind = { keys: "keys", "archive/checkpoints": "checkpoint", archive: "letter" }[top];
    const kept = found[{ keys: "keys", checkpoint: "checkpoints", letter: "letters" }[kind]];
    if (!kept.has(id)) kept.set(id, { path: path.slice(0, at), entries: [], faults: [] });
    kept.get(id).entries.push({ ...parse(kind, path.slice(at + 1)), path, bytes });
  }
  return found;
}

const grouped = (rows) => rows.reduce((map, [key, value]) => map.set(key, [...(map.get(key) ?? []), value]), new Map());
const list = (names) => [...names].sort().join(",") || "-";

export function answer({ payload, judge, require, trust: demand }) {
  const parts = unpack(payload);
  const lines = Object.fromEntries(PARTS.map((name) => [name, parts.get(name).toString("utf8").split("\n").slice(0, -1)]));
  const found = folders(parts);
  const pins = grouped(lines.pins.map((line) => /^(\S+) namespaces="openletter" (.*)$/.exec(line).slice(1)));
  const sightings = new Map(lines.sightings.map((line) => line.split(" ")).map(([path, state, ...holds]) => [path, { state, holds: new Set(holds) }]));
  const stamps = grouped(lines.timestamps.map((line) => line.split(" ")).map(([path, authority, time]) => [path, { authority, time }]));

  const whole = judge === "archive";
  const keys = new Keys(found.keys);
  const trust = new Trust(keys, new Map([...pins].map(([id, keyLines]) => [id, new Set(keyLines)])));
  const checkpoints = [...found.checkpoints].map(([id, folder]) => judgeCheckpoints(id, folder));
  const { witnesses, faults: untrue } = weigh(checkpoints.flatMap(({ sound }) => sound), trust, sightings, stamps);

  const [wanted, revision] = judge.split("@");
  const letters = (whole ? [...found.letters.keys()] : [wanted]).map((id) => {
    const { judged, signatures, organizations: keys, faults } = judgeLetter(id, found.letters.get(id), trust, witnesses);
    const { organizations } = (revision ? judged.find((one) => one.revision === Number(revision)) : judged.at(-1)) ?? { organizations: [] };
    return { letter: id, organizations, signatures, keys, faults };
  });
  const involved = whole ? [...found.keys.keys()] : [...new Set(letters.flatMap((letter) => letter.keys))].filter((id) => found.keys.has(id));

  const faults = [
    ...letters.flatMap((letter) => letter.faults),
    ...involved.flatMap((id) => keys.faults(id)),
    ...(whole ? [...checkpoints.flatMap((one) => one.faults), ...untrue] : []),
  ];
  const met = require === undefined && demand === undefined ? null : letters.every((letter) => isMet(require, demand, letter.organizations));
  const out = [
    ...faults.map(({ path, error }) => `fault ${path} ${error}`),
    ...involved.flatMap((id) => [...trust.of(id)].map(([line, one]) =>
      `key ${id} ${readKeyLine(line).short} ${one.status} ${one.evidence} ${list(one.vouched)} ${list(one.unpinned)}`)),
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
