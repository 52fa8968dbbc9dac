use super::openai::keep_only;
use crate::change::ChangeCode;
use crate::edit::{Object, Value};
use crate::rewrite::{Changes, Unusable, shown};

/// Converts the parts of a content that has some.
pub(super) fn convert(message: &mut Object<'_>, path: &str, changes: &mut Changes) -> Result<(), Unusable> {
    let Some(parts) = message.get_mut("content").and_then(Value::array) else { return Ok(()) };
    for (at, part) in parts.items_mut().iter_mut().enumerate() {
        let path = format!("{path}.content[{at}]");
        let Some(part) = part.object() else { return Err(Unusable::new(path, "not an object with a type")) };
        let kind = part.text("type").unwrap_or_default().into_owned();
        match kind.as_str() {
            "text" => keep_only(part, &["type", "text"], &path, changes),
            "image_url" => {
                keep_only(part, &["type", "image_url"], &path, changes);
                image(part, &path, changes);
            }
            "refusal" => {
                if let Some(refusal) = part.get("refusal").cloned() {
                    part.set("type", Value::string("text"));
                    part.replace("refusal", "text", refusal);
                    changes.add(ChangeCode::Refusal, path, "a refusal became text");
                }
            }
            kind => return Err(Unusable::new(path, format!("content of the type {} has no counterpart", shown(kind)))),
        }
    }
    Ok(())
}

/// Takes the URL out of the object around it.
fn image(part: &mut Object<'_>, path: &str, changes: &mut Changes) {
    let path = format!("{path}.image_url");
    let Some(image) = part.get_mut("image_url").and_then(Value::object) else { return };
    let Some(url) = image.get("url").cloned() else { return };
    // What is "auto" says nothing.
    if image.text("detail").is_some_and(|detail| detail == "auto") {
        image.remove("detail");
    }
    keep_only(image, &["url"], &path, changes);
    part.set("image_url", url);
    changes.add(ChangeCode::ImageUrl, path, "the URL lost the object around it");
}
