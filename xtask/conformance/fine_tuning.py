"""Fine-tuning jobs and fine-tuned models, by the official Python client."""

import json

import httpx

from checks import RETIRED_URL, VERSION, check, client, finish, known, refused, same, until

api = client()
jobs = api.fine_tuning.jobs


def conversations(count):
    turn = lambda n: [{"role": "user", "content": f"{n} + 1?"}, {"role": "assistant", "content": f"It is {n + 1}."}]
    return "".join(json.dumps({"messages": turn(n)}) + "\n" for n in range(count))


def labelled(count):
    sample = lambda n: {"text": f"Review {n}", "labels": {"mood": "good" if n % 2 else "bad"}}
    return "".join(json.dumps(sample(n)) + "\n" for n in range(count))


def upload(text, purpose="fine-tune"):
    return api.files.upload(file={"file_name": "data.jsonl", "content": text.encode()}, purpose=purpose).id


def asked(suffix, **more):
    job = {
        "model": "open-mistral-7b",
        "training_files": [{"file_id": training, "weight": 1}],
        "hyperparameters": {"training_steps": 20, "learning_rate": 0.0001},
        "suffix": suffix,
        "auto_start": False,
    }
    return {**job, **more}


training = check("files.upload", lambda: upload(conversations(60)))
validation = upload(conversations(2))


def create():
    job = known(jobs.create(**asked("whole", validation_files=[validation])))
    same((job.status, job.job_type, job.auto_start), ("QUEUED", "completion", False))
    same((job.model, job.suffix), ("open-mistral-7b", "whole"))
    same((job.training_files, job.validation_files), ([training], [validation]))
    same(job.hyperparameters.training_steps, 20)
    same(job.hyperparameters.fim_ratio, 0.9)
    same(job.fine_tuned_model, None)
    return job.id


job_id = check("jobs.create", create)


def create_again():
    refused(409, lambda: jobs.create(**asked("whole", validation_files=[validation])))


check("jobs.create refuses a similar job", create_again)


def get_validated():
    job = until("VALIDATED", lambda: jobs.get(job_id=job_id))
    same([event.data["status"] for event in job.events], ["VALIDATED", "VALIDATING", "QUEUED"])
    same({event.name for event in job.events}, {"status-updated"})
    same((job.metadata.cost_currency, job.metadata.train_tokens), ("EUR", 20 * 131072))
    same(job.checkpoints, [])


check("jobs.get", get_validated)


def list_jobs():
    for filters in [{}, {"status": "VALIDATED"}, {"suffix": "whole"}, {"created_by_me": True, "page_size": 5}]:
        answer = jobs.list(**filters)
        same([known(job).id for job in answer.data], [job_id], str(filters))
        same(answer.total, 1)
    for filters in [{"status": "RUNNING"}, {"model": "open-mistral-nemo"}, {"suffix": "other"}, {"page": 1}]:
        same(jobs.list(**filters).data, [], str(filters))


check("jobs.list", list_jobs)


def start():
    job = known(jobs.start(job_id=job_id))
    same((job.status, job.job_type), ("RUNNING", "completion"))
    job = until("SUCCESS", lambda: jobs.get(job_id=job_id))
    same([point.step_number for point in job.checkpoints], list(range(20, 0, -2)))
    last, first = job.checkpoints[0].metrics, job.checkpoints[-1].metrics
    same(last.train_loss < first.train_loss and last.valid_loss < first.valid_loss, True, "losses fall")
    same(last.valid_mean_token_accuracy > first.valid_mean_token_accuracy, True, "accuracy rises")
    same(job.trained_tokens, job.metadata.train_tokens)
    same(job.fine_tuned_model.startswith("ft:open-mistral-7b:whole:"), True, job.fine_tuned_model)
    return job.fine_tuned_model


model_id = check("jobs.start", start)


def cancel():
    job = known(jobs.create(**asked("cancelled", auto_start=True)))
    same(known(jobs.cancel(job_id=job.id)).status, "CANCELLATION_REQUESTED")
    until("CANCELLED", lambda: jobs.get(job_id=job.id))


check("jobs.cancel", cancel)


def classifier():
    targets = [{"name": "mood", "labels": ["good", "bad"], "weight": 2.0, "loss_function": "single_class"}]
    files = [{"file_id": upload(labelled(20)), "weight": 1}]
    job = jobs.create(
        **asked("moods", model="ministral-3b-latest", job_type="classifier", training_files=files, auto_start=True),
        classifier_targets=targets,
    )
    same(known(job).job_type, "classifier")
    job = until("SUCCESS", lambda: jobs.get(job_id=job.id))
    target = job.classifier_targets[0]
    seen = (target.name, target.labels, target.weight, target.loss_function)
    same(seen, ("mood", ["good", "bad"], 2.0, "single_class"))
    model = known(api.models.update(model_id=job.fine_tuned_model, name="Moods"))
    same((model.model_type, model.classifier_targets[0].name), ("classifier", "mood"))


check("a classifier, whole", classifier)


def bad_data():
    files = [{"file_id": upload(conversations(3) + "nonsense\n"), "weight": 1}]
    job = jobs.create(**asked("bad", training_files=files))
    job = until("FAILED_VALIDATION", lambda: jobs.get(job_id=job.id))
    same(job.events[0].data["problems"][0]["line"], 4)


check("bad data fails the validation", bad_data)
check("jobs.get of no job", lambda: refused(404, lambda: jobs.get(job_id="6f2d4c1a-0b7e-4d55-9c1e-1a2b3c4d5e6f")))


def dry_run():
    # No client since 1.0 can ask for it; this one is made to by its HTTP library.
    def ask(request):
        request.url = request.url.copy_merge_params({"dry_run": "true"})

    asking = client(client=httpx.Client(event_hooks={"request": [ask]}))
    if VERSION.startswith("1."):
        # 1.9.3 to 1.12.4 look for `job_type` first, and fail.
        try:
            asking.fine_tuning.jobs.create(**asked("dry"))
        except Exception as error:
            return same(getattr(error, "status_code", None), None, "status")
        raise AssertionError("the client reads a dry run")
    estimate = known(asking.fine_tuning.jobs.create(**asked("dry")))
    same((type(estimate).__name__, estimate.training_steps), ("LegacyJobMetadata", 20))
    same(jobs.list(suffix="dry").data, [])


check("a dry run", dry_run)


def models():
    same(model_id in [model.id for model in api.models.list().data], True, "listed")
    model = known(api.models.retrieve(model_id=model_id))
    kind = getattr(model, "type", None) or model.TYPE  # 1.x calls it by its constant
    same((kind, model.root, model.job, model.archived), ("fine-tuned", "open-mistral-7b", job_id, False))


check("models.list, models.retrieve", models)


def update():
    model = known(api.models.update(model_id=model_id, name="Whole", description="For a check"))
    same((model.name, model.description, model.model_type), ("Whole", "For a check", "completion"))
    model = api.models.update(model_id=model_id, name=None)
    same((model.name, model.description), (None, "For a check"))
    same(api.models.retrieve(model_id=model_id).description, "For a check")
    refused(403, lambda: api.models.update(model_id="open-mistral-7b", name="Mine"))


check("models.update", update)


def archive():
    same(api.models.archive(model_id=model_id).archived, True)
    same(api.models.retrieve(model_id=model_id).archived, True)


def unarchive():
    same(api.models.unarchive(model_id=model_id).archived, False)
    same(api.models.retrieve(model_id=model_id).archived, False)


check("models.archive", archive)
check("models.unarchive", unarchive)


def batch():
    line = {"custom_id": "a", "body": {"messages": [{"role": "user", "content": "Hi"}]}}
    files = [upload(json.dumps(line) + "\n", "batch")]
    job = api.batch.jobs.create(input_files=files, model=model_id, endpoint="/v1/chat/completions")
    job = until("SUCCESS", lambda: api.batch.jobs.get(job_id=job.id))
    same(job.succeeded_requests, 1)


check("a batch with the tuned model", batch)


def delete():
    same(api.models.delete(model_id=model_id).deleted, True)
    refused(404, lambda: api.models.retrieve(model_id=model_id))


check("models.delete", delete)


def retired():
    # Held: a client closes its connections when it is let go of.
    at_the_retired = client(RETIRED_URL)
    gone = at_the_retired.fine_tuning.jobs
    refused(410, lambda: gone.list())
    refused(410, lambda: gone.create(**asked("gone")))
    for operation in [gone.get, gone.cancel, gone.start]:
        refused(410, lambda: operation(job_id=job_id))


check("retired jobs are 410", retired)
finish()
