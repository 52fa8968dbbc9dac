// What goes wrong between a client and a service, and what comes of it with the official TypeScript client.
//
// One case a line, as in peer.py.

import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { inspect } from "node:util";
import { client, until } from "./checks.mjs";

const CHAT = "/v1/chat/completions";
const MODEL = "mistral-small-latest";
const KEY = "canary-5d0c2f81";

const plain = client(undefined, { apiKey: KEY });

// An answer that cannot be read has a status too, which says nothing.
const told = (error) => (error.statusCode >= 400 ? error.statusCode : error.name);

async function saw(name, work) {
  let result;
  try {
    result = await work();
  } catch (error) {
    result = `error: ${told(error)}`;
  }
  console.log(`saw - ${name} # ${result}`);
}

const request = (text = "Hello") => ({ customId: "a", body: { messages: [{ role: "user", content: text }] } });
const create = (api, text, more = {}, options = {}) =>
  api.batch.jobs.create({ requests: [request(text)], model: MODEL, endpoint: CHAT, ...more }, options);
const done = (api, { id }, status = "SUCCESS") => until(status, () => api.batch.jobs.get({ jobId: id }));
const unique = () => `n${Math.floor(Math.random() * 1e12)}`;

async function lostAnswer(address, options) {
  const api = client(process.env[address]);
  let answer = "a job is returned";
  try {
    await create(api, undefined, {}, options);
  } catch (error) {
    answer = `error ${told(error)}`;
  }
  return `${(await api.batch.jobs.list({})).total} made, ${answer}`;
}

const backoff = { initialInterval: 10, maxInterval: 50, exponent: 1.5, maxElapsedTime: 2_000 };
await saw("a create is answered 502 after it took effect", () => lostAnswer("LOST_BASE_URL"));
await saw("the same, with retries", () =>
  lostAnswer("LOST_AGAIN_BASE_URL", { retries: { strategy: "backoff", backoff, retryConnectionErrors: true } }),
);

await saw("a list is filtered by two statuses and a note", async () => {
  const metadata = { suite: unique() };
  await done(plain, await create(plain, undefined, { metadata }));
  const stopped = await create(plain, undefined, { metadata });
  await plain.batch.jobs.cancel({ jobId: stopped.id });
  await done(plain, stopped, "CANCELLED");
  const { data } = await plain.batch.jobs.list({ metadata, status: ["SUCCESS", "CANCELLED"] });
  return `${data.length} of 2 found`;
});

await saw("a list is filtered by a note called `page`", async () => {
  const metadata = { suite: unique(), page: "9" };
  await create(plain, undefined, { metadata });
  return `${(await plain.batch.jobs.list({ metadata })).data.length} of 1 found`;
});

await saw('a file called `été "1".jsonl` is uploaded', async () => {
  const file = { fileName: 'été "1".jsonl', content: Buffer.from("{}\n") };
  const { id, purpose } = await plain.files.upload({ file, purpose: "batch" });
  return `kept as \`${(await plain.files.retrieve({ fileId: id })).filename}\` for ${purpose}`;
});

await saw("the client is printed for debugging", () => {
  if (inspect(plain).includes(KEY)) return "shown";
  return inspect(plain, { depth: null }).includes(KEY) ? "hidden, shown with more depth" : "hidden";
});

await saw("a result holds U+2028, read by lines", async () => {
  const job = await done(plain, await create(plain, "one\u2028two"));
  const stream = await plain.files.download({ fileId: job.outputFile });
  let lines = 0;
  for await (const _ of createInterface({ input: Readable.fromWeb(stream) })) lines += 1;
  return `${lines} lines for 1 result`;
});
console.log("saw - a result holds U+2028, read by the client's own reader # it has none");

const faulty = client(process.env.FAULTY_BASE_URL);

await saw("a job has a status of tomorrow", async () => {
  const { id } = await create(faulty);
  return `read as ${(await faulty.batch.jobs.get({ jobId: id })).status}`;
});

await saw("a download breaks off", async () => {
  const content = Buffer.from('{"n": 1}\n'.repeat(1000));
  const { id } = await faulty.files.upload({ file: { fileName: "a.jsonl", content }, purpose: "batch" });
  const read = Buffer.from(await new Response(await faulty.files.download({ fileId: id })).arrayBuffer());
  return read.equals(content) ? "whole" : `${read.length} of ${content.length} bytes, without an error`;
});
