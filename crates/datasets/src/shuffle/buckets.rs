use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};

use super::Shuffle;
use super::pile::Pile;

/// Temporary files that lines are scattered over.
pub(super) const COUNT: usize = 1 << BITS;
/// Bits of a number that choose the file.
const BITS: u32 = 6;
/// Beyond this, lines have the same number, and no scattering takes them apart.
const DEEPEST: u32 = u64::BITS / BITS - 1;

/// Lines on their way through temporary files.
pub(super) struct Buckets<'s> {
    shuffle: &'s Shuffle,
    /// How often these lines have been scattered before.
    depth: u32,
    buckets: Vec<Option<Bucket>>,
    written: u64,
}

struct Bucket {
    file: BufWriter<File>,
    lines: usize,
    bytes: usize,
}

impl<'s> Buckets<'s> {
    pub(super) fn new(shuffle: &'s Shuffle, depth: u32) -> Self {
        Self { shuffle, depth, buckets: (0..COUNT).map(|_| None).collect(), written: 0 }
    }

    /// Adds a line, given in parts, behind the others of its file.
    pub(super) fn put(&mut self, key: u64, parts: &[&[u8]]) -> io::Result<()> {
        let bits = key << (BITS * self.depth) >> (u64::BITS - BITS);
        let bucket = match &mut self.buckets[bits as usize] {
            Some(bucket) => bucket,
            empty => {
                let file = BufWriter::with_capacity(self.shuffle.buffer(), self.shuffle.temporary()?);
                empty.insert(Bucket { file, lines: 0, bytes: 0 })
            }
        };
        let length: usize = parts.iter().map(|part| part.len()).sum();
        bucket.lines += 1;
        bucket.bytes += length;
        // A line has 64 MiB and its end at the most.
        let short = u32::try_from(length).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        bucket.file.write_all(&key.to_le_bytes())?;
        bucket.file.write_all(&short.to_le_bytes())?;
        self.written += length as u64 + 12;
        parts.iter().try_for_each(|part| bucket.file.write_all(part))
    }

    /// Writes all lines in their order, and gives the bytes that went through files.
    pub(super) fn write_to(self, out: &mut impl Write) -> io::Result<u64> {
        let Self { shuffle, depth, buckets, mut written } = self;
        // What is not at work needs no buffer.
        let buckets: Vec<_> = buckets.into_iter().flatten().map(Closed::new).collect::<io::Result<_>>()?;
        for bucket in buckets {
            let mut lines = BufReader::with_capacity(shuffle.buffer(), bucket.file);
            if bucket.lines > 1 && depth < DEEPEST && bucket.bytes + bucket.lines * Pile::A_LINE > shuffle.room() {
                let (mut again, mut line) = (Buckets::new(shuffle, depth + 1), Vec::new());
                for _ in 0..bucket.lines {
                    let (key, length) = head(&mut lines)?;
                    line.resize(length, 0);
                    lines.read_exact(&mut line)?;
                    again.put(key, &[&line])?;
                }
                drop(lines);
                written += again.write_to(out)?;
            } else {
                let mut pile = Pile::with_capacity(bucket.lines, bucket.bytes);
                for _ in 0..bucket.lines {
                    let (key, length) = head(&mut lines)?;
                    pile.read(key, length, &mut lines)?;
                }
                drop(lines);
                pile.write_to(out)?;
            }
        }
        Ok(written)
    }
}

/// A temporary file that has been written and will be read.
struct Closed {
    file: File,
    lines: usize,
    bytes: usize,
}

impl Closed {
    fn new(bucket: Bucket) -> io::Result<Self> {
        let mut file = bucket.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(0))?;
        Ok(Self { file, lines: bucket.lines, bytes: bucket.bytes })
    }
}

fn head(lines: &mut impl Read) -> io::Result<(u64, usize)> {
    let (mut key, mut length) = ([0; 8], [0; 4]);
    lines.read_exact(&mut key)?;
    lines.read_exact(&mut length)?;
    Ok((u64::from_le_bytes(key), u32::from_le_bytes(length) as usize))
}
