//! Takes what the facade sends.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::BodyExt as _;
use mistral_sdk::transport::Body;
use mistral_sdk::{ApiKey, Client, Transport};
use serde_json::Value;

/// A client whose requests are kept, each answered with the same JSON.
#[derive(Debug, Clone)]
pub struct Recorder {
    answer: Arc<str>,
    sent: Arc<Mutex<Vec<Sent>>>,
}

/// One request as it went out.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Its method.
    pub method: Method,
    /// Its path, not decoded.
    pub path: String,
    /// Its query, decoded pair by pair.
    pub query: Vec<(String, String)>,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

/// One part of a form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// The name of its file.
    pub filename: Option<String>,
    /// Its content type.
    pub content_type: Option<String>,
    /// Its content.
    pub content: String,
}

impl Recorder {
    /// The key every recorded client uses.
    pub const KEY: &'static str = "fake-key-0123456789";

    /// Answers everything with `answer`.
    pub fn answering(answer: Value) -> Self {
        Self { answer: answer.to_string().into(), sent: Arc::default() }
    }

    /// A client with the default stack over this recorder.
    pub fn client(&self) -> Client {
        let this = self.clone();
        let http = tower::service_fn(move |request: Request<Body>| {
            let this = this.clone();
            async move {
                let (parts, body) = request.into_parts();
                let sent = Sent {
                    method: parts.method,
                    path: parts.uri.path().to_owned(),
                    query: form_urlencoded::parse(parts.uri.query().unwrap_or("").as_bytes()).into_owned().collect(),
                    headers: parts.headers,
                    body: body.collect().await.expect("a body that can be read").to_bytes(),
                };
                this.sent.lock().unwrap().push(sent);
                Ok::<_, Infallible>(Response::new(Body::from(this.answer.to_string())))
            }
        });
        Transport::builder(ApiKey::new(Self::KEY).unwrap()).http(http).build().unwrap().into()
    }

    /// The only request that was sent.
    pub fn only(&self) -> Sent {
        let sent = self.sent.lock().unwrap();
        assert_eq!(sent.len(), 1, "one request and no more");
        sent[0].clone()
    }

    /// The request that was sent first, if any was; what follows it are second attempts and look-ups.
    pub fn first(&self) -> Option<Sent> {
        self.sent.lock().unwrap().first().cloned()
    }

    /// How many requests were sent.
    pub fn count(&self) -> usize {
        self.sent.lock().unwrap().len()
    }
}

impl Sent {
    /// The path as the server will read it.
    pub fn decoded_path(&self) -> String {
        percent_encoding::percent_decode_str(&self.path).decode_utf8().unwrap().into_owned()
    }

    /// The body as JSON; `None` if it is empty.
    pub fn json(&self) -> Option<Value> {
        (!self.body.is_empty()).then(|| serde_json::from_slice(&self.body).expect("a JSON body"))
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The parts of the form in the body, sorted by name.
    pub async fn parts(&self) -> Vec<Part> {
        let boundary = multer::parse_boundary(self.header("content-type").unwrap()).expect("a form");
        let body = self.body.clone();
        let stream = futures_util::stream::iter([Ok::<_, Infallible>(body)]);
        let mut form = multer::Multipart::new(stream, boundary);
        let mut parts = Vec::new();
        while let Some(field) = form.next_field().await.unwrap() {
            parts.push(Part {
                name: field.name().unwrap().to_owned(),
                filename: field.file_name().map(str::to_owned),
                content_type: field.content_type().map(ToString::to_string),
                content: field.text().await.unwrap(),
            });
        }
        parts.sort();
        parts
    }

    /// The request for a person to read, what changes from run to run left out.
    pub fn shown(&self) -> String {
        let mut shown = format!("{} {}", self.method, self.path);
        for (at, (name, value)) in self.query.iter().enumerate() {
            write!(shown, "{}{name}={value}", if at == 0 { "\n  ? " } else { "\n  & " }).unwrap();
        }
        let boundary = self.header("content-type").and_then(|value| value.split_once("boundary=")).map(|(_, b)| b);
        for name in ["accept", "content-type"] {
            if let Some(value) = self.header(name) {
                write!(shown, "\n{name}: {value}").unwrap();
            }
        }
        if !self.body.is_empty() {
            write!(shown, "\n\n{}", String::from_utf8_lossy(&self.body).replace("\r\n", "\n")).unwrap();
        }
        match boundary {
            Some(boundary) => shown.replace(boundary, "<boundary>"),
            None => shown,
        }
    }
}
