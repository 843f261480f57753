//! A writer of archives that checks nothing: every field can be a lie.

/// An entry, with what its two headers say.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) name: Vec<u8>,
    /// Name in the local header, where it is another one.
    pub(crate) local_name: Option<Vec<u8>>,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) local_method: Option<u16>,
    pub(crate) crc: u32,
    /// As it stands in the file.
    pub(crate) data: Vec<u8>,
    pub(crate) packed: u32,
    pub(crate) size: u32,
    pub(crate) local_size: Option<u32>,
    pub(crate) mode: u32,
    pub(crate) central_extra: Vec<u8>,
    pub(crate) local_extra: Vec<u8>,
    /// Bytes between the data and the next entry.
    pub(crate) descriptor: Vec<u8>,
    /// Where the directory says that the entry is.
    pub(crate) offset: Option<u32>,
}

const STORED: u16 = 0;
pub(crate) const DEFLATED: u16 = 8;
pub(crate) const HAS_DESCRIPTOR: u16 = 1 << 3;
pub(crate) const IS_UTF8: u16 = 1 << 11;

impl Entry {
    /// A file that is as it says.
    pub(crate) fn new(name: impl AsRef<[u8]>, data: impl AsRef<[u8]>) -> Self {
        let data = data.as_ref().to_vec();
        let size = u32::try_from(data.len()).unwrap();
        Self {
            name: name.as_ref().to_vec(),
            local_name: None,
            flags: IS_UTF8,
            method: STORED,
            local_method: None,
            crc: crc(&data),
            data,
            packed: size,
            size,
            local_size: None,
            mode: 0o100_644,
            central_extra: Vec::new(),
            local_extra: Vec::new(),
            descriptor: Vec::new(),
            offset: None,
        }
    }

    /// A file of so many zeros, packed as tightly as can be written down without a search.
    pub(crate) fn zeros(name: &str, size: u32) -> Self {
        let data = deflated_zeros(size);
        Self {
            method: DEFLATED,
            packed: u32::try_from(data.len()).unwrap(),
            size,
            data,
            crc: 0,
            ..Self::new(name, "")
        }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

/// The records behind the entries.
#[derive(Clone, Default)]
pub(crate) struct End {
    /// In place of the true numbers.
    pub(crate) count: Option<u16>,
    pub(crate) directory_size: Option<u32>,
    pub(crate) directory_offset: Option<u32>,
    pub(crate) comment: Vec<u8>,
    /// What the length of the comment is said to be.
    pub(crate) comment_length: Option<u16>,
    /// Entries, size and offset in a record of 64 bits.
    pub(crate) wide: Option<(u64, u64, u64)>,
}

/// An archive of these entries.
pub(crate) fn zip(entries: &[Entry]) -> Vec<u8> {
    zip_with(entries, &End::default())
}

pub(crate) fn zip_with(entries: &[Entry], end: &End) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for entry in entries {
        let at = u32::try_from(out.len()).unwrap();
        local(&mut out, entry);
        central(&mut directory, entry, entry.offset.unwrap_or(at));
    }
    let at = out.len();
    let size = u32::try_from(directory.len()).unwrap();
    out.extend(directory);
    if let Some((count, size, offset)) = end.wide {
        let record = out.len() as u64;
        out.extend(b"PK\x06\x06");
        out.extend(44_u64.to_le_bytes());
        out.extend([45, 3, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for number in [count, count, size, offset] {
            out.extend(number.to_le_bytes());
        }
        out.extend(b"PK\x06\x07\0\0\0\0");
        out.extend(record.to_le_bytes());
        out.extend(1_u32.to_le_bytes());
    }
    let count = end
        .count
        .unwrap_or(u16::try_from(entries.len()).unwrap_or(u16::MAX));
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(end.directory_size.unwrap_or(size).to_le_bytes());
    let offset = u32::try_from(at).unwrap();
    out.extend(end.directory_offset.unwrap_or(offset).to_le_bytes());
    let length = u16::try_from(end.comment.len()).unwrap();
    out.extend(end.comment_length.unwrap_or(length).to_le_bytes());
    out.extend(&end.comment);
    out
}

fn local(out: &mut Vec<u8>, entry: &Entry) {
    let name = entry.local_name.as_ref().unwrap_or(&entry.name);
    let (crc, packed, size) = if entry.flags & HAS_DESCRIPTOR == 0 {
        (
            entry.crc,
            entry.packed,
            entry.local_size.unwrap_or(entry.size),
        )
    } else {
        (0, 0, 0)
    };
    out.extend(b"PK\x03\x04\x14\0");
    out.extend(entry.flags.to_le_bytes());
    out.extend(entry.local_method.unwrap_or(entry.method).to_le_bytes());
    out.extend([0, 0, 0x21, 0]);
    for number in [crc, packed, size] {
        out.extend(number.to_le_bytes());
    }
    out.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
    let extra = u16::try_from(entry.local_extra.len()).unwrap();
    out.extend(extra.to_le_bytes());
    out.extend(name);
    out.extend(&entry.local_extra);
    out.extend(&entry.data);
    out.extend(&entry.descriptor);
}

fn central(out: &mut Vec<u8>, entry: &Entry, offset: u32) {
    out.extend(b"PK\x01\x02\x14\x03\x14\0");
    out.extend(entry.flags.to_le_bytes());
    out.extend(entry.method.to_le_bytes());
    out.extend([0, 0, 0x21, 0]);
    for number in [entry.crc, entry.packed, entry.size] {
        out.extend(number.to_le_bytes());
    }
    for length in [entry.name.len(), entry.central_extra.len(), 0, 0, 0] {
        out.extend(u16::try_from(length).unwrap().to_le_bytes());
    }
    out.extend((entry.mode << 16).to_le_bytes());
    out.extend(offset.to_le_bytes());
    out.extend(&entry.name);
    out.extend(&entry.central_extra);
}

/// One block with the fixed code: a zero, and then runs of 258 copies, 13 bits each.
fn deflated_zeros(size: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut bits, mut count) = (0_u64, 0);
    let mut put = |value: u64, width: u32| {
        bits |= value << count;
        count += width;
        while count >= 8 {
            out.push(u8::try_from(bits & 0xff).unwrap());
            bits >>= 8;
            count -= 8;
        }
    };
    put(0b011, 3);
    let literal = 0b0000_1100;
    let (runs, singles) = match size.checked_sub(1) {
        None => (0, 0),
        Some(rest) => (rest / 258, rest % 258 + 1),
    };
    for _ in 0..singles {
        // Codes are written from their highest bit: 00110000 is the zero.
        put(literal, 8);
    }
    for _ in 0..runs {
        // 11000101 is a length of 258, 00000 a distance of 1.
        put(0b1010_0011, 13);
    }
    put(0, 7);
    put(0, 7);
    out
}

pub(crate) fn crc(data: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    };
    !data.iter().fold(!0, step)
}
