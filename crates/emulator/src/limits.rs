/// What the emulator refuses as too much; each limit is the service's unless the builder changes it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// One uploaded file. The documents say 512 MB without saying which; this is the larger reading, so that no file
    /// the service takes is refused here.
    pub(crate) file_bytes: u64,
    /// One JSON body. Not documented; room for 10,000 inline requests of several kilobytes each.
    pub(crate) json_bytes: u64,
    /// Requests not yet done, over all jobs.
    pub(crate) pending_requests: u64,
    /// Whether a creation past that is refused.
    pub(crate) enforce_pending: bool,
    /// Requests of one job. One document says 1,000,000 and another 100,000; the larger.
    pub(crate) job_requests: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 512 * 1024 * 1024,
            json_bytes: 64 * 1024 * 1024,
            pending_requests: 1_000_000,
            enforce_pending: true,
            job_requests: 1_000_000,
        }
    }
}
