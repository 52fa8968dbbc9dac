//! A content of 10 MiB, cut after every 4 KiB.

use std::sync::LazyLock;

use mistral_sdk::{Client, ErrorKind};
use tests::rig::check;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::{Cases, End, Times};
use crate::report::Report;

const LENGTH: usize = 10 << 20;
const STEP: usize = 4 << 10;

/// Bytes that are the same in no two places that a mistake could join.
static CONTENT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut random = fastrand::Rng::with_seed(7);
    std::iter::repeat_with(|| random.u8(..)).take(LENGTH).collect()
});

#[derive(Debug, Clone, Copy)]
struct Case {
    cut: usize,
    end: End,
    times: Times,
    /// Whether the content has a strong tag, by which the rest can be asked for.
    tagged: bool,
}

pub(super) async fn run(report: &mut Report) {
    report.title("A download of 10 MiB into a file, cut after every 4 KiB");
    let mut cases = Vec::new();
    for cut in (0..=LENGTH).step_by(STEP) {
        for end in End::BOTH {
            cases.push(Case { cut, end, times: Times::Once, tagged: true });
            cases.push(Case { cut, end, times: Times::Always, tagged: false });
            // Begun anew at the server's first byte, whatever the place of the cut: a few places show it.
            if cut % (16 * STEP) == 0 {
                cases.push(Case { cut, end, times: Times::Once, tagged: false });
            }
        }
    }
    report.show("cuts", cases.len());
    Cases::new(cases).play(report, serve, play).await;
}

async fn serve(case: Case, first: bool, request: String, mut stream: TcpStream) {
    let request = request.to_ascii_lowercase();
    let asked = request.split_once("\r\nrange: bytes=").and_then(|(_, rest)| rest.split_once("-\r")?.0.parse().ok());
    let start: usize = asked.unwrap_or(0);
    let cut = first || case.times == Times::Always;
    let mut head = match asked {
        Some(_) => format!("HTTP/1.1 206 Partial Content\r\ncontent-range: bytes {start}-{}/{LENGTH}\r\n", LENGTH - 1),
        None => "HTTP/1.1 200 OK\r\n".to_owned(),
    };
    if case.tagged {
        head += "etag: \"a\"\r\n";
    }
    head += &format!("content-length: {}\r\n\r\n", LENGTH - start);
    let end = if cut { case.cut } else { LENGTH };
    // Whoever asked may be gone already.
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(&CONTENT[start.min(end)..end]).await;
    if cut { case.end } else { End::Fin }.of(stream).await;
}

async fn play(client: Client, case: Case, id: String) -> Result<String, String> {
    const OLD: &str = "what was here before";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    // Every other file is there already.
    let old = (case.cut / STEP % 2 == 0).then_some(OLD);
    if let Some(old) = old {
        std::fs::write(&path, old).unwrap();
    }
    let saved = match client.files().download(id).await {
        Ok(download) => download.save(&path).await,
        Err(error) => Err(error),
    };
    let left = std::fs::read(&path).ok();
    let file = match &left {
        None => "no file",
        Some(left) if *left == *CONTENT => "the whole file",
        Some(left) if left == OLD.as_bytes() => "the old file",
        Some(left) => return Err(format!("a file of {} bytes is left that is neither old nor whole", left.len())),
    };
    let beside = std::fs::read_dir(&folder).unwrap().count() - usize::from(left.is_some());
    if beside > 0 {
        return Err(format!("{beside} files are left beside the target"));
    }
    let before = if old.is_some() { "the old file" } else { "no file" };
    // A reset may overtake the end of what was sent before it.
    let may_be_whole = case.times == Times::Once || case.cut == LENGTH;
    let may_fail = case.times == Times::Always && (case.cut < LENGTH || case.end == End::Reset);
    let came = match saved {
        Ok(_) if may_be_whole && file == "the whole file" => "good".to_owned(),
        Err(error) if may_fail && file == before && error.kind() == ErrorKind::Interrupted => {
            check(&error, "files.download");
            "Interrupted".to_owned()
        }
        Ok(bytes) => return Err(format!("good with {bytes} bytes, and {file} is left")),
        Err(error) => return Err(format!("{error}, and {file} is left where {before} was")),
    };
    let tagged = if case.tagged { "with a strong tag" } else { "without a tag" };
    Ok(format!("{tagged}, {} {:?}: {came}, {file}", case.end.name(), case.times).to_lowercase())
}
