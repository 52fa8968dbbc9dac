use bytes::{BufMut as _, Bytes, BytesMut};

/// Wraps bytes as gzip without making them smaller: it is the encoding that a client has to meet, not the squeeze.
#[derive(Debug)]
pub(super) struct Gzip {
    crc: u32,
    length: u32,
    begun: bool,
}

/// The most that one stored block can hold.
const BLOCK: usize = 0xffff;

impl Gzip {
    pub(super) fn new() -> Self {
        Self { crc: !0, length: 0, begun: false }
    }

    /// The next piece, encoded.
    pub(super) fn piece(&mut self, plain: &[u8]) -> Bytes {
        let mut encoded = self.head();
        for block in plain.chunks(BLOCK) {
            stored(&mut encoded, block, false);
        }
        self.crc = plain.iter().fold(self.crc, |crc, byte| step(crc ^ u32::from(*byte)));
        // The format counts modulo 2³².
        self.length = self.length.wrapping_add(plain.len() as u32);
        encoded.freeze()
    }

    /// What ends the stream.
    pub(super) fn end(&mut self) -> Bytes {
        let mut encoded = self.head();
        stored(&mut encoded, &[], true);
        encoded.put_u32_le(!self.crc);
        encoded.put_u32_le(self.length);
        encoded.freeze()
    }

    fn head(&mut self) -> BytesMut {
        let mut encoded = BytesMut::new();
        if !self.begun {
            self.begun = true;
            encoded.put_slice(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
        }
        encoded
    }
}

fn stored(encoded: &mut BytesMut, block: &[u8], last: bool) {
    let length = block.len() as u16;
    encoded.put_u8(u8::from(last));
    encoded.put_u16_le(length);
    encoded.put_u16_le(!length);
    encoded.put_slice(block);
}

/// One byte of CRC-32, bit by bit.
fn step(crc: u32) -> u32 {
    (0..8).fold(crc, |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_format() {
        let mut gzip = Gzip::new();
        gzip.piece(b"1234");
        gzip.piece(b"56789");
        let end = gzip.end();
        assert_eq!(end[5..], [0x26, 0x39, 0xf4, 0xcb, 9, 0, 0, 0]);
    }
}
