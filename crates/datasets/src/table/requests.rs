use std::borrow::Cow;
use std::io::Write;

use serde_json::Value;

use super::{Rows, TableError, Template};
use crate::batch::generated_id;

/// Where the `custom_id` of a request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomId {
    /// A column: its text, or a number in digits.
    Column(String),
    /// The row, counted from 1: [`generated_id`].
    Generated,
}

/// Makes request lines of a table.
///
/// ```
/// # #[cfg(feature = "csv")] {
/// use mistral_datasets::table::{CsvRows, CustomId, Requests, Template};
///
/// let rows = CsvRows::new(&b"text\nHello\n"[..])?;
/// let template = Template::input("text");
/// let mut requests = Requests::new(rows, &template, CustomId::Generated)?;
/// let line = requests.next_line()?;
/// assert_eq!(line, Some(&br#"{"custom_id":"row-1","body":{"input":"Hello"}}"#[..]));
/// # }
/// # Ok::<(), mistral_datasets::table::TableError>(())
/// ```
#[derive(Debug)]
pub struct Requests<'t, R> {
    rows: R,
    template: &'t Template,
    /// Which value each placeholder takes.
    places: Vec<usize>,
    /// Which value is the id, and the name of its column.
    custom_id: Option<(usize, String)>,
    values: Vec<Value>,
    line: Vec<u8>,
    row: u64,
}

impl<'t, R: Rows> Requests<'t, R> {
    /// Begins with the first row.
    ///
    /// # Errors
    ///
    /// If the template or the id names a column that is not there, or that is there twice.
    pub fn new(rows: R, template: &'t Template, custom_id: CustomId) -> Result<Self, TableError> {
        let columns = rows.columns();
        let places = template.columns().map(|name| find(columns, name)).collect::<Result<_, _>>()?;
        let custom_id = match custom_id {
            CustomId::Column(name) => Some((find(columns, &name)?, name)),
            CustomId::Generated => None,
        };
        Ok(Self { rows, template, places, custom_id, values: Vec::new(), line: Vec::new(), row: 0 })
    }

    /// The request of the next row, without a line end. `None` at the end.
    ///
    /// # Errors
    ///
    /// If the row cannot be read or has no id.
    pub fn next_line(&mut self) -> Result<Option<&[u8]>, TableError> {
        if !self.rows.read(&mut self.values)? {
            return Ok(None);
        }
        self.row += 1;
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        let id = self.custom_id()?;
        line.extend_from_slice(b"{\"custom_id\":");
        serde_json::to_writer(&mut line, &id).map_err(std::io::Error::from)?;
        line.extend_from_slice(b",\"body\":");
        self.template.write(self.places.iter().map(|place| self.values.get(*place)), &mut line)?;
        line.push(b'}');
        self.line = line;
        Ok(Some(&self.line))
    }

    fn custom_id(&self) -> Result<Cow<'_, str>, TableError> {
        let Some((place, column)) = &self.custom_id else { return Ok(generated_id(self.row).into()) };
        let found = match self.values.get(*place) {
            Some(Value::String(id)) if !id.trim().is_empty() => return Ok(id.into()),
            Some(Value::Number(id)) => return Ok(id.to_string().into()),
            Some(Value::String(_)) => "empty",
            Some(Value::Null) | None => "null",
            Some(Value::Bool(_)) => "a boolean",
            Some(Value::Array(_)) => "a list",
            Some(Value::Object(_)) => "an object",
        };
        Err(TableError::NoCustomId { row: self.row, column: column.clone(), found })
    }

    /// Writes all requests, one a line, and says how many there are.
    ///
    /// # Errors
    ///
    /// As of [`next_line`](Self::next_line), if there is no row, and if a line cannot be written.
    pub fn write(&mut self, output: &mut impl Write) -> Result<u64, TableError> {
        while let Some(line) = self.next_line()? {
            output.write_all(line)?;
            output.write_all(b"\n")?;
        }
        if self.row == 0 { Err(TableError::Empty) } else { Ok(self.row) }
    }
}

/// The place of a column.
fn find(columns: &[String], name: &str) -> Result<usize, TableError> {
    let mut places = columns.iter().enumerate().filter(|(_, column)| *column == name).map(|(place, _)| place);
    match (places.next(), places.next()) {
        (Some(place), None) => Ok(place),
        (Some(_), Some(_)) => Err(TableError::ColumnTwice { name: name.to_owned() }),
        (None, _) => Err(TableError::UnknownColumn { name: name.to_owned(), columns: columns.to_vec() }),
    }
}
