// Fine-tuning jobs and fine-tuned models, by the official TypeScript client.

import { HTTPClient } from "@mistralai/mistralai/lib/http.js";
import { RETIRED_URL, check, client, finish, refused, same, until } from "./checks.mjs";

const api = client();
const jobs = api.fineTuning.jobs;

const lines = (count, sample) => Array.from({ length: count }, (_, n) => JSON.stringify(sample(n)) + "\n").join("");
const conversations = (count) =>
  lines(count, (n) => ({
    messages: [
      { role: "user", content: `${n} + 1?` },
      { role: "assistant", content: `It is ${n + 1}.` },
    ],
  }));
const labelled = (count) => lines(count, (n) => ({ text: `Review ${n}`, labels: { mood: n % 2 ? "good" : "bad" } }));

async function upload(text, purpose = "fine-tune") {
  const file = { fileName: "data.jsonl", content: Buffer.from(text) };
  return (await api.files.upload({ file, purpose })).id;
}

const training = await check("files.upload", () => upload(conversations(60)));
const validation = await upload(conversations(2));

const asked = (suffix, more = {}) => ({
  model: "open-mistral-7b",
  trainingFiles: [{ fileId: training, weight: 1 }],
  hyperparameters: { trainingSteps: 20, learningRate: 0.0001 },
  suffix,
  autoStart: false,
  ...more,
});

const jobId = await check("jobs.create", async () => {
  const job = await jobs.create(asked("whole", { validationFiles: [validation] }));
  same([job.status, job.jobType, job.autoStart], ["QUEUED", "completion", false]);
  same([job.model, job.suffix], ["open-mistral-7b", "whole"]);
  same([job.trainingFiles, job.validationFiles], [[training], [validation]]);
  same([job.hyperparameters.trainingSteps, job.hyperparameters.fimRatio], [20, 0.9]);
  same(job.fineTunedModel, null);
  return job.id;
});

await check("jobs.create refuses a similar job", () =>
  refused(409, () => jobs.create(asked("whole", { validationFiles: [validation] }))),
);

await check("jobs.get", async () => {
  const job = await until("VALIDATED", () => jobs.get({ jobId }));
  same(job.events.map((event) => event.data.status), ["VALIDATED", "VALIDATING", "QUEUED"]);
  same(new Set(job.events.map((event) => event.name)), new Set(["status-updated"]));
  same([job.metadata.costCurrency, job.metadata.trainTokens], ["EUR", 20 * 131072]);
  same(job.checkpoints, []);
});

await check("jobs.list", async () => {
  const found = [undefined, {}, { status: "VALIDATED" }, { suffix: "whole" }, { createdByMe: true, pageSize: 5 }];
  for (const filters of found) {
    const answer = await jobs.list(filters);
    same(answer.data.map((job) => job.id), [jobId], JSON.stringify(filters));
    same(answer.total, 1);
  }
  for (const filters of [{ status: "RUNNING" }, { model: "open-mistral-nemo" }, { suffix: "other" }, { page: 1 }]) {
    same((await jobs.list(filters)).data, [], JSON.stringify(filters));
  }
});

const modelId = await check("jobs.start", async () => {
  const started = await jobs.start({ jobId });
  same([started.status, started.jobType], ["RUNNING", "completion"]);
  const job = await until("SUCCESS", () => jobs.get({ jobId }));
  same(job.checkpoints.map((point) => point.stepNumber), [20, 18, 16, 14, 12, 10, 8, 6, 4, 2]);
  const [last, first] = [job.checkpoints[0].metrics, job.checkpoints[9].metrics];
  same(last.trainLoss < first.trainLoss && last.validLoss < first.validLoss, true, "losses fall");
  same(last.validMeanTokenAccuracy > first.validMeanTokenAccuracy, true, "accuracy rises");
  same(job.trainedTokens, job.metadata.trainTokens);
  same(job.fineTunedModel.startsWith("ft:open-mistral-7b:whole:"), true, job.fineTunedModel);
  return job.fineTunedModel;
});

await check("jobs.cancel", async () => {
  const { id } = await jobs.create(asked("cancelled", { autoStart: true }));
  same((await jobs.cancel({ jobId: id })).status, "CANCELLATION_REQUESTED");
  await until("CANCELLED", () => jobs.get({ jobId: id }));
});

await check("a classifier, whole", async () => {
  const target = { name: "mood", labels: ["good", "bad"], weight: 2, lossFunction: "single_class" };
  const created = await jobs.create(
    asked("moods", {
      model: "ministral-3b-latest",
      jobType: "classifier",
      trainingFiles: [{ fileId: await upload(labelled(20)), weight: 1 }],
      classifierTargets: [target],
      autoStart: true,
    }),
  );
  same(created.jobType, "classifier");
  const job = await until("SUCCESS", () => jobs.get({ jobId: created.id }));
  same({ ...job.classifierTargets[0] }, target);
  const model = await api.models.update({ modelId: job.fineTunedModel, updateFTModelIn: { name: "Moods" } });
  same([model.modelType, model.classifierTargets[0].name], ["classifier", "mood"]);
});

await check("bad data fails the validation", async () => {
  const file = await upload(conversations(3) + "nonsense\n");
  const { id } = await jobs.create(asked("bad", { trainingFiles: [{ fileId: file, weight: 1 }] }));
  const job = await until("FAILED_VALIDATION", () => jobs.get({ jobId: id }));
  same(job.events[0].data.problems[0].line, 4);
});

await check("jobs.get of no job", () =>
  refused(404, () => jobs.get({ jobId: "6f2d4c1a-0b7e-4d55-9c1e-1a2b3c4d5e6f" })),
);

await check("a dry run", async () => {
  // No client since 1.0 can ask for it; this one is made to by a hook.
  const httpClient = new HTTPClient();
  httpClient.addHook("beforeRequest", (request) => new Request(`${request.url}?dry_run=true`, request));
  const estimate = await client(undefined, { httpClient }).fineTuning.jobs.create(asked("dry"));
  same([estimate.object, estimate.trainingSteps], ["job.metadata", 20]);
  same((await jobs.list({ suffix: "dry" })).data, []);
});

await check("models.list, models.retrieve", async () => {
  same((await api.models.list()).data.some((model) => model.id === modelId), true, "listed");
  const model = await api.models.retrieve({ modelId });
  same([model.type, model.root, model.job, model.archived], ["fine-tuned", "open-mistral-7b", jobId, false]);
});

await check("models.update", async () => {
  const update = (updateFTModelIn) => api.models.update({ modelId, updateFTModelIn });
  let model = await update({ name: "Whole", description: "For a check" });
  same([model.name, model.description, model.modelType], ["Whole", "For a check", "completion"]);
  model = await update({ name: null });
  same([model.name, model.description], [null, "For a check"]);
  same((await api.models.retrieve({ modelId })).description, "For a check");
  await refused(403, () => api.models.update({ modelId: "open-mistral-7b", updateFTModelIn: { name: "Mine" } }));
});

await check("models.archive", async () => {
  same((await api.models.archive({ modelId })).archived, true);
  same((await api.models.retrieve({ modelId })).archived, true);
});

await check("models.unarchive", async () => {
  same((await api.models.unarchive({ modelId })).archived, false);
  same((await api.models.retrieve({ modelId })).archived, false);
});

await check("a batch with the tuned model", async () => {
  const line = { custom_id: "a", body: { messages: [{ role: "user", content: "Hi" }] } };
  const inputFiles = [await upload(JSON.stringify(line) + "\n", "batch")];
  const { id } = await api.batch.jobs.create({ inputFiles, model: modelId, endpoint: "/v1/chat/completions" });
  const job = await until("SUCCESS", () => api.batch.jobs.get({ jobId: id }));
  same(job.succeededRequests, 1);
});

await check("models.delete", async () => {
  same((await api.models.delete({ modelId })).deleted, true);
  await refused(404, () => api.models.retrieve({ modelId }));
});

await check("retired jobs are 410", async () => {
  const gone = client(RETIRED_URL).fineTuning.jobs;
  await refused(410, () => gone.list());
  await refused(410, () => gone.create(asked("gone")));
  for (const operation of ["get", "cancel", "start"]) {
    await refused(410, () => gone[operation]({ jobId }));
  }
});

finish();
