//! What models cost.

mod file;
mod name;
mod price;
mod table;

pub use price::Price;
pub use table::PriceTable;
