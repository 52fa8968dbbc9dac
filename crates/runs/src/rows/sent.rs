use std::borrow::Cow;

use mistral_datasets::batch::{Request, checked_id, generated_id};
use mistral_transport::Result;

use super::{InputRow, Source, changed};

/// The row as it is sent, without a line end: byte for byte as it stands, unless it is to be given an id.
pub(crate) fn sent<'a>(row: &InputRow<'a>, source: &Source) -> Result<Cow<'a, [u8]>> {
    if !source.generate_ids {
        return Ok(Cow::Borrowed(row.bytes));
    }
    let request = Request::parse(row.bytes).map_err(|_| changed())?;
    Ok(match request.custom_id {
        Some(_) => Cow::Borrowed(row.bytes),
        None => {
            Cow::Owned(format!(r#"{{"custom_id":"{}","body":{}}}"#, generated_id(row.at.row + 1), request.body).into())
        }
    })
}

/// The id of a row that is known to be one that was planned.
pub(crate) fn sent_id<'a>(row: &InputRow<'a>) -> Cow<'a, str> {
    checked_id(row.bytes).unwrap_or_else(|| generated_id(row.at.row + 1).into())
}

/// The id of the row, its own or the one it is given.
pub(crate) fn id_of<'a>(row: &InputRow<'a>) -> Result<Cow<'a, str>> {
    let request = Request::parse(row.bytes).map_err(|_| changed())?;
    Ok(request.custom_id.unwrap_or_else(|| generated_id(row.at.row + 1).into()))
}
