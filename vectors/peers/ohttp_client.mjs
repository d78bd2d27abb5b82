// An oblivious HTTP client (RFC 9458) that shares no code with this project: HPKE from npm @hpke/core, everything
// else written here from the RFCs. It fetches the key configurations, seals a prompt, and reads the answer.
//
//     node ohttp_client.mjs RELAY_URL [--keys URL] [--authority NAME] [--path PATH] [--checks] PROMPT
//
// RELAY_URL takes POST of message/ohttp-req; the keys are at RELAY_URL/ohttp-keys unless --keys says otherwise. Prints
// `status N` and the content. With --checks it also sends what must be refused, a line for each. Exit code 0 when the
// answer is a 200 and every check held. $ASSAY_PEERS is the folder with node_modules (script/peers_ohttp).
import { createRequire } from "node:module";
import { hkdfSync, createDecipheriv } from "node:crypto";
import path from "node:path";
import process from "node:process";

const require = createRequire(path.join(process.env.ASSAY_PEERS ?? "build/peers", "from-here.js"));
const hpke = require("@hpke/core");

const kems = { 0x10: [hpke.DhkemP256HkdfSha256, 65], 0x11: [hpke.DhkemP384HkdfSha384, 97],
               0x12: [hpke.DhkemP521HkdfSha512, 133], 0x20: [hpke.DhkemX25519HkdfSha256, 32] };
const kdfs = { 1: [hpke.HkdfSha256, "sha256"], 2: [hpke.HkdfSha384, "sha384"], 3: [hpke.HkdfSha512, "sha512"] };
const aeads = { 1: [hpke.Aes128Gcm, 16, "aes-128-gcm"], 2: [hpke.Aes256Gcm, 32, "aes-256-gcm"] };
const nonceSize = 12, tagSize = 16;

const text = (string) => new TextEncoder().encode(string);
const u16 = (number) => Uint8Array.of(number >> 8, number & 0xff);
const concat = (...parts) => new Uint8Array(Buffer.concat(parts));

function varint(number) {
  if (number < 1 << 6) return Uint8Array.of(number);
  if (number < 1 << 14) return Uint8Array.of(0x40 | (number >> 8), number & 0xff);
  const out = Buffer.alloc(4);
  out.writeUInt32BE((0x80000000 + number) >>> 0);
  return new Uint8Array(out);
}
const sized = (bytes) => concat(varint(bytes.length), bytes);

function bhttpRequest(method, authority, target, fields, content) {
  const lines = fields.map(([name, value]) => concat(sized(text(name)), sized(text(value))));
  const message = concat(varint(0), sized(text(method)), sized(text("https")), sized(text(authority)),
                         sized(text(target)), sized(concat(...lines)), sized(content), varint(0));
  let padded = 512;
  while (padded < message.length) padded *= 2;
  return concat(message, new Uint8Array(padded - message.length));
}

function bhttpResponse(bytes) {
  let at = 0;
  const take = (size) => {
    if (size > bytes.length - at) throw new Error("bhttp: truncated");
    at += size;
    return bytes.subarray(at - size, at);
  };
  const number = () => {
    const first = take(1)[0];
    let value = first & 0x3f;
    for (const byte of take((1 << (first >> 6)) - 1)) value = value * 256 + byte;
    return value;
  };
  const string = () => new TextDecoder().decode(take(number()));
  const section = () => {
    const end = number() + at, out = [];
    while (at < end) out.push([string(), string()]);
    if (at !== end) throw new Error("bhttp: a field line crosses its section");
    return out;
  };
  if (number() !== 1) throw new Error("bhttp: not a known-length response");
  let status = number();
  while (status < 200) { section(); status = number(); }
  const fields = section(), content = take(number());
  section();
  if (bytes.subarray(at).some((byte) => byte !== 0)) throw new Error("bhttp: padding is not zero");
  return { status, fields, content: new TextDecoder().decode(content) };
}

// The first configuration of the list that @hpke/core can use.
function firstConfig(list) {
  const view = Buffer.from(list);
  for (let at = 0; at < view.length;) {
    const size = view.readUInt16BE(at), config = view.subarray(at + 2, at + 2 + size);
    if (config.length !== size) throw new Error("keys: cut");
    at += 2 + size;
    const kemId = config.readUInt16BE(1);
    if (!(kemId in kems)) continue;
    const end = 3 + kems[kemId][1], pairs = config.subarray(end + 2);
    if (config.readUInt16BE(end) !== pairs.length || pairs.length % 4) throw new Error("keys: malformed");
    for (let i = 0; i < pairs.length; i += 4) {
      const kdfId = pairs.readUInt16BE(i), aeadId = pairs.readUInt16BE(i + 2);
      if (kdfId in kdfs && aeadId in aeads)
        return { keyId: config[0], kemId, kdfId, aeadId, publicKey: new Uint8Array(config.subarray(3, end)) };
    }
  }
  throw new Error("keys: none that can be used");
}

async function seal(config, plaintext) {
  const suite = new hpke.CipherSuite({ kem: new kems[config.kemId][0](), kdf: new kdfs[config.kdfId][0](),
                                       aead: new aeads[config.aeadId][0]() });
  const header = concat(Uint8Array.of(config.keyId), u16(config.kemId), u16(config.kdfId), u16(config.aeadId));
  const info = concat(text("message/bhttp request"), Uint8Array.of(0), header);
  const sender = await suite.createSenderContext(
    { recipientPublicKey: await suite.kem.deserializePublicKey(config.publicKey), info });
  const enc = new Uint8Array(sender.enc);
  const sealed = new Uint8Array(await sender.seal(plaintext));
  const secretSize = Math.max(nonceSize, aeads[config.aeadId][1]);
  const secret = new Uint8Array(await sender.export(text("message/bhttp response"), secretSize));
  return { message: concat(header, enc, sealed), enc, secret, secretSize };
}

function open(config, request, answer) {
  const nonce = answer.subarray(0, request.secretSize), sealed = answer.subarray(request.secretSize);
  const [, keySize, cipher] = aeads[config.aeadId], hash = kdfs[config.kdfId][1];
  const expand = (label, size) =>
    Buffer.from(hkdfSync(hash, request.secret, concat(request.enc, nonce), text(label), size));
  const decipher = createDecipheriv(cipher, expand("key", keySize), expand("nonce", nonceSize));
  decipher.setAuthTag(sealed.subarray(sealed.length - tagSize));
  return concat(decipher.update(sealed.subarray(0, sealed.length - tagSize)), decipher.final());
}

async function post(url, body, type = "message/ohttp-req") {
  const response = await fetch(url, { method: "POST", headers: { "content-type": type }, body });
  return { status: response.status, type: response.headers.get("content-type"),
           body: new Uint8Array(await response.arrayBuffer()) };
}

const options = { keys: null, authority: "llm.example", path: "/v1/chat", checks: false };
const plain = [];
for (let i = 2; i < process.argv.length; ++i) {
  const name = process.argv[i].replace(/^--/, "");
  if (process.argv[i] === "--checks") options.checks = true;
  else if (process.argv[i].startsWith("--") && name in options) options[name] = process.argv[++i];
  else plain.push(process.argv[i]);
}
const [relay, prompt] = plain;
if (!relay || prompt === undefined) {
  console.error("usage: ohttp_client.mjs RELAY_URL [--keys URL] [--authority NAME] [--path PATH] [--checks] PROMPT");
  process.exit(2);
}

let held = true;
const check = (good, what) => { console.log(`${good ? "ok" : "not ok"} ${what}`); held &&= good; };

const list = await fetch(options.keys ?? new URL("/ohttp-keys", relay));
if (list.status !== 200 || list.headers.get("content-type") !== "application/ohttp-keys")
  throw new Error(`keys: status ${list.status}, ${list.headers.get("content-type")}`);
const config = firstConfig(new Uint8Array(await list.arrayBuffer()));
const request = async (fields) => seal(config, bhttpRequest("POST", options.authority, options.path,
  fields ?? [["date", new Date().toUTCString()], ["content-type", "text/plain"]], text(prompt)));
const exchange = async (sealed) => {
  const answer = await post(relay, sealed.message);
  if (answer.status !== 200 || answer.type !== "message/ohttp-res")
    throw new Error(`answer in the clear: status ${answer.status}, ${answer.type}`);
  return { ...bhttpResponse(open(config, sealed, answer.body)), size: answer.body.length };
};

const first = await request();
const answer = await exchange(first);
console.log(`status ${answer.status}`);
console.log(answer.content);

if (options.checks) {
  const second = await request();
  check(Buffer.compare(first.enc, second.enc) !== 0, "two requests have two encapsulated keys");
  check((await exchange(second)).size === answer.size, "two answers of one class have one size");
  check((await exchange(first)).status >= 400, "a request that comes again is refused inside");
  const stale = await request([["date", "Sun, 06 Nov 1994 08:49:37 GMT"]]);
  check((await exchange(stale)).status === 400, "a request of another day is refused inside");
  check((await exchange(await request([]))).status === 400, "a request without a date is refused inside");
  const failures = new Set();
  for (const at of [0, 2, 4, 6, 7 + config.publicKey.length - 1, first.message.length - 1]) {
    const wrong = (await request()).message;
    wrong[at] ^= 1;
    const refused = await post(relay, wrong);
    check(refused.status === 422, `byte ${at} changed: 422`);
    failures.add(Buffer.from(refused.body).toString("hex"));
  }
  check(failures.size === 1, "whatever does not open has one answer");
  check((await post(relay, first.message.subarray(0, 40))).status === 400, "a request that was cut: 400");
  check((await post(relay, (await request()).message, "message/bhttp")).status === 415, "another media type: 415");
}
process.exit(answer.status === 200 && held ? 0 : 1);
