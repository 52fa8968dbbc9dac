//! Whole behaviours.
