//! Good archives with some bytes changed.

use proptest::prelude::*;

use super::raw::{Entry, zip};
use super::{Desk, LONGEST, MANIFEST};
use murano_sdk::archive::{self, PackageFile};

fn archive() -> Vec<u8> {
    let manifest = format!("{MANIFEST}Classes: {{io.example.Shop: Shop.yaml}}\nUI: ui.yaml\n");
    zip(&[
        Entry::new("manifest.yaml", manifest),
        Entry::new(
            "Classes/Shop.yaml",
            "Namespaces: {=: io.example}\nName: Shop\n",
        ),
        Entry::new("UI/", ""),
        Entry::new("UI/ui.yaml", "Version: 2\nApplication: {}\nForms: []\n"),
        Entry::zeros("Resources/zeros", 3000),
        Entry::new("images.lst", "Images: []\n"),
    ])
}

/// A way to spoil an archive.
#[derive(Clone, Debug)]
enum Change {
    Set(usize, u8),
    Flip(usize, u8),
    Cut(usize),
    Insert(usize, Vec<u8>),
    Repeat(usize, usize),
    /// A number of 32 bits, as sizes and offsets are.
    Number(usize, u32),
}

fn change() -> impl Strategy<Value = Change> {
    let at = 0_usize..2000;
    let numbers = prop::sample::select(vec![0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, u32::MAX]);
    prop_oneof![
        (at.clone(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (at.clone(), 0_u8..8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        at.clone().prop_map(Change::Cut),
        (at.clone(), prop::collection::vec(any::<u8>(), 1..40))
            .prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (at.clone(), at.clone()).prop_map(|(from, to)| Change::Repeat(from, to)),
        (at, numbers).prop_map(|(at, number)| Change::Number(at, number)),
    ]
}

fn spoil(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        if bytes.is_empty() {
            break;
        }
        let end = bytes.len();
        match change {
            Change::Set(at, byte) => bytes[at % end] = *byte,
            Change::Flip(at, bit) => bytes[at % end] ^= 1 << bit,
            Change::Cut(at) => bytes.truncate(at % end),
            Change::Insert(at, more) => drop(bytes.splice(at % end..at % end, more.clone())),
            Change::Repeat(from, to) => {
                let (from, to) = ((from % end).min(to % end), (from % end).max(to % end));
                bytes.extend_from_within(from..to);
            }
            Change::Number(at, number) => {
                for (byte, new) in bytes.iter_mut().skip(at % end).zip(number.to_le_bytes()) {
                    *byte = new;
                }
            }
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_change_does_harm(changes in prop::collection::vec(change(), 1..6)) {
        let desk = Desk::new();
        let path = desk.file(&spoil(archive(), &changes));
        let before = desk.all();
        let start = std::time::Instant::now();
        let findings = archive::check(&path).unwrap();
        match PackageFile::open(&path) {
            Ok(package) => {
                prop_assert!(package.warnings().is_ok());
                prop_assert!(package.entries().iter().all(|name| !name.contains("..")));
                for name in package.entries() {
                    let read = package.read(name, 10_000);
                    prop_assert!(read.is_ok_and(|bytes| bytes.is_some()));
                }
            }
            Err(error) => {
                let text = error.to_string();
                prop_assert!(!findings.is_empty(), "{}", text);
                prop_assert!(!text.contains(char::is_control), "{:?}", text);
            }
        }
        prop_assert!(start.elapsed() < LONGEST);
        prop_assert_eq!(desk.all(), before);
    }
}
