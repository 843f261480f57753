//! Archives whose parts contradict each other, or say what no package says.

use super::raw::{DEFLATED, End, Entry, HAS_DESCRIPTOR, IS_UTF8, crc, zip, zip_with};
use super::{MANIFEST, accepted, refusal};

fn manifest() -> Entry {
    Entry::new("manifest.yaml", MANIFEST)
}

/// An archive with a manifest and this.
fn with(entry: Entry) -> Vec<u8> {
    zip(&[manifest(), entry])
}

fn refused(bytes: &[u8], reason: &str) {
    let text = refusal(bytes);
    assert!(text.contains(reason), "{text:?} does not tell {reason:?}");
}

#[test]
fn the_writer_of_these_tests_writes_archives() {
    accepted(&zip(&[manifest()]));
    accepted(&with(Entry::zeros("Resources/a", 100_000).with(|entry| {
        entry.crc = crc(&vec![0; 100_000]);
    })));
    let comment = End {
        comment: b"PK\x05 and more".to_vec(),
        ..End::default()
    };
    accepted(&zip_with(&[manifest()], &comment));
    let streamed = manifest().with(|entry| {
        entry.flags |= HAS_DESCRIPTOR;
        let numbers = [entry.crc, entry.packed, entry.size];
        entry.descriptor = b"PK\x07\x08".to_vec();
        entry
            .descriptor
            .extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    });
    accepted(&zip(&[streamed]));
    let plain = zip(&[manifest()]);
    let size = u64::try_from(plain.len()).unwrap() - 22 - (46 + 13);
    let wide = End {
        wide: Some((1, 46 + 13, size)),
        ..End::default()
    };
    accepted(&zip_with(&[manifest()], &wide));
}

#[test]
fn names_that_lead_out() {
    for (name, reason) in [
        ("/etc/passwd", "absolute"),
        ("//host/share/x", "absolute"),
        ("\\\\host\\share\\x", "backslash"),
        ("C:\\x", "backslash"),
        ("C:/x", "absolute"),
        ("c:x", "absolute"),
        ("../x", "leads out"),
        ("..", "leads out"),
        ("Classes/../../x", "leads out"),
        ("Classes/..", "leads out"),
        ("..\\x", "backslash"),
        ("a\\..\\..\\x", "backslash"),
        ("../", "leads out"),
        ("", "has no name"),
        ("/", "has no name"),
        (".", "empty part or \".\""),
        ("./x", "empty part or \".\""),
        ("a//x", "empty part or \".\""),
        ("a/./x", "empty part or \".\""),
        ("x\0.yaml", "control character"),
        ("x\ny", "control character"),
        ("x\u{1b}]0;hi\u{7}", "control character"),
        ("x\u{85}", "control character"),
    ] {
        refused(&with(Entry::new(name, "x")), reason);
    }
    let long = "x/".repeat(600);
    refused(&with(Entry::new(long, "")), "more than 1024 bytes");
    refused(
        &with(Entry::new("x".repeat(300), "")),
        "more than 255 bytes",
    );
    refused(&with(Entry::new("x".repeat(60_000), "")), "more than");
}

#[test]
fn names_that_are_one_file() {
    for names in [
        ["a", "a"],
        ["a/b", "A/B"],
        ["a/b", "a/b."],
        ["a/b", "a./b "],
        ["Manifest.yaml", "x"],
        ["manifest.yaml", "x"],
        ["manifest.yaml.", "x"],
        ["a", "a/b"],
        ["a/b", "a"],
        ["a", "a/"],
        ["Ä", "ä"],
    ] {
        let entries = names.map(|name| Entry::new(name, ""));
        let all = [manifest(), entries[0].clone(), entries[1].clone()];
        let text = refusal(&zip(&all));
        let is_told = [
            "several entries",
            "are one file on many",
            "a file and a folder",
        ];
        assert!(
            is_told.iter().any(|told| text.contains(told)),
            "{names:?}: {text}"
        );
    }
    accepted(&zip(&[
        Entry::new("a/", ""),
        Entry::new("A/", ""),
        manifest(),
        Entry::new("a/b", ""),
    ]));
}

#[test]
fn names_that_readers_read_differently() {
    let marked = "are not marked as UTF-8";
    let entry = |name: &[u8], flags| Entry::new(name, "x").with(|entry| entry.flags = flags);
    refused(&with(entry(b"caf\xe9", IS_UTF8)), marked);
    refused(&with(entry(b"caf\x82", 0)), marked);
    refused(&with(entry("café".as_bytes(), 0)), marked);
    accepted(&with(entry("café".as_bytes(), IS_UTF8)));
    // The field for names in UTF-8 gives a second name, which servers do not look at.
    let named = |first: &str, second: &str| {
        Entry::new(first, "x").with(|entry| {
            let mut field = b"up".to_vec();
            field.extend(u16::try_from(5 + second.len()).unwrap().to_le_bytes());
            field.push(1);
            field.extend(crc(&entry.name).to_le_bytes());
            field.extend(second.as_bytes());
            entry.central_extra = field;
        })
    };
    let everywhere = |mut entry: Entry| {
        entry.local_extra.clone_from(&entry.central_extra);
        entry
    };
    for (first, second) in [("../x", "harmless"), ("harmless", "../x"), ("one", "two")] {
        for entry in [named(first, second), everywhere(named(first, second))] {
            refusal(&with(entry.clone()));
            refusal(&with(
                entry.with(|entry| entry.local_name = Some(second.into())),
            ));
        }
    }
}

#[test]
fn entries_that_are_no_files() {
    for (mode, reason) in [
        (0o120_777, "is a symbolic link"),
        (0o010_644, "is no regular file"),
        (0o020_644, "is no regular file"),
        (0o060_644, "is no regular file"),
        (0o140_644, "is no regular file"),
    ] {
        let entry = Entry::new("logo.png", "/etc/passwd").with(|entry| entry.mode = mode);
        refused(&with(entry), reason);
    }
}

#[test]
fn encryption_and_methods() {
    for flags in [1, 1 | 1 << 6, 1 << 13 | 1] {
        let entry = Entry::new("x", "text").with(|entry| entry.flags |= flags);
        refused(&with(entry), "is encrypted");
    }
    for method in [1, 6, 9, 12, 14, 93, 95, 98, 99, 0xFFFF] {
        let entry = Entry::new("x", "text").with(|entry| entry.method = method);
        let text = refusal(&with(entry));
        assert!(
            text.contains("by a method other than deflate")
                || text.contains("encrypted")
                || text.contains("not all of one"),
            "{method}: {text}"
        );
    }
    let entry = Entry::new("x", "no deflate").with(|entry| entry.method = DEFLATED);
    refused(&with(entry), "\"x\" is damaged");
}

#[test]
fn headers_that_contradict_each_other() {
    let text = "contradicts its content";
    let lies: [fn(&mut Entry); 6] = [
        |entry| entry.local_name = Some(b"y".to_vec()),
        |entry| entry.local_name = Some(b"../../x".to_vec()),
        |entry| entry.local_method = Some(DEFLATED),
        |entry| entry.local_size = Some(1),
        |entry| entry.offset = Some(0),
        |entry| entry.offset = Some(5),
    ];
    for lie in lies {
        let entry = Entry::new("x", "text").with(lie);
        let found = refusal(&with(entry));
        assert!(
            found.contains(text) || found.contains("is damaged"),
            "{found}"
        );
    }
    // A descriptor that says something else is found by reading.
    let entry = Entry::new("x", "text").with(|entry| {
        entry.flags |= HAS_DESCRIPTOR;
        entry.size = 3;
        entry.descriptor = vec![0; 12];
    });
    refusal(&with(entry));
    // An entry that the directory does not name.
    let mut hidden = Vec::new();
    let one = zip(&[Entry::new("hidden", "x")]);
    let end = one
        .windows(4)
        .position(|bytes| bytes == b"PK\x01\x02")
        .unwrap();
    hidden.extend(&one[..end]);
    let entry = Entry::new("x", "text").with(|entry| entry.descriptor = hidden);
    refused(&zip(&[entry, manifest()]), text);
    // The bytes of another entry, and an entry within an entry.
    let inner = zip(&[Entry::new("in", "x")]);
    let outer = Entry::new("out", &inner);
    let at = u32::try_from(30 + 3).unwrap();
    let inner = Entry::new("in", "x").with(|entry| entry.offset = Some(at));
    refused(&zip(&[outer, inner, manifest()]), text);
}

#[test]
fn entries_that_share_their_data() {
    // One stretch of data, and thousands of entries that unpack it.
    let mut entries = vec![manifest(), Entry::zeros("Resources/0", 1_000_000)];
    for number in 1..5000 {
        let at = u32::try_from(30 + 13 + MANIFEST.len()).unwrap();
        entries.push(Entry::new(format!("Resources/{number}"), "").with(|entry| {
            entry.offset = Some(at);
            entry.method = DEFLATED;
            entry.size = 1_000_000;
            entry.packed = 6300;
        }));
    }
    refusal(&zip(&entries));
}

#[test]
fn bombs() {
    // It says what it is.
    refused(
        &with(Entry::zeros("Resources/zeros", 1_000_000_000)),
        "no package does",
    );
    refused(
        &zip(&[Entry::zeros("manifest.yaml", 1_000_000_000)]),
        "no package does",
    );
    let tenth = |number| Entry::zeros(&format!("Resources/{number}"), 20_000_000);
    let mut many: Vec<Entry> = (0..10).map(tenth).collect();
    many.push(manifest());
    refused(&zip(&many), "no package does");
    // It says that it is small.
    let small = |name| Entry::zeros(name, 1_000_000_000).with(|entry| entry.size = 100);
    refused(
        &with(small("Resources/zeros")),
        "\"Resources/zeros\" is damaged",
    );
    refused(
        &zip(&[small("manifest.yaml")]),
        "\"manifest.yaml\" is damaged",
    );
    refused(&with(small("logo.png")), "\"logo.png\" is damaged");
    // It says that it is larger than anything.
    for size in [u32::MAX, u32::MAX - 1] {
        let entry = Entry::zeros("manifest.yaml", 1000).with(|entry| entry.size = size);
        refusal(&zip(&[entry]));
        let entry = Entry::new("Resources/x", "x").with(|entry| entry.packed = size);
        refusal(&with(entry));
    }
    // The numbers of 64 bits in the extra field.
    let wide = Entry::new("Resources/x", "x").with(|entry| {
        entry.size = u32::MAX;
        entry.packed = u32::MAX;
        entry.central_extra = vec![1, 0, 16, 0];
        entry.central_extra.extend([0xFF; 16]);
    });
    refusal(&with(wide));
    let cut = Entry::new("Resources/x", "x").with(|entry| {
        entry.size = u32::MAX;
        entry.central_extra = vec![1, 0, 2, 0, 1, 1];
    });
    refusal(&with(cut));
}

#[test]
fn archives_in_archives_are_files() {
    // Nothing unpacks what is inside.
    let mut inner = with(Entry::zeros("Resources/zeros", 50_000_000).with(|entry| entry.size = 1));
    for _ in 0..10 {
        inner = with(Entry::new("Resources/inner.zip", inner));
    }
    accepted(&inner);
}

#[test]
fn ends_that_lie() {
    let part = |change: fn(&mut End)| {
        let mut end = End::default();
        change(&mut end);
        refusal(&zip_with(&[manifest(), Entry::new("x", "x")], &end))
    };
    for change in [
        (|end| end.count = Some(1)) as fn(&mut End),
        |end| end.count = Some(3),
        |end| end.count = Some(0),
        |end| end.count = Some(u16::MAX),
        |end| end.directory_size = Some(1),
        |end| end.directory_size = Some(u32::MAX),
        |end| end.directory_offset = Some(0),
        |end| end.directory_offset = Some(u32::MAX),
        |end| end.comment_length = Some(1),
        |end| end.comment_length = Some(u16::MAX),
        |end| end.comment = b"PK\x05\x06 and twenty-two bytes of more".to_vec(),
        |end| end.wide = Some((1 << 60, 1 << 60, 0)),
        |end| end.wide = Some((2, u64::MAX, u64::MAX)),
        |end| end.wide = Some((2, 0, u64::MAX)),
        |end| end.wide = Some((1, 46 + 13, 0)),
    ] {
        part(change);
    }
    let no_wide = zip(&[manifest()]);
    let mut parts = no_wide.clone();
    let end = parts.len() - 22;
    parts[end + 4] = 1;
    refused(&parts, "one of several parts");
    // A whole archive in the comment: one reader sees the first, another the second.
    let two = End {
        comment: zip(&[Entry::new("manifest.yaml", "Type: Application\n")]),
        ..End::default()
    };
    refused(
        &zip_with(&[manifest()], &two),
        "something before the archive",
    );
}

#[test]
fn cut_off_and_grown() {
    let whole = with(Entry::new("Classes/x.yaml", "Name: x\n"));
    for length in 0..whole.len() {
        refusal(&whole[..length]);
    }
    let grown = |before: &[u8], behind: &[u8]| [before, &whole, behind].concat();
    refused(&grown(b"#!/bin/sh\n", b""), "something before the archive");
    refused(&grown(&whole, b""), "something before the archive");
    refused(&grown(b"", b"x"), "does not end where it says");
    refused(&grown(b"", &vec![0; 70_000]), "not a zip archive");
    refused(&b"PK\x05\x06".repeat(20_000), "does not end where");
    refused(&b"PK\x01\x02".repeat(20_000), "not a zip archive");
}

#[test]
fn directories_that_fill_the_memory() {
    // Names and fields of 60 kB each; only the first few are ever read.
    let fat = |number: usize| {
        Entry::new(format!("{number}"), "").with(|entry| {
            entry.central_extra = [vec![0x99, 0x99, 0x60, 0xEA], vec![0; 60_000]].concat();
        })
    };
    let entries: Vec<Entry> = (0..400).map(fat).collect();
    refused(&zip(&entries), "the directory of the archive has");
    let entries: Vec<Entry> = (0..65_535)
        .map(|number| Entry::new(format!("{number}"), ""))
        .collect();
    refused(&zip(&entries), "no manifest.yaml");
}
