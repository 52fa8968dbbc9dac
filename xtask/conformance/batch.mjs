// Files and batch jobs, by the official TypeScript client.

import { check, client, finish, refused, same, since, until } from "./checks.mjs";

const CHAT = "/v1/chat/completions";
const MODEL = "mistral-small-latest";
const NOTHING = "00000000-0000-4000-8000-000000000000";

const api = client();
const jobs = api.batch.jobs;

const question = (custom_id, text = "One word, please.") => ({
  custom_id,
  body: { max_tokens: 16, messages: [{ role: "user", content: text }] },
});
const lines = (requests) => Buffer.from(requests.map((request) => JSON.stringify(request) + "\n").join(""));

async function upload(content, fileName = "batch.jsonl") {
  return (await api.files.upload({ file: { fileName, content }, purpose: "batch" })).id;
}

const create = (fileId, more = {}) => jobs.create({ inputFiles: [fileId], model: MODEL, endpoint: CHAT, ...more });
const done = (job) => until("SUCCESS", () => jobs.get({ jobId: job.id }));

const download = async (fileId) =>
  Buffer.from(await new Response(await api.files.download({ fileId })).arrayBuffer());

/** The lines of a file, by the ids of their requests. */
async function results(fileId) {
  const text = (await download(fileId)).toString();
  const read = text.split("\n").filter((line) => line).map((line) => JSON.parse(line));
  return new Map(read.map((line) => [line.custom_id, line]));
}

const content = lines([question("é", "Déjà vu ☕\u2028?"), question("b")]);

const fileId = await check("files.upload", async () => {
  const file = await api.files.upload({ file: { fileName: 'été "1".jsonl', content }, purpose: "batch" });
  same([file.purpose, file.sampleType, file.source], ["batch", "batch_request", "upload"]);
  return file.id;
});

await check("files.retrieve", async () => {
  const file = await api.files.retrieve({ fileId });
  same([file.id, file.deleted, file.sizeBytes], [fileId, false, content.length]);
});

await check("files.list", async () => {
  const filters = [{}, { purpose: "batch" }, { sampleType: ["batch_request"], source: ["upload"] }, { pageSize: 5 }];
  for (const filter of filters) {
    const { data } = await api.files.list(filter);
    same(data.some((file) => file.id === fileId), true, JSON.stringify(filter));
  }
  same((await api.files.list({ purpose: "fine-tune" })).data, []);
  same((await api.files.list({ search: "no such name" })).data, []);
});

await check("files.download", async () => same((await download(fileId)).equals(content), true, "bytes"));

await check("files.get_signed_url", async () => {
  const { url } = await api.files.getSignedUrl({ fileId, expiry: 1 });
  // Fetched without the key: the address carries its own right.
  const fetched = Buffer.from(await (await fetch(url)).arrayBuffer());
  same(fetched.equals(content), true, "bytes");
});

await check("a job from a file, whole", async () => {
  const asked = Array.from({ length: 7 }, (_, number) => `q-${number}`);
  let job = await create(await upload(lines(asked.map((id) => question(id)))), { metadata: { suite: "whole" } });
  same([["QUEUED", "RUNNING"].includes(job.status), job.endpoint, job.model], [true, CHAT, MODEL]);
  job = await done(job);
  same([job.totalRequests, job.succeededRequests, job.failedRequests], [7, 7, 0]);
  same([job.errors, Boolean(job.errorFile)], [[], false]);
  const answered = await results(job.outputFile);
  // The service promises no order; the ids bring it back.
  for (const id of asked) {
    const { response } = answered.get(id);
    same([response.status_code, response.body.object], [200, "chat.completion"]);
  }
  same(answered.size, 7);
});

await check("a failing request is in the error file", async () => {
  const job = await done(await create(await upload(lines([question("good"), { custom_id: "bad", body: { max_tokens: 5 } }]))));
  same([job.succeededRequests, job.failedRequests], [1, 1]);
  same([...(await results(job.outputFile)).keys()], ["good"]);
  same([...(await results(job.errorFile)).keys()], ["bad"]);
});

await check("a broken file fails the job", async () => {
  const { id } = await create(await upload(Buffer.from('{"custom_id": "a", "body": {\n')));
  const job = await until("FAILED", () => jobs.get({ jobId: id }));
  same(job.errors.length > 0, true, "errors");
});

if (since(1, 12, 0)) {
  await check("a job from inline requests", async () => {
    const inline = ({ custom_id, body }) => ({ customId: custom_id, body });
    const requests = [question("first"), question("second")].map(inline);
    const { id } = await jobs.create({ requests, model: MODEL, endpoint: CHAT });
    await done({ id });
    const job = await jobs.get({ jobId: id, inline: true });
    same(job.outputs.map((output) => output.custom_id).sort(), ["first", "second"]);
  });
}

await check("jobs.list with filters", async () => {
  const note = `n${Math.floor(Math.random() * 1e12)}`;
  const hours = (count) => new Date(Date.now() + count * 3_600_000);
  const made = [];
  for (const team of ["blue", "blue", "green"]) {
    const input = await upload(lines([question("a")]), `${team}.jsonl`);
    made.push((await done(await create(input, { metadata: { suite: note, team } }))).id);
  }
  const list = (filters = {}) => jobs.list({ metadata: { suite: note }, ...filters });
  const count = async (filters) => (await list(filters)).data.length;
  same(await count(), 3);
  same(await count({ metadata: { suite: note, team: "blue" } }), 2);
  same(await count({ status: ["SUCCESS", "CANCELLED"] }), 3);
  same(await count({ status: ["RUNNING"] }), 0);
  same(await count({ model: "no-such-model" }), 0);
  same(await count({ createdAfter: hours(-1), createdByMe: true }), 3);
  same(await count({ createdAfter: hours(48) }), 0);
  const page = await list({ page: 1, pageSize: 2 });
  same([page.data.length, page.total], [1, 3]);
  if (since(1, 14, 1)) {
    same((await list({ orderBy: "created" })).data.map((job) => job.id), made);
  }
});

await check("jobs.cancel", async () => {
  const { id } = await create(await upload(lines([question("a")])));
  const { status } = await jobs.cancel({ jobId: id });
  same(["CANCELLATION_REQUESTED", "CANCELLED"].includes(status), true, status);
  await until("CANCELLED", () => jobs.get({ jobId: id }));
});

if (since(2, 2, 0)) {
  await check("jobs.delete", async () => {
    const { id } = await done(await create(await upload(lines([question("a")]))));
    const answer = await jobs.delete({ jobId: id });
    same([answer.id, answer.deleted], [id, true]);
    await refused(404, () => jobs.get({ jobId: id }));
  });
}

await check("the vendor's models", async () => {
  same((await api.models.list()).data.some((model) => model.id === MODEL), true, "listed");
  same((await api.models.retrieve({ modelId: MODEL })).capabilities.completionChat, true, "capability");
  await refused(403, () => api.models.delete({ modelId: MODEL }));
});

await check("no key is 401", async () => {
  const keyless = client(undefined, { apiKey: "" });
  await refused(401, () => keyless.files.list());
  await refused(401, () => keyless.batch.jobs.list());
});

await check("what is not there is 404", async () => {
  for (const operation of ["retrieve", "delete", "download"]) {
    await refused(404, () => api.files[operation]({ fileId: NOTHING }));
  }
  for (const operation of ["get", "cancel"]) {
    await refused(404, () => jobs[operation]({ jobId: NOTHING }));
  }
});

await check("what cannot be is 422", () => refused(422, () => create(fileId, { timeoutHours: 1000 })));

await check("the cookbook's 100 chat requests", async () => {
  const requests = Array.from({ length: 100 }, (_, index) => question(String(index), `Tell me about the number ${index}.`));
  let job = await create(await upload(lines(requests), "file.jsonl"), { metadata: { job_type: "testing" } });
  while (job.status === "QUEUED" || job.status === "RUNNING") {
    job = await jobs.get({ jobId: job.id });
  }
  same([job.status, job.totalRequests, job.succeededRequests], ["SUCCESS", 100, 100]);
  const read = await results(job.outputFile);
  same([...read.keys()].map(Number).sort((one, other) => one - other), requests.map((_, index) => index));
  same([...read.values()].every((line) => line.response.body.choices[0].message.content), true, "answers");
});

await check("files.delete", async () => {
  same((await api.files.delete({ fileId })).deleted, true);
  await refused(404, () => api.files.download({ fileId }));
});

finish();
