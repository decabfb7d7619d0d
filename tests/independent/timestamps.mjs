// Timestamps, as spec/timestamps.md says; the numbers are those of its steps.
import { createHash, verify as verifySignature, X509Certificate } from "node:crypto";
import { Failure } from "../../src/openletter/rendering/verifier/bytes.js";

const fail = (why) => {
  throw new Failure("TimestampError", why);
};

// --- DER ---

function* elements(bytes) {
  for (let at = 0; at < bytes.length; ) {
    const start = at;
    const tag = bytes[at++];
    if ((tag & 31) === 31 || at === bytes.length) fail("a tag");
    let length = bytes[at++];
    if (length >= 128) {
      const count = length - 128;
      if (count === 0 || at + count > bytes.length || bytes[at] === 0) fail("a length");
      length = bytes.subarray(at, at + count).reduce((sum, byte) => sum * 256 + byte, 0);
      if (length < 128) fail("a length");
      at += count;
    }
    if (at + length > bytes.length) fail("the end");
    yield { tag, content: bytes.subarray(at, at + length), whole: bytes.subarray(start, at + length) };
    at += length;
  }
}

// Takes elements in turn: `must` demands one, `may` takes one where it is there; at the end nothing must be left.
function fields(bytes, read) {
  const all = [...elements(bytes)];
  const may = (tag) => (all.length && all[0].tag === tag ? all.shift() : undefined);
  const must = (tag) => may(tag) ?? fail(`no ${tag}`);
  const result = read(must, may, all);
  if (all.length) fail("something left");
  return result;
}

const inOrder = (list) => list.forEach((one, at) => at && Buffer.compare(list[at - 1].whole, one.whole) > 0 && fail("order"));

function integer({ content }) {
  if (!content.length) fail("a number");
  if (content.length > 1 && (content[0] === 0 ? content[1] < 128 : content[0] === 255 && content[1] >= 128)) fail("a number");
  return BigInt.asIntN(content.length * 8, BigInt("0x" + content.toString("hex")));
}

function identifier({ content }) {
  let start = true;
  for (const byte of content) {
    if (start && byte === 128) fail("an identifier");
    start = byte < 128;
  }
  if (!content.length || !start) fail("an identifier");
  return content.toString("hex");
}

const algorithm = (element) =>
  fields(element.content, (must, may) => {
    const found = identifier(must(6));
    if (may(5)?.content.length) fail("parameters");
    return found;
  });

const HASHES = { "608648016503040201": "sha256", "608648016503040202": "sha384", "608648016503040203": "sha512" };
const hash = (element) => HASHES[algorithm(element)] ?? fail("another hash");
const digest = (name, bytes) => createHash(name).update(bytes).digest();

// --- reading ---

function read(bytes) {
  if (bytes.length > 65536) fail("1: size");
  return fields(bytes, (must) =>
    fields(must(0x30).content, (must) => {
      fields(must(0x30).content, (must, may) => {
        if (integer(must(2)) !== 0n) fail("3: not granted");
        for (const text of elements(may(0x30)?.content ?? Buffer.alloc(0)))
          if (text.tag !== 12 || !Buffer.from(text.content.toString("utf8")).equals(text.content)) fail("3: words");
      });
      return fields(must(0x30).content, (must) => {
        if (identifier(must(6)) !== "2a864886f70d010702") fail("4: no signed data");
        return fields(must(0xa0).content, (must) => fields(must(0x30).content, signedData));
      });
    }),
  );
}

function signedData(must, may) {
  if (integer(must(2)) !== 3n) fail("4: version");
  const algorithms = [...elements(must(0x31).content)];
  inOrder(algorithms);
  const hashes = algorithms.map((one) => (one.tag === 0x30 ? hash(one) : fail("5: algorithms")));
  const content = fields(must(0x30).content, (must) => {
    if (identifier(must(6)) !== "2a864886f70d0109100104") fail("4: another content");
    return fields(must(0xa0).content, (must) => must(4).content);
  });
  const certificates = [...elements(may(0xa0)?.content ?? Buffer.alloc(0))];
  if (certificates.length < 1 || certificates.length > 16 || certificates.some(({ tag }) => tag !== 0x30)) fail("4: certificates");
  inOrder(certificates);
  may(0xa1);
  const signer = fields(must(0x31).content, (must) => fields(must(0x30).content, signerInfo));
  if (!hashes.includes(signer.hashName)) fail("5: hash");
  return { content, certificates: certificates.map(({ whole }) => whole), ...signer, ...fields(content, (must) => fields(must(0x30).content, info)) };
}

function signerInfo(must, may) {
  if (integer(must(2)) !== 1n) fail("5: version");
  const [issuer, serial] = fields(must(0x30).content, (must) => [must(0x30).whole, integer(must(2))]);
  const hashName = hash(must(0x30));
  const attributes = may(0xa0) ?? fail("5: no signed attributes");
  const signedWith = algorithm(must(0x30));
  const signature = must(4).content;
  listed(may(0xa1)?.content ?? Buffer.alloc(0));
  const values = new Map();
  for (const [kind, list] of listed(attributes.content)) {
    if (list.length !== 1 || values.has(kind)) fail("6: an attribute");
    values.set(kind, list[0]);
  }
  const value = (kind, tag) => {
    const found = values.get(kind);
    return found !== undefined && found.tag === tag ? found : fail("6: an attribute is missing");
  };
  if (identifier(value("2a864886f70d010903", 6)) !== "2a864886f70d0109100104") fail("6: type of content");
  const ids = [];
  for (const [kind, version] of [["2a864886f70d010910020c", 1], ["2a864886f70d010910022f", 2]])
    if (values.has(kind))
      fields(value(kind, 0x30).content, (must, may) => {
        const first = [...elements(must(0x30).content)][0];
        if (first?.tag !== 0x30) fail("6: signing certificate");
        may(0x30);
        ids.push(fields(first.content, (must, may) => {
          const named = version === 2 ? may(0x30) : undefined;
          const name = named ? hash(named) : version === 1 ? "sha1" : "sha256";
          const digest = must(4).content;
          const both = may(0x30);
          return { name, digest, both: both && fields(both.content, (must) => [fields(must(0x30).content, (must) => must(0xa4).content), integer(must(2))]) };
        }));
      });
  if (!ids.length) fail("6: signing certificate");
  return { issuer, serial, hashName, signedWith, signature, ids, contentDigest: value("2a864886f70d010904", 4).content, signed: attributes.whole };
}

// Attributes, each as its type and its values.
function listed(bytes) {
  const all = [...elements(bytes)];
  inOrder(all);
  return all.map(({ tag, content }) => {
    if (tag !== 0x30) fail("6: an attribute");
    return fields(content, (must) => {
      const kind = identifier(must(6));
      const list = [...elements(must(0x31).content)];
      inOrder(list);
      return [kind, list];
    });
  });
}

function info(must, may) {
  if (integer(must(2)) !== 1n) fail("7: version");
  identifier(must(6));
  const [imprintHash, imprint] = fields(must(0x30).content, (must) => [hash(must(0x30)), must(4).content]);
  integer(must(2));
  const time = moment(must(0x18).content.toString("latin1"));
  const accuracy = may(0x30);
  const ordering = may(1);
  if (ordering && ordering.content.toString("hex") !== "ff") fail("7: ordering");
  const nonce = may(2);
  if (nonce) integer(nonce);
  may(0xa0);
  for (const one of elements(may(0xa1)?.content ?? Buffer.alloc(0))) {
    if (one.tag !== 0x30) fail("7: an extension");
    fields(one.content, (must) => identifier(must(6)) && must(4));
  }
  // In millionths of a second, since 1970.
  const latest = time + (accuracy ? fields(accuracy.content, span) : 0n);
  const seconds = (latest + 999_999n) / 1_000_000n;
  if (seconds > 253402300799n) fail("7: beyond all calendars");
  return { imprintHash, imprint, genTime: time, time: new Date(Number(seconds) * 1000).toISOString().replace(".000", "") };
}

function moment(text) {
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d*[1-9]))?Z$/.exec(text) ?? fail("7: a time");
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const again = date.toISOString().replace(/[-:T]|\.000Z/g, "");
  if (again !== text.slice(0, 14) || year === 0) fail("7: no time of the calendar");
  const fraction = found[7] ?? "";
  return BigInt(date.getTime()) * 1000n + BigInt(fraction.slice(0, 6).padEnd(6, "0")) + (fraction.length > 6 ? 1n : 0n);
}

function span(must, may) {
  const seconds = may(2);
  let sum = seconds ? integer(seconds) * 1_000_000n : 0n;
  if (sum < 0n) fail("7: accuracy");
  for (const [tag, unit] of [[0x80, 1000n], [0x81, 1n]]) {
    const part = may(tag);
    if (part === undefined) continue;
    const number = integer(part);
    if (number < 1n || number > 999n) fail("7: accuracy");
    sum += number * unit;
  }
  return sum;
}

// --- certificates ---

// Issuer and number, for which it need not be read as a whole.
function named(bytes) {
  const signed = fields(bytes, (must) => elements(must(0x30).content).next().value);
  if (signed?.tag !== 0x30) fail("9: a certificate");
  const list = elements(signed.content);
  const next = () => list.next().value;
  const first = next();
  const [serial, algorithm, issuer] = [first?.tag === 0xa0 ? next() : first, next(), next()];
  if (serial?.tag !== 2 || algorithm?.tag !== 0x30 || issuer?.tag !== 0x30) fail("9: a certificate");
  return [issuer.whole, integer(serial)];
}

// What can't be read is undefined, and leads nowhere.
function certificate(bytes) {
  try {
    const signed = [...elements([...elements(bytes)][0].content)][0];
    const signedWith = [...elements([...elements([...elements(bytes)][0].content)][1].content)][0].content.toString("hex");
    const list = [...elements(signed.content)];
    if (list[0].tag === 0xa0) list.shift();
    const extensions = new Map();
    const field = list.find(({ tag }) => tag === 0xa3);
    for (const one of field ? elements([...elements(field.content)][0].content) : [])
      fields(one.content, (must, may) => {
        const kind = identifier(must(6));
        const critical = may(1) !== undefined;
        if (extensions.has(kind)) fail("an extension twice");
        extensions.set(kind, { critical, value: [...elements(must(4).content)][0] });
      });
    const node = new X509Certificate(bytes);
    return {
      bytes, node, extensions, signedWith,
      serial: integer(list[0]), issuer: list[2].whole, subject: list[4].whole,
      since: BigInt(Date.parse(node.validFrom)) * 1000n, until: BigInt(Date.parse(node.validTo)) * 1000n,
    };
  } catch {
    return undefined;
  }
}

const BASIC = "551d13", USAGE = "551d0f", PURPOSE = "551d25", STAMPING = "2b06010505070308", ANY = "551d2500";
const KNOWN = new Set([BASIC, USAGE, PURPOSE, "551d0e", "551d23"]);
// The bits of keyUsage, the first one highest.
const usage = (one) => one.extensions.get(USAGE)?.value.content.subarray(1).readUInt8();
const purposes = (one) => {
  const found = one.extensions.get(PURPOSE);
  return found && [...elements(found.value.content)].map(identifier);
};

function strong(key, kinds = ["rsa", "ec", "ed25519", "ed448"]) {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails;
  if (!kinds.includes(key.asymmetricKeyType)) return false;
  if (key.asymmetricKeyType === "rsa") return modulusLength >= 2048 && modulusLength <= 8192;
  return key.asymmetricKeyType !== "ec" || ["prime256v1", "secp384r1", "secp521r1"].includes(namedCurve);
}

const RSA = "2a864886f70d010101";
const WITH = {
  rsa: { "2a864886f70d01010b": "sha256", "2a864886f70d01010c": "sha384", "2a864886f70d01010d": "sha512" },
  ec: { "2a8648ce3d040302": "sha256", "2a8648ce3d040303": "sha384", "2a8648ce3d040304": "sha512" },
};
const SOUND = new Set([...Object.keys(WITH.rsa), ...Object.keys(WITH.ec), "2b6570", "2b6571"]);

function mayIssue(one, below) {
  const basic = one.extensions.get(BASIC);
  const [ca, most] = basic ? [...elements(basic.value.content)] : [];
  if (ca?.tag !== 1 || ca.content[0] !== 255 || (most && integer(most) < BigInt(below))) return false;
  return (usage(one) === undefined || (usage(one) & 4) !== 0) && (purposes(one)?.some((it) => it === STAMPING || it === ANY) ?? true);
}

const plain = (one, time) => one.since <= time && time < one.until && [...one.extensions].every(([kind, { critical }]) => !critical || KNOWN.has(kind));

function counts(signer, others, roots, time) {
  let trials = 100;
  // `below` is the number of certificates between, on the way that leads to `one`.
  const leads = (one, below) => {
    if (below > 4 || !plain(one, time) || !strong(one.node.publicKey) || !SOUND.has(one.signedWith)) return false;
    const issued = (issuer) =>
      issuer && issuer !== one && issuer.subject.equals(one.issuer) && plain(issuer, time) && strong(issuer.node.publicKey) &&
      mayIssue(issuer, below) && trials-- > 0 && one.node.verify(issuer.node.publicKey);
    return roots.some(issued) || others.some((issuer) => issued(issuer) && leads(issuer, below + 1));
  };
  return leads(signer, 0);
}

// --- judging ---

export function judge(bytes, data, roots) {
  const it = read(bytes);
  if (!digest(it.imprintHash, data).equals(it.imprint)) fail("8: other bytes");
  const found = it.certificates.filter((one) => {
    const [issuer, serial] = named(one);
    return issuer.equals(it.issuer) && serial === it.serial;
  });
  if (found.length !== 1) fail("9: not one certificate");
  const all = it.certificates.map(certificate).filter(Boolean);
  const signer = all.find(({ bytes }) => bytes === found[0]) ?? fail("9: a certificate");
  for (const { name, digest: said, both } of it.ids)
    if (!digest(name, signer.bytes).equals(said) || (both && !(both[0].equals(it.issuer) && both[1] === it.serial))) fail("10: another certificate");
  if (purposes(signer)?.join() !== STAMPING || !signer.extensions.get(PURPOSE).critical) fail("11: purpose");
  if (usage(signer) !== undefined && ((usage(signer) & 0xc0) === 0 || (usage(signer) & 0x3f) !== 0)) fail("11: usage");
  if (!digest(it.hashName, it.content).equals(it.contentDigest)) fail("12: another content");
  const key = signer.node.publicKey;
  if (!strong(key, ["rsa", "ec"])) fail("12: the key");
  const with_ = WITH[key.asymmetricKeyType][it.signedWith];
  if (with_ !== it.hashName && !(key.asymmetricKeyType === "rsa" && it.signedWith === RSA)) fail("12: kind of signature");
  const signed = Buffer.from(it.signed);
  signed[0] = 0x31;
  if (!verifySignature(it.hashName, signed, key, it.signature)) fail("12: the signature");
  if (it.genTime < signer.since || it.genTime > signer.until) fail("13: validity");
  return { time: it.time, counts: counts(signer, all, roots.map(certificate), it.genTime) };
}
