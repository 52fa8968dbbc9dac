use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Folder, Ran, Served};

/// A server with one endpoint and one model, for as long as this lives.
#[derive(Default)]
struct Inference {
    url: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    dead: AtomicBool,
    answered: AtomicUsize,
    under_way: AtomicUsize,
    most_at_once: AtomicUsize,
    heads: Mutex<Vec<String>>,
    connections: Mutex<Vec<TcpStream>>,
}

impl Inference {
    /// It answers after `delay`, and goes away after `last` answers.
    fn start(delay: Duration, last: usize) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State::default());
        let shared = state.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { continue };
                if shared.dead.load(SeqCst) {
                    return;
                }
                shared.connections.lock().unwrap().push(stream.try_clone().unwrap());
                let state = shared.clone();
                thread::spawn(move || while state.answer(&stream, delay, last).is_some() {});
            }
        });
        Self { url, state }
    }

    fn served(&self, folder: &Folder, args: &[&str]) -> Served {
        Served::start(folder, &[&["--upstream", &self.url, "--queue-time", "1s"], args].concat())
    }
}

impl Drop for Inference {
    fn drop(&mut self) {
        self.state.die();
        let _ = TcpStream::connect(self.url.trim_start_matches("http://"));
    }
}

impl State {
    fn die(&self) {
        self.dead.store(true, SeqCst);
        for connection in self.connections.lock().unwrap().drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }

    /// Reads one request and answers it; `None` once the connection is of no more use.
    fn answer(&self, stream: &TcpStream, delay: Duration, last: usize) -> Option<()> {
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            (reader.read_line(&mut head).ok()? > 0).then_some(())?;
        }
        let lower = head.to_ascii_lowercase();
        let length =
            lower.split("content-length: ").nth(1).map_or(0, |rest| rest.lines().next().unwrap().parse().unwrap());
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        self.heads.lock().unwrap().push(head.clone());
        if head.starts_with("GET /v1/models ") {
            return send(stream, 200, r#"{"object": "list", "data": [{"id": "tiny", "object": "model"}]}"#);
        }
        let now = self.under_way.fetch_add(1, SeqCst) + 1;
        self.most_at_once.fetch_max(now, SeqCst);
        thread::sleep(delay);
        let body: Value = serde_json::from_slice(&body).unwrap();
        let asked = body["messages"][0]["content"].as_str().unwrap_or_default();
        let (status, answer) = match asked {
            _ if !head.starts_with("POST /v1/chat/completions ") => (404, r#"{"message": "no such path"}"#.to_owned()),
            "full" => (400, json!({"object": "error", "message": "context length exceeded"}).to_string()),
            "page" => (200, "<html>".to_owned()),
            asked => (200, json!({"model": body["model"], "choices": [{"message": {"content": asked}}]}).to_string()),
        };
        self.under_way.fetch_sub(1, SeqCst);
        if self.answered.fetch_add(1, SeqCst) >= last {
            self.die();
            return None;
        }
        send(stream, status, &answer)
    }
}

fn send(mut stream: &TcpStream, status: u16, body: &str) -> Option<()> {
    let head =
        format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).ok()
}

fn line(id: &str, asked: &str) -> String {
    format!("{}\n", json!({"custom_id": id, "body": {"messages": [{"role": "user", "content": asked}]}}))
}

fn run(served: &Served, folder: &Folder, lines: &str) -> Ran {
    folder.write("in.jsonl", lines);
    served.run(folder, &["batch", "run", "in.jsonl", "--model", "tiny", "--output", "out.jsonl"])
}

fn answers(folder: &Folder) -> Vec<Value> {
    folder.read("out.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_thousand_lines_are_answered_by_the_server_and_never_more_at_once_than_allowed() {
    let folder = Folder::new();
    let server = Inference::start(Duration::from_millis(5), usize::MAX);
    folder.write("key", "canary\n");
    let served = server.served(&folder, &["--upstream-concurrency", "5", "--upstream-key-file", "key"]);
    let lines: String = (0..1_000).map(|n| line(&n.to_string(), &format!("word {n}"))).collect();
    run(&served, &folder, &lines).expect(0);
    for (n, answer) in answers(&folder).iter().enumerate() {
        let body = &answer["response"]["body"];
        assert_eq!(
            (&body["choices"][0]["message"]["content"], &body["model"]),
            (&json!(format!("word {n}")), &json!("tiny"))
        );
    }
    assert_eq!(server.state.most_at_once.load(SeqCst), 5);
    assert!(server.state.heads.lock().unwrap().iter().all(|head| head.contains("authorization: Bearer canary\r\n")));
    let models = served.run(&folder, &["models", "list", "-o", "jsonl"]).expect(0);
    assert!(models.stdout.contains("\"tiny\"") && !models.stdout.contains("mistral-"), "{}", models.stdout);
}

#[test]
fn refusals_and_answers_that_are_none_fail_their_lines_alone() {
    let folder = Folder::new();
    let server = Inference::start(Duration::ZERO, usize::MAX);
    let served = server.served(&folder, &[]);
    run(&served, &folder, &(line("a", "full") + &line("b", "page") + &line("c", "fine"))).expect(5);
    let answers = answers(&folder);
    let statuses: Vec<_> = answers.iter().map(|answer| answer["response"]["status_code"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [400, 502, 200]);
    assert_eq!(answers[0]["response"]["body"]["message"], "context length exceeded");
    assert_eq!(answers[1]["response"]["body"]["object"], "error");
}

#[test]
fn a_server_that_goes_away_fails_the_rest_and_hangs_nothing() {
    let folder = Folder::new();
    let server = Inference::start(Duration::from_millis(20), 20);
    let served = server.served(&folder, &["--upstream-concurrency", "16"]);
    let lines: String = (0..60).map(|n| line(&n.to_string(), "hi")).collect();
    let ran = run(&served, &folder, &lines).expect(5);
    let (good, bad): (Vec<_>, Vec<_>) =
        answers(&folder).into_iter().partition(|answer| answer["response"]["status_code"] == 200);
    assert!(good.len() <= 20 && good.len() + bad.len() == 60, "{}", ran.stderr);
    for answer in &bad {
        assert_eq!(answer["response"]["status_code"], 503);
        assert_eq!(answer["response"]["body"]["object"], "error", "{answer}");
        assert!(!answer.to_string().contains("attempts"), "{answer}");
    }
}

#[test]
fn an_upstream_that_cannot_be_used_is_refused_before_the_emulator_listens() {
    let folder = Folder::new();
    let refused = |args: &[&str]| folder.run(&[&["emulator", "serve", "--port", "0"], args].concat());
    let seen: Vec<_> = [
        &["--upstream", "here"][..],
        &["--upstream", "http://gpu.example:8000"],
        &["--upstream", "http://127.0.0.1:1", "--upstream-concurrency", "0"],
        &["--upstream", "http://127.0.0.1:1", "--upstream-key-file", "missing"],
        &["--upstream-concurrency", "9"],
    ]
    .iter()
    .map(|args| refused(args).shown())
    .collect();
    insta::assert_snapshot!(seen.join("\n"));
}
