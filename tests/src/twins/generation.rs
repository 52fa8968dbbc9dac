//! The generations of the official clients, and what each of them speaks.

use std::fmt;

/// Three numbers of a version.
pub(super) type Version = (u32, u32, u32);

/// A generation of an official client, such as `python-1.9.3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Generation {
    /// Python, or else TypeScript.
    pub python: bool,
    /// Its version.
    pub version: Version,
}

impl Generation {
    /// Reads `python-1.9.3` or `ts-2.2.6`.
    pub fn parse(name: &str) -> Option<Self> {
        let (language, version) = name.split_once('-')?;
        let mut numbers = version.split('.').map(str::parse);
        let mut next = || numbers.next()?.ok();
        let version = (next()?, next()?, next()?);
        matches!(language, "python" | "ts").then_some(Self { python: language == "python", version })
    }

    /// Whether it is as young as this version of its language.
    pub fn since(&self, python: Version, typescript: Version) -> bool {
        self.version >= if self.python { python } else { typescript }
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor, patch) = self.version;
        write!(f, "{}-{major}.{minor}.{patch}", if self.python { "python" } else { "ts" })
    }
}

/// From which versions on, and up to which, something can be said.
#[derive(Debug, Clone, Copy)]
pub struct Spoken {
    python: (Version, Version),
    typescript: (Version, Version),
}

const LATEST: Version = (u32::MAX, 0, 0);

impl Spoken {
    /// By every generation.
    pub const ALWAYS: Self = Self::since((0, 0, 0), (0, 0, 0));
    /// While the clients had fine-tuning jobs.
    pub const FINE_TUNING: Self = Self { python: ((1, 0, 0), (2, 5, 2)), typescript: ((1, 0, 0), (2, 4, 1)) };

    /// From these versions on.
    pub const fn since(python: Version, typescript: Version) -> Self {
        Self { python: (python, LATEST), typescript: (typescript, LATEST) }
    }

    /// Whether this generation speaks it.
    pub fn by(&self, generation: &Generation) -> bool {
        let (from, until) = if generation.python { self.python } else { self.typescript };
        (from..until).contains(&generation.version)
    }
}
