use crate::change::ChangeCode;
use crate::edit::{Object, Value};
use crate::rewrite::{Changes, Unusable, shown};

/// Gives functions the description and the parameters that the other service lets out.
pub(super) fn complete(sample: &mut Object<'_>, changes: &mut Changes) -> Result<(), Unusable> {
    let Some(tools) = sample.get_mut("tools").and_then(Value::array) else { return Ok(()) };
    for (at, tool) in tools.items_mut().iter_mut().enumerate() {
        let path = format!("$.tools[{at}]");
        let Some(tool) = tool.object() else { return Err(Unusable::new(path, "not an object with a function")) };
        if let Some(kind) = tool.text("type").filter(|kind| kind != "function") {
            return Err(Unusable::new(path, format!("a tool of the type {} has no counterpart", shown(&kind))));
        }
        let Some(function) = tool.get_mut("function").and_then(Value::object) else { continue };
        let path = format!("{path}.function");
        if function.get("description").is_none_or(Value::is_null) {
            function.set("description", Value::string(""));
            changes.add(ChangeCode::ToolCompleted, path.clone(), "an empty description was added");
        }
        if function.get("parameters").is_none_or(Value::is_null) {
            function.set("parameters", Value::Raw(r#"{"type":"object","properties":{}}"#));
            changes.add(ChangeCode::ToolCompleted, path, "parameters without properties were added");
        }
    }
    Ok(())
}
