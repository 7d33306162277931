// Writes the test vectors, or with --check compares them with what is there.
import { readFileSync, writeFileSync } from "node:fs";
import * as encoding from "./encoding.mjs";

const { big, bytes, concat, hex, keccak, text } = encoding;

/** 32 bytes that look random and are always the same. */
const word = (name) => keccak(text(name));
const account = (name) => word(name).slice(12);
const plain = (value) => {
  if (value instanceof Uint8Array) return hex(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "bigint") return value.toString();
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
};

function commitments() {
  const cases = [
    { mmrRoot: word("root"), blockNumber: 1, validatorSetId: 0n },
    { mmrRoot: word("another root"), blockNumber: 0x01020304, validatorSetId: 0x0102030405060708n },
    { mmrRoot: new Uint8Array(32), blockNumber: 2 ** 32 - 1, validatorSetId: 2n ** 64n - 1n },
  ].map((fields) => ({ ...fields, encoded: encoding.commitment(fields), hash: keccak(encoding.commitment(fields)) }));
  return { cases };
}

function leaves() {
  const cases = [
    { parentNumber: 0, nextSet: { id: 1n, length: 4, root: word("set") }, outboxRoot: new Uint8Array(32) },
    {
      parentNumber: 0x01020304,
      nextSet: { id: 0x0102030405060708n, length: 0x090a0b0c, root: word("set") },
      outboxRoot: word("outbox"),
    },
  ].map((fields) => {
    const whole = { ...fields, parentHash: word("parent") };
    return { ...whole, encoded: encoding.leaf(whole), hash: keccak(encoding.leaf(whole)) };
  });
  return { cases };
}

function keysets() {
  // These two come from the tests of the crate binary-merkle-tree 16.1.2.
  const known = [
    {
      addresses: ["0xE04CC55ebEE1cBCE552f250e85c57B70B2E2625b"],
      root: "0xaeb47a269393297f4b0a3c9c9cfd00c7a4195255274cf39d83dabc2fcc9ff3d7",
    },
    {
      addresses: ["0xE04CC55ebEE1cBCE552f250e85c57B70B2E2625b", "0x25451A4de12dcCc2D166922fA938E900fCc4ED24"],
      root: "0x697ea2a8fe5b03468548a7a413424a6292ab44a82a6f5cc594c3fa7dda7ce402",
    },
  ].map(({ addresses, root }) => ({ addresses: addresses.map(bytes), root: bytes(root) }));
  const made = [3, 4, 5, 6, 7, 8, 9, 16, 31, 32, 100, 256].map((length) => {
    const addresses = Array.from({ length }, (_, i) => account(`validator ${i}`));
    return { addresses, root: encoding.keysetRoot(addresses) };
  });
  return { cases: [...known, ...made] };
}

function ranges() {
  // From the tests of pallet-mmr 50.0.0: the newest of seven leaves.
  const known = {
    count: 7,
    leaf: bytes("611c2174c6164952a66d985cfe1ec1a623794393e3acff96b136d198f37a648c"),
    items: [
      bytes("ae88a0825da50e953e7a359c55fe13c8015e48d03d301b8bdfc9193874da9252"),
      bytes("7e4316ae2ebf7c3b6821cb3a46ca8b7a4f9351a9b40fcf014bb0a4fd8e8f29da"),
    ],
    root: bytes("e45e25259f7930626431347fa4dd9aae7ac83b4966126d425ca70ab343709d2c"),
  };
  const made = [...Array.from({ length: 17 }, (_, i) => i + 1), 255, 256, 257, 1000].map((count) => {
    const all = Array.from({ length: count }, (_, i) => word(`leaf ${i}`));
    return { count, leaf: all.at(-1), items: encoding.mmrProof(all, count - 1), root: encoding.mmrRoot(all) };
  });
  return { cases: [known, ...made] };
}

/** A sidechain of 12 blocks, in which sessions begin with blocks 1, 5 and 9. */
function imports() {
  const sets = [
    [1, 2, 3, 4],
    [3, 4, 5, 6, 7],
    [5, 6, 7, 8, 9, 10, 11],
    [5, 6, 7, 8, 9, 10, 11],
  ].map((numbers, id) => {
    const members = numbers.map(encoding.validator);
    const addresses = members.map(({ address }) => address);
    return { id: BigInt(id), length: members.length, root: encoding.keysetRoot(addresses), members, addresses };
  });
  const announced = ({ id, length, root }) => ({ id, length, root });
  const encoded = Array.from({ length: 12 }, (_, i) =>
    encoding.leaf({
      parentNumber: i,
      parentHash: word(`block ${i}`),
      nextSet: sets[Math.floor(i / 4) + 1],
      outboxRoot: i < 2 ? new Uint8Array(32) : word(`outbox ${Math.floor(i / 3)}`),
    }),
  );
  const hashes = encoded.map((leaf) => keccak(leaf));
  const signed = (blockNumber, signerCount) => {
    const set = sets[Math.floor((blockNumber - 1) / 4)];
    const before = hashes.slice(0, blockNumber);
    const commitment = encoding.commitment({ mmrRoot: encoding.mmrRoot(before), blockNumber, validatorSetId: set.id });
    const signers = set.members.map((_, i) => i).filter((i) => i >= set.length - signerCount);
    return {
      blockNumber,
      commitment,
      validators: set.addresses,
      signers: signers.reduce((bits, i) => bits | (1 << i), 0),
      signatures: concat(...signers.map((i) => encoding.sign(set.members[i].secret, keccak(commitment)))),
      leaf: encoded[blockNumber - 1],
      proof: encoding.mmrProof(before, blockNumber - 1),
    };
  };
  const latest = signed(12, 5);
  // All that a client can be shown of older blocks under the newest commitment, with proofs that are right for their places.
  const historic = hashes.slice(0, 11).map((_, i) => ({ leaf: encoded[i], proof: encoding.mmrProof(hashes, i) }));
  return {
    firstMmrBlock: 1,
    currentSet: announced(sets[0]),
    nextSet: announced(sets[1]),
    imports: [signed(2, 3), signed(4, 4), signed(5, 4), signed(9, 5), latest],
    historic,
  };
}

function outboxes() {
  const chainId = 31337;
  const [vault, gateway] = [account("vault"), account("gateway")];
  const withdrawals = [
    { index: 0, to: account("alice"), amount: 1_000_000_000n, tip: 0n },
    { index: 1, to: account("bob"), amount: 2n ** 64n + 1n, tip: 7n },
    { index: 3, to: account("carol"), amount: 2n ** 128n - 1n, tip: 2n ** 128n - 1n },
  ].map((fields) => ({ ...fields, leaf: encoding.withdrawalLeaf(chainId, vault, fields) }));
  const payload = concat(big(20_756, 32), big(15_480, 32), big(17_930, 32));
  const results = [
    { index: 2, callId: encoding.callId(chainId, gateway, 5), outcome: 0, payload },
    { index: 4, callId: encoding.callId(chainId, gateway, 6), outcome: 1, payload: new Uint8Array(0) },
  ].map((fields) => {
    const checks = { assurance: 4, errorBound: 1234 };
    const result = { ...fields, ...checks, digest: word("manifest"), payloadHash: keccak(fields.payload) };
    return { ...result, leaf: encoding.resultLeaf(chainId, gateway, result) };
  });
  const inOrder = [...withdrawals, ...results].sort((a, b) => a.index - b.index).map(({ leaf }) => leaf);
  const trees = [0, 1, 2, 3, 5]
    .map((count) => inOrder.slice(0, count))
    .map((first) => ({ leaves: first, ...encoding.outbox(first) }));
  return { chainId, vault, gateway, withdrawals, results, trees };
}

function deposits() {
  const chainId = 31337;
  const vault = account("vault");
  const start = encoding.depositsStart(chainId, vault);
  let accumulator = start;
  const links = [
    { sender: account("alice"), to: word("alice on the sidechain"), amount: 1_000_000_000n, message: new Uint8Array(0) },
    { sender: account("bob"), to: word("bob on the sidechain"), amount: 2n ** 64n - 1n, message: text("hello") },
    { sender: account("gateway"), to: word("gateway"), amount: 1n, message: new Uint8Array(100).fill(7) },
  ].map((fields, nonce) => {
    accumulator = encoding.depositLink(accumulator, { ...fields, nonce });
    return { nonce, ...fields, accumulator };
  });
  return { chainId, vault, start, links };
}

function orders() {
  const chainId = 31337;
  const gateway = account("gateway");
  const requester = account("alice");
  const cases = [
    { app: 0, dataset: null, pool: null, category: 0, trust: 1, arguments: [], parameter: "" },
    { app: 7, dataset: 3, pool: 1, category: 2, trust: 100, arguments: ["--horizon", "10", "€"], parameter: "0" },
    {
      app: 2 ** 32 - 1,
      dataset: 0,
      pool: null,
      category: 255,
      trust: 2 ** 32 - 1,
      arguments: Array.from({ length: 16 }, (_, i) => "x".repeat(i * 16 + 16)),
      parameter: "y".repeat(64),
    },
  ].map((fields) => ({ ...fields, encoded: encoding.order(requester, fields) }));
  const calls = [0, 1, 2n ** 64n - 1n].map((nonce) => ({ nonce, callId: encoding.callId(chainId, gateway, nonce) }));
  return { chainId, gateway, requester, cases, calls };
}

const files = { commitments, leaves, keysets, ranges, imports, outboxes, deposits, orders };
let stale = 0;
for (const [name, make] of Object.entries(files)) {
  const path = new URL(`${name}.json`, import.meta.url);
  const made = `${JSON.stringify(plain(make()), null, 1)}\n`;
  if (!process.argv.includes("--check")) {
    writeFileSync(path, made);
  } else if (readFileSync(path, "utf8") !== made) {
    console.error(`error: test/vectors/${name}.json is not what make.mjs makes\nhint: npm run vectors`);
    stale++;
  }
}
process.exitCode = stale === 0 ? 0 : 1;
