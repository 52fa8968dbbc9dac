use std::cell::{Cell, OnceCell};

use crate::args::Global;
use crate::connect::{self, Session};
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
    /// The session of a walk: several commands in one process, which find what those before them left.
    walk: OnceCell<Session>,
}

impl Context {
    /// `only_events` if programs read standard error, so that nothing but errors may stand beside the events.
    pub(crate) fn new(global: Global, only_events: bool) -> Self {
        let screen = Screen { quiet: global.quiet || only_events, verbose: global.verbose };
        Self { global, screen, stage: Cell::default(), walk: OnceCell::new() }
    }

    /// Where data goes, in the form asked for.
    pub(crate) fn data(&self) -> Data {
        Data::new(self.global.format.unwrap_or_default())
    }

    /// A client for the API the user named. Nothing is sent yet.
    pub(crate) fn connect(&self) -> Result<Session> {
        self.walk.get().map_or_else(|| connect::connect(&self.global, self.screen), |session| Ok(session.clone()))
    }

    /// Begins a walk, on an emulator unless an address was named.
    pub(crate) fn begin_walk(&self) -> Result<Session> {
        let session = match self.global.base_url {
            Some(_) => self.connect()?,
            None => connect::embedded(self.screen)?,
        };
        Ok(self.walk.get_or_init(|| session).clone())
    }

    /// Tells how to go on, unless the next command of a walk does it.
    pub(crate) fn next_steps(&self, lines: &[String]) {
        if self.walk.get().is_none() {
            lines.iter().for_each(|line| self.screen.note(line));
        }
    }
}
