//! Digests of images, calculated while they pass.

use std::fmt::Write as _;

use crate::archive::ImageHash;

/// A digest in the making.
pub(super) enum Digest {
    Md5(md5::Context),
    Other(ring::digest::Context),
}

impl Digest {
    /// One of the same algorithm.
    pub(super) fn like(hash: &ImageHash) -> Self {
        let algorithm = match hash.algorithm() {
            "sha1" => &ring::digest::SHA1_FOR_LEGACY_USE_ONLY,
            "sha256" => &ring::digest::SHA256,
            "sha512" => &ring::digest::SHA512,
            _ => return Self::Md5(md5::Context::new()),
        };
        Self::Other(ring::digest::Context::new(algorithm))
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        match self {
            Self::Md5(context) => context.consume(bytes),
            Self::Other(context) => context.update(bytes),
        }
    }

    /// Its lower-case hexadecimal digits.
    pub(super) fn digits(self) -> String {
        match self {
            Self::Md5(context) => hex(&context.finalize().0),
            Self::Other(context) => hex(context.finish().as_ref()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_algorithm_gives_its_well_known_digest() {
        for known in [
            "900150983cd24fb0d6963f7d28e17f72",
            "a9993e364706816aba3e25717850c26c9cd0d89d",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ] {
            let mut digest = Digest::like(&ImageHash::parse(known).unwrap());
            digest.add(b"a");
            digest.add(b"bc");
            assert_eq!(digest.digits(), known);
        }
    }
}
