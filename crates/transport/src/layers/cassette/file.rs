//! The form of a cassette on file.

use std::io::{self, Write};

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode, Uri};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::exchange::Exchange;

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    exchanges: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    request: Asked,
    response: Answered,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    method: String,
    uri: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    headers: Vec<String>,
    #[serde(default, skip_serializing_if = "Content::is_empty")]
    body: Content,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answered {
    status: u16,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    headers: Vec<String>,
    #[serde(default, skip_serializing_if = "Content::is_empty")]
    body: Content,
}

/// A body in the one of three forms that shows it best; none is an empty body.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    json: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    escaped: Option<String>,
}

pub(super) fn write(writer: impl Write, exchanges: &[Exchange]) -> io::Result<()> {
    let exchanges = exchanges.iter().map(Entry::from).collect();
    let mut writer = writer;
    serde_json::to_writer_pretty(&mut writer, &File { version: VERSION, exchanges })?;
    writer.write_all(b"\n")?;
    writer.flush()
}

pub(super) fn read(json: &str) -> Result<Vec<Exchange>, String> {
    let file: File = serde_json::from_str(json).map_err(|error| error.to_string())?;
    if file.version != VERSION {
        return Err(format!("its version is {}, and this program reads version {VERSION}", file.version));
    }
    let numbered = file.exchanges.into_iter().zip(1..);
    numbered.map(|(entry, n)| entry.read().map_err(|problem| format!("exchange {n}: {problem}"))).collect()
}

impl From<&Exchange> for Entry {
    fn from(exchange: &Exchange) -> Self {
        let Exchange { operation, request, response } = exchange;
        Self {
            operation: operation.clone(),
            request: Asked {
                method: request.method().to_string(),
                uri: request.uri().to_string(),
                headers: lines(request.headers()),
                body: Content::new(request.body()),
            },
            response: Answered {
                status: response.status().as_u16(),
                headers: lines(response.headers()),
                body: Content::new(response.body()),
            },
        }
    }
}

impl Entry {
    fn read(self) -> Result<Exchange, String> {
        let Self { operation, request: asked, response: answered } = self;
        let mut request = Request::new(asked.body.bytes()?);
        *request.method_mut() =
            Method::try_from(&*asked.method).map_err(|_| format!("{:?} is not a method", asked.method))?;
        *request.uri_mut() = Uri::try_from(&*asked.uri).map_err(|_| format!("{:?} is not an address", asked.uri))?;
        *request.headers_mut() = headers(&asked.headers)?;
        let mut response = Response::new(answered.body.bytes()?);
        *response.status_mut() =
            StatusCode::from_u16(answered.status).map_err(|_| format!("{} is not a status", answered.status))?;
        *response.headers_mut() = headers(&answered.headers)?;
        Ok(Exchange { operation, request, response })
    }
}

impl Content {
    fn new(bytes: &Bytes) -> Self {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Self { escaped: Some(escape(bytes)), ..Self::default() };
        };
        if text.is_empty() {
            return Self::default();
        }
        match serde_json::from_str::<Box<RawValue>>(text) {
            // A bare `null` would read back as nothing, and blanks around a value would be lost.
            Ok(json) if json.get() == text && text != "null" => Self { json: Some(json), ..Self::default() },
            _ => Self { text: Some(text.to_owned()), ..Self::default() },
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self { json: None, text: None, escaped: None })
    }

    fn bytes(self) -> Result<Bytes, String> {
        match self {
            Self { json: None, text: None, escaped: None } => Ok(Bytes::new()),
            Self { json: Some(json), text: None, escaped: None } => Ok(String::from(Box::<str>::from(json)).into()),
            Self { json: None, text: Some(text), escaped: None } => Ok(text.into()),
            Self { json: None, text: None, escaped: Some(text) } => Ok(unescape(&text)?.into()),
            _ => Err("a body has more than one of json, text and escaped".into()),
        }
    }
}

fn lines(headers: &HeaderMap) -> Vec<String> {
    headers.iter().map(|(name, value)| format!("{name}: {}", escape(value.as_bytes()))).collect()
}

fn headers(lines: &[String]) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for line in lines {
        let wrong = || format!("{line:?} is not a header");
        let (name, value) = line.split_once(':').ok_or_else(wrong)?;
        let name = HeaderName::try_from(name.trim()).map_err(|_| wrong())?;
        let value = HeaderValue::from_bytes(&unescape(value.trim())?).map_err(|_| wrong())?;
        headers.append(name, value);
    }
    Ok(headers)
}

/// ASCII as it is, anything else as `\xNN`, and a backslash doubled.
fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'\\' => text.push_str(r"\\"),
            b' '..=b'~' | b'\n' => text.push(char::from(*byte)),
            _ => text.push_str(&format!(r"\x{byte:02x}")),
        }
    }
    text
}

fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = match (first, after) {
            (b'\\', [b'\\', after @ ..]) => {
                bytes.push(b'\\');
                after
            }
            (b'\\', [b'x', high, low, after @ ..]) => {
                let digit = |digit: &u8| char::from(*digit).to_digit(16);
                let code = digit(high).zip(digit(low)).map(|(high, low)| high * 16 + low);
                let code = code.and_then(|code| u8::try_from(code).ok());
                bytes.push(code.ok_or_else(|| format!("{text:?} has a broken escape"))?);
                after
            }
            (b'\\', _) => return Err(format!("{text:?} has a broken escape")),
            _ => {
                bytes.push(*first);
                after
            }
        };
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn there_and_back(body: &[u8]) -> Vec<u8> {
        let exchange = Exchange {
            operation: None,
            request: Request::new(Bytes::copy_from_slice(body)),
            response: Response::new(Bytes::copy_from_slice(body)),
        };
        let mut file = Vec::new();
        write(&mut file, &[exchange]).unwrap();
        let read = read(std::str::from_utf8(&file).unwrap()).unwrap();
        assert_eq!(read[0].request.body(), read[0].response.body());
        read[0].response.body().to_vec()
    }

    #[test]
    fn bodies_come_back_byte_for_byte() {
        let cases: [&[u8]; 9] = [
            b"",
            b"{\"n\": 1e999,\n \"a\":[ ]}",
            b" {} ",
            b"null",
            b"\"x\"",
            b"{\"a\":1}\n{\"b\":2}\n",
            b"\xff\\x",
            b"\\",
            b"{",
        ];
        for body in cases {
            assert_eq!(there_and_back(body), body, "{body:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(body: Vec<u8>, text: String) {
            prop_assert_eq!(&there_and_back(&body), &body);
            prop_assert_eq!(there_and_back(text.as_bytes()), text.as_bytes());
        }

        #[test]
        fn reading_never_panics(text: String) {
            let _ = read(&text);
            let _ = unescape(&text);
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let one = |request: &str, response: &str| {
            let json = format!(r#"{{"version": 1, "exchanges": [{{"request": {request}, "response": {response}}}]}}"#);
            read(&json).unwrap_err()
        };
        let (asked, answered) = (r#"{"method": "GET", "uri": "/"}"#, r#"{"status": 200}"#);
        assert_eq!(one(r#"{"method": "G T", "uri": "/"}"#, answered), r#"exchange 1: "G T" is not a method"#);
        assert_eq!(one(r#"{"method": "GET", "uri": "\n"}"#, answered), r#"exchange 1: "\n" is not an address"#);
        assert_eq!(one(asked, r#"{"status": 99}"#), "exchange 1: 99 is not a status");
        assert_eq!(one(asked, r#"{"status": 200, "headers": ["x"]}"#), r#"exchange 1: "x" is not a header"#);
        assert!(one(asked, r#"{"status": 200, "body": {"text": "", "escaped": ""}}"#).contains("more than one of"));
        assert!(one(asked, r#"{"status": 200, "body": {"escaped": "\\q"}}"#).contains("broken escape"));
        assert!(one(asked, r#"{"status": 200, "boddy": {}}"#).contains("unknown field `boddy`"));
        assert!(read(r#"{"version": 2, "exchanges": []}"#).unwrap_err().contains("its version is 2"));
    }
}
