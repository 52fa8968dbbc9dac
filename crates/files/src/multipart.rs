//! The form an upload travels in.
//!
//! Its length is known before it is sent, it is never whole in memory, and it can be made again byte for byte.

use std::convert::Infallible;
use std::fmt::Write as _;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::HeaderValue;
use http_body_util::BodyExt as _;
use mistral_transport::Body;

use crate::content::{Opened, Source};

pub(crate) struct Multipart {
    boundary: String,
    head: String,
}

impl Multipart {
    pub(crate) fn new() -> Self {
        // Long enough that no content will hold it by chance.
        Self { boundary: format!("{:032x}", fastrand::u128(..)), head: String::new() }
    }

    /// A text part, without a content type, as the official clients send it.
    pub(crate) fn text(mut self, name: &str, value: &str) -> Self {
        let Self { boundary, head } = &mut self;
        // Writing to a String cannot fail.
        let _ = write!(head, "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        self
    }

    /// The file part, which is the last; the body and its content type.
    pub(crate) fn file(self, name: &str, filename: &str, content_type: &str, content: Opened) -> (Body, HeaderValue) {
        let Self { boundary, mut head } = self;
        let filename = quoted(filename);
        let _ = write!(
            head,
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{filename}\"\r\n\
             Content-Type: {content_type}\r\n\r\n",
        );
        let (head, tail) = (Bytes::from(head), Bytes::from(format!("\r\n--{boundary}--\r\n")));
        let length = head.len() as u64 + content.length + tail.len() as u64;
        let body = match content.source {
            Source::Again(make) => Body::replayable(length, move || framed(head.clone(), make(), tail.clone())),
            Source::Once(body) => framed(head, body, tail).with_length(length),
        };
        let content_type = HeaderValue::try_from(format!("multipart/form-data; boundary={boundary}"));
        // The boundary is hexadecimal, so that it is always a header value.
        (body, content_type.unwrap_or_else(|_| HeaderValue::from_static("multipart/form-data")))
    }
}

fn framed(head: Bytes, content: Body, tail: Bytes) -> Body {
    let ends = |bytes: Bytes| stream::iter([Ok::<_, Infallible>(bytes)]).map(|end| end.map_err(Into::into));
    Body::stream(ends(head).chain(content.into_data_stream()).chain(ends(tail)))
}

/// A file name between quotes: what would end it or the line is percent-encoded, as in browsers, and so is every other
/// control character and the backslash, which half the servers take for an escape. Everything else stays.
fn quoted(filename: &str) -> String {
    let mut quoted = String::with_capacity(filename.len());
    for character in filename.chars() {
        match character {
            '"' | '\\' | '\0'..='\u{1f}' | '\u{7f}' => {
                // Writing to a String cannot fail.
                let _ = write!(quoted, "%{:02X}", u32::from(character));
            }
            other => quoted.push(other),
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http_body::Body as _;
    use proptest::prelude::*;

    use super::*;

    fn form(filename: &str, content: Bytes) -> (Body, String) {
        let length = content.len() as u64;
        let source = Source::Again(Arc::new(move || Body::from(content.clone())));
        let form = Multipart::new().text("expiry", "48").text("purpose", "batch");
        let (body, content_type) = form.file("file", filename, "application/octet-stream", Opened { length, source });
        (body, content_type.to_str().unwrap().to_owned())
    }

    #[tokio::test]
    async fn the_form_looks_as_the_official_clients_send_it() {
        let (body, content_type) = form("in.jsonl", "{}\n".into());
        let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        insta::assert_snapshot!(text.replace(boundary, "<boundary>").replace("\r\n", "␍␊\n"), @r#"
        --<boundary>␍␊
        Content-Disposition: form-data; name="expiry"␍␊
        ␍␊
        48␍␊
        --<boundary>␍␊
        Content-Disposition: form-data; name="purpose"␍␊
        ␍␊
        batch␍␊
        --<boundary>␍␊
        Content-Disposition: form-data; name="file"; filename="in.jsonl"␍␊
        Content-Type: application/octet-stream␍␊
        ␍␊
        {}
        ␍␊
        --<boundary>--␍␊
        "#);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_name_and_content_arrive_as_one_part(name in "\\PC{1,300}", content in proptest::collection::vec(any::<u8>(), 0..5000)) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                let (body, content_type) = form(&name, content.clone().into());
                let announced = body.size_hint().exact().unwrap();
                let again = body.try_clone().unwrap().collect().await.unwrap().to_bytes();
                let bytes = body.collect().await.unwrap().to_bytes();
                assert_eq!(bytes.len() as u64, announced);
                assert_eq!(bytes, again);

                let boundary = multer::parse_boundary(content_type).unwrap();
                let stream = stream::iter([Ok::<_, Infallible>(bytes)]);
                let mut parts = multer::Multipart::new(stream, boundary);
                assert_eq!(parts.next_field().await.unwrap().unwrap().text().await.unwrap(), "48");
                assert_eq!(parts.next_field().await.unwrap().unwrap().text().await.unwrap(), "batch");
                let file = parts.next_field().await.unwrap().unwrap();
                assert_eq!(file.name(), Some("file"));
                assert_eq!(file.file_name().unwrap(), quoted(&name));
                assert_eq!(file.bytes().await.unwrap(), content);
                assert!(parts.next_field().await.unwrap().is_none());
            });
        }
    }

    #[test]
    fn a_name_cannot_leave_its_quotes() {
        assert_eq!(quoted("a\"b\r\nX: y;é😀\\\u{1b}"), "a%22b%0D%0AX: y;é😀%5C%1B");
    }
}
