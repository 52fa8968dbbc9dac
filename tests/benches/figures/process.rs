//! What the system says of this process.

use std::fs;

/// Bytes in memory.
pub(crate) fn resident() -> u64 {
    status("VmRSS")
}

/// The most bytes that were in memory since [`forget_peak`].
pub(crate) fn peak() -> u64 {
    status("VmHWM")
}

/// Lets the peak begin anew at what is in memory at this moment.
pub(crate) fn forget_peak() {
    fs::write("/proc/self/clear_refs", "5").expect("a system that counts the peak anew");
}

fn status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("a system that tells how much memory is used");
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
    1024 * line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap()
}

/// Nanoseconds of processor time that all threads took so far.
pub(crate) fn processor_time() -> u64 {
    let tasks = fs::read_dir("/proc/self/task").expect("a system that counts processor time");
    let times = tasks.filter_map(|task| {
        let times = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        times.split(' ').next()?.parse::<u64>().ok()
    });
    times.sum()
}
