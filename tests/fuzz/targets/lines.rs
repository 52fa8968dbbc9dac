//! A result file in pieces of any size: the lines are those of the file in one piece.

#![no_main]

use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use libfuzzer_sys::fuzz_target;
use mistral_sdk::{Line, Lines};

const LIMIT: usize = 24;

fuzz_target!(|data: &[u8]| {
    let Some((size, text)) = data.split_first() else { return };
    let whole = split(text, text.len().max(1));
    assert_eq!(split(text, usize::from(*size) + 1), whole);
    let mut last = 0;
    for line in whole {
        let number = match line {
            Line::Whole { number, bytes } => {
                assert!(bytes.len() <= LIMIT && !bytes.contains(&b'\n') && !bytes.trim_ascii().is_empty());
                number
            }
            Line::TooLong { number, length } => {
                assert!(length > LIMIT as u64);
                number
            }
        };
        assert!(number > last);
        last = number;
    }
});

fn split(text: &[u8], size: usize) -> Vec<Line> {
    let pieces: Vec<_> = text.chunks(size).map(|piece| Ok::<_, ()>(Bytes::copy_from_slice(piece))).collect();
    let lines = Lines::new(stream::iter(pieces)).limit(LIMIT).map(|line| line.unwrap());
    lines.collect().now_or_never().unwrap()
}
