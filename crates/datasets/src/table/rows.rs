use serde_json::Value;

use super::TableError;

/// The rows of a table, one at a time.
///
/// Implement it for a source of your own:
///
/// ```
/// use mistral_datasets::table::{Rows, TableError};
/// use serde_json::Value;
///
/// struct Numbers {
///     columns: Vec<String>,
///     next: u32,
/// }
///
/// impl Rows for Numbers {
///     fn columns(&self) -> &[String] {
///         &self.columns
///     }
///
///     fn read(&mut self, values: &mut Vec<Value>) -> Result<bool, TableError> {
///         values.clear();
///         values.push(self.next.into());
///         self.next += 1;
///         Ok(self.next <= 10)
///     }
/// }
/// ```
pub trait Rows {
    /// The names of the columns, in their order.
    fn columns(&self) -> &[String];

    /// Puts the values of the next row in the place of those of the last, one for each column. `false` at the end.
    ///
    /// # Errors
    ///
    /// If the row cannot be read. The rows after it are not defined then.
    fn read(&mut self, values: &mut Vec<Value>) -> Result<bool, TableError>;
}
