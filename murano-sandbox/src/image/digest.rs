//! Size and digests of data that passes.

use std::fmt::Write as _;

pub(super) struct Digest {
    size: u64,
    md5: md5::Context,
    sha512: ring::digest::Context,
}

/// What the service tells of an image's data.
pub(super) struct Told {
    pub(super) size: u64,
    pub(super) checksum: String,
    pub(super) sha512: String,
}

impl Digest {
    pub(super) fn new() -> Self {
        Self {
            size: 0,
            md5: md5::Context::new(),
            sha512: ring::digest::Context::new(&ring::digest::SHA512),
        }
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        self.md5.consume(bytes);
        self.sha512.update(bytes);
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn finish(self) -> Told {
        Told {
            size: self.size,
            checksum: hex(&self.md5.finalize().0),
            sha512: hex(self.sha512.finish().as_ref()),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
