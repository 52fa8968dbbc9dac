//! Answers as a seed has them.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::shapes::{Field, Shape};
use crate::twins::generation::Generation;
use crate::twins::value::{id, pick, text};

/// Something in an answer that the field tables do not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Oddity {
    /// An enum's value that nobody has heard of.
    UnknownValue(&'static str),
    /// A field that must be there is not.
    Missing(&'static str),
    /// A field that must have a value is null.
    Null(&'static str),
    /// A field holds another kind of value.
    WrongType(&'static str),
}

/// One answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The body.
    pub body: Value,
    /// What is odd about it.
    pub oddities: Vec<Oddity>,
}

/// Makes an answer of `shape` as one of this generation may meet it.
pub(super) fn answer(shape: Shape, generation: &Generation, rng: &mut Rng) -> Answer {
    let odd = rng.u8(0..4) == 0;
    let mut maker = Maker { generation, rng, odd, oddities: Vec::new() };
    let body = maker.value("", shape);
    Answer { body, oddities: maker.oddities }
}

struct Maker<'a> {
    generation: &'a Generation,
    rng: &'a mut Rng,
    /// Whether oddities are wanted.
    odd: bool,
    oddities: Vec<Oddity>,
}

impl Maker<'_> {
    fn value(&mut self, name: &'static str, shape: Shape) -> Value {
        match shape {
            Shape::Text => json!(text(self.rng)),
            Shape::Id => json!(id(self.rng)),
            Shape::Count => {
                let bits = self.rng.u32(1..48);
                json!(self.rng.u64(0..1 << bits))
            }
            Shape::Time => json!(self.rng.u32(1_600_000_000..2_000_000_000)),
            Shape::Moment => json!(format!("20{:02}-0{}-11T09:30:00Z", self.rng.u8(10..40), self.rng.u8(1..=9))),
            Shape::Number => json!(f64::from(self.rng.u32(0..4_000_000)) / 1024.0),
            Shape::Flag => json!(self.rng.bool()),
            Shape::Open(known) if self.wants_oddity() => {
                self.oddities.push(Oddity::UnknownValue(name));
                json!(format!("{}_OF_TOMORROW", pick(self.rng, known)))
            }
            Shape::Open(known) => json!(pick(self.rng, known)),
            Shape::Always(value) => json!(value),
            Shape::Free => self.free(),
            Shape::List(item) => (0..self.rng.usize(0..4)).map(|_| self.value(name, *item)).collect(),
            Shape::Object(fields) => self.object(fields),
            Shape::Either(kinds) => {
                let fields = kinds[self.rng.usize(..kinds.len())];
                self.object(fields)
            }
        }
    }

    fn object(&mut self, fields: &'static [Field]) -> Value {
        let mut object = Map::new();
        for field in fields {
            let Field { name, shape, .. } = *field;
            let known = field.known.by(self.generation);
            let bearable = field.bearable.by(self.generation);
            if (field.optional && bearable || !known) && self.rng.u8(0..3) == 0 {
                continue;
            }
            let value = if field.nullable && bearable && self.rng.u8(0..4) == 0 {
                Value::Null
            } else if known && self.wants_oddity() {
                match self.broken(field) {
                    Some(value) => value,
                    None => continue,
                }
            } else {
                self.value(name, shape)
            };
            object.insert(name.to_owned(), value);
        }
        if self.rng.u8(0..3) == 0 {
            object.insert("of_tomorrow".to_owned(), self.free());
        }
        Value::Object(object)
    }

    /// A value that the field may not have; `None` for none at all.
    fn broken(&mut self, field: &Field) -> Option<Value> {
        match (self.rng.u8(0..3), field.optional, field.nullable) {
            (0, false, _) => {
                self.oddities.push(Oddity::Missing(field.name));
                None
            }
            (1, _, false) => {
                self.oddities.push(Oddity::Null(field.name));
                Some(Value::Null)
            }
            _ => {
                self.oddities.push(Oddity::WrongType(field.name));
                Some(match field.shape {
                    Shape::Text | Shape::Id | Shape::Moment | Shape::Always(_) | Shape::Open(_) => json!([7]),
                    _ => json!("not this"),
                })
            }
        }
    }

    fn wants_oddity(&mut self) -> bool {
        self.odd && self.rng.u8(0..12) == 0
    }

    fn free(&mut self) -> Value {
        let rng = &mut *self.rng;
        json!({
            "snake_and_camelCase": text(rng),
            "nested": {"a_list": [rng.u32(..), null, 0.5, {"custom_id": text(rng)}]},
            "flag": rng.bool(),
        })
    }
}
