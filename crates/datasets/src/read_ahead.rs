use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{Builder, JoinHandle};

/// Reads on a thread of its own, up to a megabyte ahead of whoever uses what is read.
///
/// It is for files that are read from front to back by work that takes longer than the reading, such as a check.
///
/// ```
/// use mistral_datasets::batch::{self, Options};
/// use mistral_datasets::ReadAhead;
///
/// let input = std::io::Cursor::new(r#"{"custom_id": "q", "body": {}}"#);
/// assert!(batch::check(ReadAhead::new(input)?, Options::default())?.is_valid());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct ReadAhead<R> {
    blocks: Receiver<io::Result<Vec<u8>>>,
    used: Sender<Vec<u8>>,
    block: Vec<u8>,
    /// How much of the block was used.
    at: usize,
    ended: bool,
    thread: JoinHandle<R>,
}

/// Bytes that are read at once, and how many such blocks wait to be used.
const BLOCK: usize = 256 << 10;
const AHEAD: usize = 2;

impl<R: Read + Send + 'static> ReadAhead<R> {
    /// Begins to read.
    ///
    /// # Errors
    ///
    /// If there can be no further thread.
    pub fn new(reader: R) -> io::Result<Self> {
        let (sender, blocks) = sync_channel(AHEAD);
        let (used, given_back) = channel();
        let thread = Builder::new().name("read-ahead".to_owned()).spawn(|| read(reader, sender, given_back))?;
        Ok(Self { blocks, used, block: Vec::new(), at: 0, ended: false, thread })
    }

    /// What was read from. It may be further than what was used.
    ///
    /// # Errors
    ///
    /// If the reader panicked.
    pub fn into_inner(self) -> io::Result<R> {
        // A thread that has nobody to read for ends.
        drop(self.blocks);
        self.thread.join().map_err(|_| broke_off())
    }
}

fn broke_off() -> io::Error {
    io::Error::other("the reading broke off")
}

/// Reads blocks until an error or the end, which is an empty one, or until nobody wants them.
fn read<R: Read>(mut reader: R, blocks: SyncSender<io::Result<Vec<u8>>>, given_back: Receiver<Vec<u8>>) -> R {
    loop {
        let mut block = given_back.try_recv().unwrap_or_default();
        block.clear();
        let read = reader.by_ref().take(BLOCK as u64).read_to_end(&mut block);
        let goes_on = match read {
            Ok(read) => blocks.send(Ok(block)).is_ok() && read > 0,
            Err(error) => {
                // What came before the error is used before it.
                let _ = (block.is_empty() || blocks.send(Ok(block)).is_ok()) && blocks.send(Err(error)).is_ok();
                false
            }
        };
        if !goes_on {
            return reader;
        }
    }
}

impl<R> Read for ReadAhead<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(out)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R> BufRead for ReadAhead<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.block.len() && !self.ended {
            // Only a thread that has ended does not want it.
            let _ = self.used.send(std::mem::take(&mut self.block));
            self.at = 0;
            self.block = self.blocks.recv().map_err(|_| broke_off())??;
            self.ended = self.block.is_empty();
        }
        Ok(&self.block[self.at..])
    }

    fn consume(&mut self, amount: usize) {
        self.at = (self.at + amount).min(self.block.len());
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// Gives a few bytes at a time, and an error in the end.
    struct Broken(Cursor<Vec<u8>>);

    impl Read for Broken {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let most = out.len().min(1000);
            match self.0.read(&mut out[..most])? {
                0 => Err(io::Error::other("worn out")),
                read => Ok(read),
            }
        }
    }

    fn text(length: usize) -> Vec<u8> {
        (0..length).map(|at| (at % 251) as u8).collect()
    }

    #[test]
    fn all_is_read_in_its_order_and_the_reader_comes_back() {
        for length in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 9 * BLOCK + 7] {
            let mut ahead = ReadAhead::new(Cursor::new(text(length))).unwrap();
            let mut read = Vec::new();
            ahead.read_to_end(&mut read).unwrap();
            assert_eq!(read, text(length));
            assert_eq!(ahead.fill_buf().unwrap(), b"", "it stays at the end");
            assert_eq!(ahead.into_inner().unwrap().position(), length as u64);
        }
    }

    #[test]
    fn an_error_comes_behind_what_was_read_before_it() {
        let mut ahead = ReadAhead::new(Broken(Cursor::new(text(2 * BLOCK + 3)))).unwrap();
        let mut read = Vec::new();
        assert_eq!(ahead.read_to_end(&mut read).unwrap_err().to_string(), "worn out");
        assert_eq!(read, text(2 * BLOCK + 3));
    }

    #[test]
    fn no_more_is_read_ahead_than_said_and_nothing_once_nobody_wants_it() {
        let mut ahead = ReadAhead::new(Cursor::new(text(100 * BLOCK))).unwrap();
        ahead.fill_buf().unwrap();
        // One is used, some wait, one waits to be put there.
        assert!(ahead.into_inner().unwrap().position() <= (AHEAD as u64 + 3) * BLOCK as u64);
    }

    #[test]
    fn a_reader_that_panics_is_an_error() {
        struct Panics;
        impl Read for Panics {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                panic!("on purpose")
            }
        }
        let mut ahead = ReadAhead::new(Panics).unwrap();
        assert_eq!(ahead.fill_buf().unwrap_err().to_string(), "the reading broke off");
        assert!(ahead.into_inner().is_err());
    }
}
