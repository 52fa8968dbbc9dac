//! Values of parameters: some worth asking for by name, and as many others as a seed gives.

use fastrand::Rng;
use serde_json::{Map, Value, json};

/// What kind of value a parameter takes.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A page, counted from 0.
    Page,
    /// How many a page.
    PageSize,
    /// True or false.
    Flag,
    /// Any text.
    Text,
    /// The id of a file or a job.
    Id,
    /// Several of them.
    Ids,
    /// The id of a model.
    Model,
    /// The id of an agent.
    Agent,
    /// A date and time with its zone; rarely without.
    Moment,
    /// One of these.
    One(&'static [&'static str]),
    /// Several of these.
    Many(&'static [&'static str]),
    /// Notes to filter by: scalars of every kind.
    Notes,
    /// Notes to keep: text.
    Tags,
    /// 1 to 168.
    Hours,
    /// 0 to 0.5.
    Share,
    /// Requests of an inline batch.
    Requests,
    /// A file to upload.
    Upload,
    /// What a fine-tuning job is set to.
    Hyperparameters,
    /// Files to train on, with their weights.
    TrainingFiles,
    /// A part of a model's name.
    Suffix,
    /// Where the curves go.
    Integrations,
    /// Repositories to train on.
    Repositories,
    /// What a classifier tells apart.
    Targets,
}

/// Texts that have broken clients: reserved characters, several scripts, signs beyond the first plane, blanks, quotes.
const TEXTS: &[&str] = &[
    "mistral-small-latest",
    "a b",
    "a&b=c",
    "a+b",
    "100%",
    "%2F",
    "é",
    "日本語",
    "🎉 ok",
    "\"quoted\"",
    "it's; fine",
    "#1?",
    "a/b",
    "x,y",
    "[0]",
    "true",
    "0",
    " lead and trail ",
    "naïve\u{301}",
    "\u{5e9}\u{5dc}\u{5d5}\u{5dd}",
];

const MODELS: &[&str] = &[
    "mistral-small-latest",
    "open-mistral-7b",
    "ft:open-mistral-7b:587a6b29:20240514:7e773925",
    "ft:classifier:ministral-3b-latest:my-suffix:20250102:0a1b2c3d",
];

const MOMENTS: &[&str] = &[
    "2025-03-01T12:30:00Z",
    "2025-03-01T12:30:00+02:00",
    "2024-02-29T23:59:59-08:00",
    "2025-03-01T12:30:00.250000Z",
    "1999-12-31T23:59:59+05:30",
    "2025-03-01T12:30:00",
];

const FILE_NAMES: &[&str] = &[
    "in.jsonl",
    "train.jsonl",
    "a b.jsonl",
    "données.jsonl",
    "日本語.jsonl",
    "it's;fine.jsonl",
    "say \"hi\".jsonl",
    "scan.pdf",
    "data.unknownext",
    "no-extension",
    "100%.jsonl",
    "a%22b.jsonl",
];

impl Kind {
    /// Values worth a case each.
    pub fn examples(self) -> Vec<Value> {
        let texts = |texts: &[&str]| texts.iter().map(|text| json!(text)).collect::<Vec<_>>();
        match self {
            Self::Page => vec![json!(0), json!(1), json!(4_294_967_296_u64)],
            Self::PageSize => vec![json!(1), json!(50), json!(1000)],
            Self::Flag => vec![json!(true), json!(false)],
            Self::Text => texts(&["plain", "a b&c=d+e%é", "🎉", ""]),
            Self::Id => vec![json!(id(&mut Rng::with_seed(1)))],
            Self::Ids => vec![json!([]), Value::from(ids(&mut Rng::with_seed(2), 2))],
            Self::Model => texts(&MODELS[..3]),
            Self::Agent => texts(&["ag_123"]),
            Self::Moment => texts(MOMENTS),
            Self::One(all) => texts(all),
            Self::Many(all) => vec![json!([]), json!([all[0]]), json!([all[0], all[1]]), json!(all)],
            Self::Notes => vec![
                json!({}),
                json!({"job_type": "testing"}),
                json!({"jobType": "a b", "team": "é&="}),
                json!({"run": 7, "dry": true, "score": 0.5, "none": null, "empty": ""}),
                json!({"page": "9"}),
            ],
            Self::Tags => vec![json!({}), json!({"job_type": "testing", "team": "日本"})],
            Self::Hours => vec![json!(1), json!(24), json!(168)],
            Self::Share => vec![json!(0), json!(0.25), json!(0.5)],
            Self::Requests => vec![
                json!([{"custom_id": "0", "body": {"max_tokens": 5, "messages": [{"role": "user", "content": "é"}]}}]),
                json!([{"body": {"input": "a", "nothing": null}}, {"custom_id": "1", "body": {}}]),
            ],
            Self::Upload => FILE_NAMES.iter().map(|name| json!({"file_name": name, "content": "{}\n"})).collect(),
            Self::Hyperparameters => vec![
                json!({}),
                json!({"training_steps": 10, "learning_rate": 0.0001}),
                json!({"learning_rate": 1e-8, "epochs": 0.5, "seq_len": 100, "weight_decay": 0, "warmup_fraction": 1}),
            ],
            Self::TrainingFiles => {
                let file = id(&mut Rng::with_seed(3));
                vec![json!([]), json!([{"file_id": file}]), json!([{"file_id": file, "weight": 2.5}])]
            }
            Self::Suffix => texts(&["my-model", "é", "longer-than-eighteen-characters"]),
            Self::Integrations => vec![json!([integration("p", true)]), json!([integration("p", false)])],
            Self::Repositories => vec![
                json!([{"type": "github", "name": "n", "owner": "o", "token": "t", "ref": "main", "weight": 0.5}]),
                json!([{"type": "github", "name": "n", "owner": "o", "token": "t"}]),
            ],
            Self::Targets => vec![
                json!([{"name": "mood", "labels": ["good", "bad"], "weight": 1.5, "loss_function": "multi_class"}]),
                json!([{"name": "mood", "labels": ["good", "bad"]}]),
            ],
        }
    }

    /// A value as the seed has it.
    pub fn random(self, rng: &mut Rng) -> Value {
        match self {
            Self::Page => {
                let bits = rng.u32(1..40);
                json!(rng.u64(0..1 << bits))
            }
            Self::PageSize => json!(rng.u64(1..5000)),
            Self::Flag => json!(rng.bool()),
            Self::Text => json!(text(rng)),
            Self::Id => json!(id(rng)),
            Self::Ids => {
                let count = rng.usize(0..4);
                Value::from(ids(rng, count))
            }
            Self::Model => json!(pick(rng, MODELS)),
            Self::Agent => json!(format!("ag_{}", rng.u32(..))),
            Self::Moment => moment(rng),
            Self::One(all) => json!(pick(rng, all)),
            Self::Many(all) => (0..rng.usize(0..4)).map(|_| json!(pick(rng, all))).collect(),
            Self::Notes => notes(rng),
            Self::Tags => tags(rng),
            Self::Hours => json!(rng.u32(1..=168)),
            Self::Share => json!(f64::from(rng.u32(0..=50)) / 100.0),
            Self::Requests => (0..rng.usize(1..4)).map(|at| request(rng, at)).collect(),
            Self::Upload => {
                let content = format!("{}\n", json!({"custom_id": "0", "body": {"input": text(rng)}}));
                let mut file = json!({"file_name": pick(rng, FILE_NAMES), "content": content});
                if rng.u8(0..4) == 0 {
                    file["content_type"] = json!(pick(rng, &["application/jsonl", "text/plain"]));
                }
                file
            }
            Self::Hyperparameters => hyperparameters(rng),
            Self::TrainingFiles => (0..rng.usize(0..3))
                .map(|_| match rng.bool() {
                    true => json!({"file_id": id(rng), "weight": weight(rng)}),
                    false => json!({"file_id": id(rng)}),
                })
                .collect(),
            Self::Suffix => json!(text(rng).chars().take(20).collect::<String>()),
            Self::Integrations => (0..rng.usize(1..3)).map(|_| integration(&text(rng), rng.bool())).collect(),
            Self::Repositories => (0..rng.usize(1..3)).map(|_| repository(rng)).collect(),
            Self::Targets => (0..rng.usize(1..3)).map(|_| target(rng)).collect(),
        }
    }
}

pub(super) fn pick<'a>(rng: &mut Rng, from: &[&'a str]) -> &'a str {
    from[rng.usize(..from.len())]
}

pub(super) fn id(rng: &mut Rng) -> String {
    let digits = format!("{:032x}", rng.u128(..));
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

fn ids(rng: &mut Rng, count: usize) -> Vec<Value> {
    (0..count).map(|_| json!(id(rng))).collect()
}

/// One of the known texts, or some characters from all over the code space.
pub(super) fn text(rng: &mut Rng) -> String {
    if rng.u8(0..3) > 0 {
        return pick(rng, TEXTS).to_owned();
    }
    (0..rng.usize(1..12))
        .map(|_| match rng.u8(0..4) {
            0 => rng.char('!'..='~'),
            1 => rng.char('\u{a1}'..='\u{24f}'),
            2 => rng.char('\u{3041}'..='\u{9fff}'),
            _ => rng.alphanumeric(),
        })
        .collect()
}

fn weight(rng: &mut Rng) -> f64 {
    f64::from(rng.u32(1..400)) / 100.0
}

fn moment(rng: &mut Rng) -> Value {
    if rng.u8(0..20) == 0 {
        return json!("2025-03-01T12:30:00");
    }
    let fraction = pick(rng, &["", "", ".250000", ".000001", ".999000"]);
    let zone = pick(rng, &["Z", "+00:00", "+02:00", "-08:00", "+05:45"]);
    let (year, month, day) = (rng.u32(2000..2040), rng.u32(1..=12), rng.u32(1..=28));
    let (hour, minute, second) = (rng.u32(0..24), rng.u32(0..60), rng.u32(0..60));
    json!(format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}"))
}

fn key(rng: &mut Rng) -> String {
    match rng.u8(0..24) {
        0 => pick(rng, &["page", "status", "model", "order_by"]).to_owned(),
        1..=3 => text(rng),
        _ => format!("{}_{}", pick(rng, &["team", "run", "jobType", "note"]), rng.u8(..)),
    }
}

fn notes(rng: &mut Rng) -> Value {
    let mut notes = Map::new();
    for _ in 0..rng.usize(0..4) {
        let value = match rng.u8(0..8) {
            0 => json!(rng.u32(..)),
            1 => json!(rng.bool()),
            2 => json!(f64::from(rng.u32(0..100)) + 0.5),
            3 => Value::Null,
            _ => json!(text(rng)),
        };
        notes.insert(key(rng), value);
    }
    Value::Object(notes)
}

fn tags(rng: &mut Rng) -> Value {
    (0..rng.usize(0..4)).map(|_| (key(rng), json!(text(rng)))).collect::<Map<_, _>>().into()
}

fn request(rng: &mut Rng, at: usize) -> Value {
    let mut request = json!({"body": {
        "messages": [{"role": "user", "content": text(rng)}],
        "temperature": f64::from(rng.u32(0..10)) / 10.0,
        "stop": null,
        "snake_and_camelCase": {"custom_id": [1, {"x": text(rng)}]},
    }});
    if rng.u8(0..5) > 0 {
        request["custom_id"] = json!(format!("{at}-{}", text(rng)));
    }
    request
}

fn hyperparameters(rng: &mut Rng) -> Value {
    let fields: [(&str, Value); 6] = [
        ("training_steps", json!(rng.u32(1..100_000))),
        ("learning_rate", json!(pick_number(rng, &[1e-8, 1e-5, 0.0001, 0.003, 1.0]))),
        ("weight_decay", json!(pick_number(rng, &[0.0, 0.1, 1.0]))),
        ("warmup_fraction", json!(pick_number(rng, &[0.0, 0.05, 1.0]))),
        ("epochs", json!(pick_number(rng, &[0.5, 3.0, 20.25]))),
        ("seq_len", json!(rng.u32(100..40_000))),
    ];
    let kept = fields.into_iter().filter(|_| rng.bool());
    kept.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>().into()
}

fn pick_number(rng: &mut Rng, from: &[f64]) -> f64 {
    from[rng.usize(..from.len())]
}

fn integration(project: &str, full: bool) -> Value {
    let key = "k".repeat(40);
    if full {
        json!({"type": "wandb", "project": project, "api_key": key, "name": "n", "run_name": "r"})
    } else {
        json!({"type": "wandb", "project": project, "api_key": key})
    }
}

fn repository(rng: &mut Rng) -> Value {
    let mut repository = json!({"type": "github", "name": text(rng), "owner": "o", "token": "t"});
    if rng.bool() {
        repository["weight"] = json!(weight(rng));
    }
    if rng.bool() {
        repository["ref"] = json!(text(rng));
    }
    repository
}

fn target(rng: &mut Rng) -> Value {
    let labels: Vec<String> = (0..rng.usize(2..5)).map(|at| format!("{at}{}", text(rng))).collect();
    let mut target = json!({"name": text(rng), "labels": labels});
    if rng.bool() {
        target["weight"] = json!(weight(rng));
    }
    if rng.bool() {
        target["loss_function"] = json!(pick(rng, &["single_class", "multi_class"]));
    }
    target
}
