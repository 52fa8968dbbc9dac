// Makes calls through the official TypeScript client and says what it sent and what it read.
//
// The same lines come in and go out as in client.py. The client's package is found in the folder given as argument.

import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const folder = process.argv[2];
const entry = createRequire(join(folder, "package.json")).resolve("@mistralai/mistralai");
const http = createRequire(join(folder, "package.json")).resolve("@mistralai/mistralai/lib/http.js");
const { Mistral } = await import(pathToFileURL(entry));
const { HTTPClient } = await import(pathToFileURL(http));
const v2 = process.argv[3] === "2";

let sent = null;
let answer = null;

async function fetcher(input, init) {
  const request = input instanceof Request && init === undefined ? input : new Request(input, init);
  const url = new URL(request.url);
  const headers = {};
  for (const name of ["accept", "authorization", "content-type"]) headers[name] = request.headers.get(name);
  sent = {
    method: request.method,
    path: url.pathname,
    query: url.search.slice(1),
    headers,
    body: Buffer.from(await request.arrayBuffer()).toString("base64"),
  };
  const body = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
  const kind = answer.content_type ?? "application/json";
  return new Response(body, { status: answer.status, headers: { "content-type": kind } });
}

const client = new Mistral({
  apiKey: "fake-key-0123456789",
  serverURL: "https://api.mistral.ai",
  httpClient: new HTTPClient({ fetcher }),
});

const camel = (name) => name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
// Below these keys stand the caller's own names.
const theirs = new Set(["metadata", "body"]);

function camelled(value) {
  if (Array.isArray(value)) return value.map(camelled);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [camel(name), theirs.has(name) ? inner : camelled(inner)]),
  );
}

function parameters(given) {
  const named = camelled(given);
  for (const name of ["createdAfter", "createdBefore"]) {
    if (typeof named[name] === "string") named[name] = new Date(named[name]);
  }
  if (named.file) {
    const { fileName, content, contentType } = named.file;
    named.file = contentType
      ? new File([content], fileName, { type: contentType })
      : { fileName, content: Buffer.from(content) };
  }
  return named;
}

const update = ({ modelId, ...changes }) =>
  client.models.update({ modelId, [v2 ? "updateModelRequest" : "updateFTModelIn"]: changes });

const methods = {
  "batch.jobs.list": (p) => client.batch.jobs.list(p),
  "batch.jobs.create": (p) => client.batch.jobs.create(p),
  "batch.jobs.get": (p) => client.batch.jobs.get(p),
  "batch.jobs.cancel": (p) => client.batch.jobs.cancel(p),
  "batch.jobs.delete": (p) => client.batch.jobs.delete(p),
  "files.upload": (p) => client.files.upload(p),
  "files.list": (p) => client.files.list(p),
  "files.get": (p) => client.files.retrieve(p),
  "files.delete": (p) => client.files.delete(p),
  "files.download": async (p) => Buffer.from(await new Response(await client.files.download(p)).arrayBuffer()).toString(),
  "files.signed_url": (p) => client.files.getSignedUrl(p),
  "fine_tuning.jobs.list": (p) => client.fineTuning.jobs.list(p),
  "fine_tuning.jobs.create": (p) => client.fineTuning.jobs.create(p),
  "fine_tuning.jobs.get": (p) => client.fineTuning.jobs.get(p),
  "fine_tuning.jobs.cancel": (p) => client.fineTuning.jobs.cancel(p),
  "fine_tuning.jobs.start": (p) => client.fineTuning.jobs.start(p),
  "models.list": (p) => (Object.keys(p).length === 0 ? client.models.list() : client.models.list(p)),
  "models.get": (p) => client.models.retrieve(p),
  "models.delete": (p) => client.models.delete(p),
  "models.update": update,
  "models.archive": (p) => client.models.archive(p),
  "models.unarchive": (p) => client.models.unarchive(p),
};

for await (const line of createInterface({ input: process.stdin })) {
  const call = JSON.parse(line);
  sent = null;
  answer = call.answer ?? { status: 200, body: {} };
  let read = null;
  let refused = null;
  try {
    read = (await methods[call.operation](parameters(call.parameters))) ?? null;
  } catch (error) {
    refused = `${error.name}: ${error.message}`.slice(0, 400);
  }
  process.stdout.write(`${JSON.stringify({ sent, read, refused })}\n`);
}
