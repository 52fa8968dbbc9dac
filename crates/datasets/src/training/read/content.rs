use std::borrow::Cow;

use serde::de::{MapAccess, SeqAccess};

use super::json::{Handle, Hashed, Json, Kind, Skip};
use super::text::{Keep, Measure, Text};
use super::{Context, Path, fingerprint};
use crate::shorten::shorten;
use crate::training::Code;
use crate::training::path::Key;

/// The content of a message: a text, or a list of pieces.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::training) struct Content {
    pub(in crate::training) text: Text,
    pub(in crate::training) images: u64,
    /// The place of the first piece that is an image.
    pub(in crate::training) first_image: Option<usize>,
    /// The place of the first piece that is thinking.
    pub(in crate::training) first_thinking: Option<usize>,
}

impl Content {
    /// Whether there is anything in it.
    pub(in crate::training) fn is_filled(&self) -> bool {
        self.text.filled || self.images > 0
    }
}

/// Reads a content. `None` if there is none, or something else in its place.
pub(super) struct ContentHandler<'s, 'c> {
    pub(super) context: &'s mut Context<'c>,
    pub(super) path: &'s Path<'s>,
}

impl<'de> Handle<'de> for ContentHandler<'_, '_> {
    type Value = Option<Content>;

    fn other(self, kind: Kind) -> Option<Content> {
        self.context.wrong_type(self.path, kind, "a string or a list of pieces");
        None
    }

    fn string(self, text: &str) -> Option<Content> {
        Some(Content { text: Text::measure(text, self.context.tokens), ..Content::default() })
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Hashed<Option<Content>>, A::Error> {
        let (mut content, mut hash) = (Content::default(), fingerprint::List::new());
        for index in 0.. {
            let path = self.path.index(index);
            let chunk = ChunkHandler { context: &mut *self.context, path: &path };
            let Some((chunk, item)) = list.next_element_seed(Json::new(chunk))? else { break };
            hash.item(item);
            match chunk {
                Some(Chunk::Text(text)) => content.text.add(text),
                Some(Chunk::Image) => {
                    content.images += 1;
                    content.first_image.get_or_insert(index);
                }
                Some(Chunk::Thinking(text)) => {
                    content.text.add(text);
                    content.first_thinking.get_or_insert(index);
                }
                None => {}
            }
        }
        Ok((Some(content), hash.finish()))
    }
}

/// A piece of a content.
enum Chunk {
    Text(Text),
    Image,
    Thinking(Text),
}

/// Reads a piece. `None` if it is none that counts, which is reported.
struct ChunkHandler<'s, 'c> {
    context: &'s mut Context<'c>,
    path: &'s Path<'s>,
}

impl<'de> Handle<'de> for ChunkHandler<'_, '_> {
    type Value = Option<Chunk>;

    fn other(self, kind: Kind) -> Option<Chunk> {
        // `null` stands for nothing in an object; in a list it stands in the place of a piece.
        let path = self.path;
        self.context.sink.add(Code::WrongType, path, || format!("{} is {kind}; expected an object", path.leaf()));
        None
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Hashed<Option<Chunk>>, A::Error> {
        let Self { context, path } = self;
        let mut hash = fingerprint::Object::new();
        let mut kind: Option<Cow<'de, str>> = None;
        let (mut text, mut image, mut thinking) = (None, false, None);
        while let Some(Key(key)) = object.next_key()? {
            let at = path.key(&key);
            let value = match &*key {
                "type" => {
                    let (value, hash) = object.next_value_seed(Json::new(Keep { context, path: &at }))?;
                    kind = value;
                    hash
                }
                "text" => {
                    let (value, hash) = object.next_value_seed(Json::new(Measure { context, path: &at }))?;
                    text = value;
                    hash
                }
                "image_url" => {
                    let handler = ImageHandler { context, path: &at };
                    let (value, hash) = object.next_value_seed(Json::new(handler))?;
                    image = value;
                    hash
                }
                "thinking" => {
                    let handler = ContentHandler { context, path: &at };
                    let (value, hash) = object.next_value_seed(Json::new(handler))?;
                    thinking = value.map(|content| content.text);
                    hash
                }
                _ => object.next_value_seed(Json::new(Skip))?.1,
            };
            if hash.member(&key, value) {
                context.duplicate_key(&at);
            }
        }
        let chunk = match kind.as_deref() {
            Some("text") => text.map(Chunk::Text),
            Some("image_url") => image.then_some(Chunk::Image),
            Some("thinking") => thinking.map(Chunk::Thinking),
            Some(other) => {
                context.sink.add(Code::ChunkUnknown, &path.key("type"), || {
                    format!("the type is {:?}; expected text, image_url or thinking", shorten(other))
                });
                return Ok((None, hash.finish()));
            }
            None => {
                context.sink.add(Code::ChunkUnknown, path, || {
                    "the piece has no `type`; expected text, image_url or thinking".to_owned()
                });
                return Ok((None, hash.finish()));
            }
        };
        if chunk.is_none() {
            context.sink.add(Code::ChunkIncomplete, path, || {
                let kind = kind.as_deref().unwrap_or_default();
                format!("a piece of type {kind} without `{kind}`; expected what its type names")
            });
        }
        Ok((chunk, hash.finish()))
    }
}

/// Reads the address of an image: a string, or an object with `url`. Says whether there is one.
struct ImageHandler<'s, 'c> {
    context: &'s mut Context<'c>,
    path: &'s Path<'s>,
}

impl<'de> Handle<'de> for ImageHandler<'_, '_> {
    type Value = bool;

    fn other(self, kind: Kind) -> bool {
        self.context.wrong_type(self.path, kind, "a string or an object with `url`");
        kind != Kind::Null
    }

    fn string(self, url: &str) -> bool {
        if !is_image(url) {
            self.context.sink.add(Code::ImageUrl, self.path, || {
                format!("the image is {:?}; expected https://… or data:image/…;base64,…", shorten(url))
            });
        }
        true
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Hashed<bool>, A::Error> {
        let (mut hash, mut found) = (fingerprint::Object::new(), false);
        while let Some(Key(key)) = object.next_key()? {
            let path = self.path.key(&key);
            let value = if key == "url" {
                let handler = UrlHandler { context: &mut *self.context, path: &path };
                let (value, hash) = object.next_value_seed(Json::new(handler))?;
                found = value;
                hash
            } else {
                object.next_value_seed(Json::new(Skip))?.1
            };
            if hash.member(&key, value) {
                self.context.duplicate_key(&path);
            }
        }
        Ok((found, hash.finish()))
    }
}

/// The `url` of an image that is an object; it may not be an object again.
struct UrlHandler<'s, 'c> {
    context: &'s mut Context<'c>,
    path: &'s Path<'s>,
}

impl Handle<'_> for UrlHandler<'_, '_> {
    type Value = bool;

    fn other(self, kind: Kind) -> bool {
        self.context.wrong_type(self.path, kind, "a string");
        kind != Kind::Null
    }

    fn string(self, url: &str) -> bool {
        ImageHandler { context: self.context, path: self.path }.string(url)
    }
}

/// Whether it is a web address or a data URL of an image in base64. The image itself is not looked at.
fn is_image(url: &str) -> bool {
    // Enough for any media type, and little of an image of megabytes.
    let head = url.as_bytes().get(..100).unwrap_or(url.as_bytes());
    let starts =
        |prefix: &str| head.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix.as_bytes()));
    if starts("data:image/") {
        let comma = head.iter().position(|byte| *byte == b',');
        return comma.is_some_and(|comma| head[..comma].ends_with(b";base64") && url.len() > comma + 1);
    }
    ["https://", "http://"].iter().any(|scheme| starts(scheme) && url.len() > scheme.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_a_web_address_or_a_data_url() {
        for url in
            ["https://example.com/a.png", "HTTP://x", "data:image/png;base64,AA==", "data:image/svg+xml;x=y;base64,A"]
        {
            assert!(is_image(url), "{url}");
        }
        for url in
            ["", "a.png", "https://", "file:///a.png", "data:text/plain;base64,AA==", "data:image/png,AA", "dátá:"]
        {
            assert!(!is_image(url), "{url}");
        }
    }
}
