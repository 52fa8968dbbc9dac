use std::cell::Cell;

use crate::args::Global;
use crate::connect::Session;
use crate::data::Data;
use crate::failure::Result;
use crate::stage::Stage;
use crate::terminal::Screen;

/// What every command needs to know besides its own arguments.
pub(crate) struct Context {
    pub(crate) global: Global,
    pub(crate) screen: Screen,
    /// What an interruption would stop. Commands keep it up to date.
    pub(crate) stage: Cell<Stage>,
}

impl Context {
    pub(crate) fn new(global: Global) -> Self {
        let screen = Screen { quiet: global.quiet, verbose: global.verbose };
        Self { global, screen, stage: Cell::default() }
    }

    /// Where data goes, in the form asked for.
    pub(crate) fn data(&self) -> Data {
        Data::new(self.global.format.unwrap_or_default())
    }

    /// A client for the API the user named. Nothing is sent yet.
    pub(crate) fn connect(&self) -> Result<Session> {
        crate::connect::connect(&self.global, self.screen)
    }
}
