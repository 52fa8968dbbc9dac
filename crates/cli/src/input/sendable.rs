use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::Checked;
use super::check::BREATH;
use crate::failure::{Failure, Result};

/// The input in the form that is sent: itself, or a copy without a byte-order mark and without blank lines, which no
/// document says the service takes.
#[derive(Debug)]
pub(crate) struct Sendable {
    original: PathBuf,
    copy: Option<NamedTempFile>,
}

impl Sendable {
    /// Makes the copy if one is needed.
    ///
    /// # Errors
    ///
    /// An input that is not the one that was checked, and a copy that cannot be written.
    pub(crate) async fn new(input: &Checked) -> Result<Self> {
        let original = input.path.clone();
        let cannot = |error| Failure::unexpected(format!("{} cannot be read", original.display())).because(error);
        let metadata = std::fs::metadata(&original).map_err(cannot)?;
        if metadata.len() != input.bytes || metadata.modified().ok() != input.modified {
            return Err(Failure::input(format!("{} changed after it was checked", original.display()))
                .help("Run the command again when nobody writes to the file."));
        }
        let copy = if input.mark || input.blank > 0 { Some(copy(&original).await.map_err(cannot)?) } else { None };
        Ok(Self { original, copy })
    }

    /// What to upload.
    pub(crate) fn path(&self) -> &Path {
        self.copy.as_ref().map_or(&self.original, NamedTempFile::path)
    }
}

async fn copy(original: &Path) -> io::Result<NamedTempFile> {
    let mut reader = BufReader::with_capacity(256 * 1024, File::open(original)?);
    if reader.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
        reader.consume(3);
    }
    let mut copy = BufWriter::new(NamedTempFile::new()?);
    let (mut line, mut lines) = (Vec::new(), 0);
    while reader.by_ref().read_until(b'\n', &mut line)? > 0 {
        lines += 1;
        if lines % BREATH == 0 {
            tokio::task::yield_now().await;
        }
        if !line.iter().all(u8::is_ascii_whitespace) {
            copy.write_all(&line)?;
        }
        line.clear();
    }
    Ok(copy.into_inner()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::check;

    async fn sendable(text: &str) -> (NamedTempFile, Sendable) {
        let file = NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let sendable = Sendable::new(&check(file.path()).await.unwrap()).await.unwrap();
        (file, sendable)
    }

    #[tokio::test]
    async fn a_clean_file_is_sent_itself() {
        let (file, sendable) = sendable("{\"custom_id\":\"a\",\"body\":{}}\n").await;
        assert_eq!(sendable.path(), file.path());
    }

    #[tokio::test]
    async fn a_mark_and_blank_lines_are_left_out_of_a_copy_and_the_original_stays() {
        let text = "\u{feff}{\"custom_id\":\"a\",\"body\":{}}\r\n\n{\"custom_id\":\"b\",\"body\":{}}";
        let (file, sendable) = sendable(text).await;
        let sent = std::fs::read_to_string(sendable.path()).unwrap();
        assert_eq!(sent, "{\"custom_id\":\"a\",\"body\":{}}\r\n{\"custom_id\":\"b\",\"body\":{}}");
        assert_eq!(std::fs::read_to_string(file.path()).unwrap(), text);
    }

    #[tokio::test]
    async fn a_file_that_changed_after_the_check_is_not_sent() {
        let file = NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "{\"custom_id\":\"a\",\"body\":{}}\n").unwrap();
        let checked = check(file.path()).await.unwrap();
        std::fs::write(file.path(), "{\"custom_id\":\"other\",\"body\":{}}\n").unwrap();
        assert!(Sendable::new(&checked).await.unwrap_err().to_string().contains("changed after it was checked"));
    }
}
