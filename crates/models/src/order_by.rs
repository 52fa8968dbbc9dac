use crate::open_enum::open_enum;

open_enum! {
    /// The order of a listing.
    OrderBy {
        /// Oldest first.
        Created = "created",
        /// Newest first; what the official clients ask for by default.
        CreatedDesc = "-created",
    }
}
