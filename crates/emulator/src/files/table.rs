use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use mistral_models::{File, FileId, FileVisibility};

use crate::auth::Owner;
use crate::clock::unix_time;
use crate::store::Content;

/// A file, and its content for as long as it is not deleted.
pub(crate) struct StoredFile {
    pub(crate) file: File,
    pub(crate) owner: Owner,
    /// When it was made, more exactly than the API says.
    pub(crate) made: Duration,
    pub(crate) content: Option<Arc<Content>>,
}

impl StoredFile {
    /// Whether this user may know of the file.
    fn visible_to(&self, owner: Owner) -> bool {
        self.owner == owner || self.file.visibility != Some(FileVisibility::User)
    }

    /// Lets go of the content once the file has expired.
    fn expire(&mut self, now: Duration) {
        if self.file.expires_at.is_some_and(|expiry| expiry <= unix_time(now)) {
            self.content = None;
        }
    }
}

/// All files, in the order of their creation. Deleted ones keep their entry, so that they can be answered as deleted.
#[derive(Default)]
pub(crate) struct FileTable {
    files: Vec<StoredFile>,
    places: HashMap<FileId, usize>,
}

impl FileTable {
    pub(crate) fn insert(&mut self, stored: StoredFile) {
        self.places.insert(stored.file.id.clone(), self.files.len());
        self.files.push(stored);
    }

    /// The file with this id, deleted or not, if this user may see it.
    pub(crate) fn get(&mut self, id: &FileId, owner: Owner, now: Duration) -> Option<&mut StoredFile> {
        let stored = self.places.get(id).and_then(|place| self.files.get_mut(*place))?;
        stored.expire(now);
        stored.visible_to(owner).then_some(stored)
    }

    /// The content of the file with this id, if it is there and this user may see it.
    pub(crate) fn content(&mut self, id: &FileId, owner: Owner, now: Duration) -> Option<Arc<Content>> {
        self.get(id, owner, now)?.content.clone()
    }

    /// The content of the file with this id, whoever asks.
    pub(crate) fn content_for_anyone(&mut self, id: &FileId, now: Duration) -> Option<Arc<Content>> {
        let stored = self.places.get(id).and_then(|place| self.files.get_mut(*place))?;
        stored.expire(now);
        stored.content.clone()
    }

    /// The files this user may see, newest first, without the deleted ones.
    pub(crate) fn newest_first(&mut self, owner: Owner, now: Duration) -> Vec<&StoredFile> {
        self.files.iter_mut().for_each(|stored| stored.expire(now));
        let seen = |stored: &&StoredFile| stored.content.is_some() && stored.visible_to(owner);
        let mut files: Vec<_> = self.files.iter().rev().filter(seen).collect();
        // A job's results are put in when somebody looks, and belong where the job ended.
        files.sort_by_key(|stored| std::cmp::Reverse(stored.made));
        files
    }
}
