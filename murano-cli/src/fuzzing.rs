//! What fuzzing gives bytes to: the names kept for completion, and lines to complete. The tests give
//! them the corpus and all that was found before.
//!
//! For cargo-fuzz `main.rs` is compiled as a library.

use std::fs;

use crate::{cache::Names, completion::Line, find::Kind, output::steers};

/// A name, also that of the folder in `fuzz/corpus`, and the reader.
pub type Target = (&'static str, fn(&[u8]));

/// All targets of this crate.
pub const TARGETS: [Target; 2] = [("lines", lines), ("names", names)];

const KINDS: [Kind; 6] = [
    Kind::Environment,
    Kind::Template,
    Kind::Category,
    Kind::Package,
    Kind::Instance,
    Kind::Action,
];

/// The file of the names that a login has met.
fn names(data: &[u8]) {
    let Ok(folder) = tempfile::tempdir() else {
        return;
    };
    let kept = Names::of("cloud", Some(folder.path()));
    kept.add(Kind::Package, &["a"]);
    let file = fs::read_dir(folder.path().join("names")).ok();
    let Some(file) = file.and_then(|mut files| files.next()?.ok()) else {
        return;
    };
    if fs::write(file.path(), data).is_err() {
        return;
    }
    for kind in KINDS {
        for name in kept.get(kind) {
            // One on each line is what the shells are told.
            assert!(!name.contains(steers), "{name:?}");
        }
    }
    kept.add(Kind::Package, &["shop"]);
    let names = kept.get(Kind::Package);
    assert_eq!(names.iter().filter(|name| *name == "shop").count(), 1);
    kept.remove(Kind::Package, "shop");
    assert!(!kept.get(Kind::Package).contains(&"shop".to_owned()));
}

/// A line of bash, where it breaks words, and a name to complete it with; apart at lines that are `%%%`.
fn lines(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut texts = text.split("\n%%%\n");
    let mut next = || texts.next().unwrap_or_default();
    let (line, breaks, name) = (next(), next(), next());
    let parsed = Line::parse(line, breaks);
    assert!(parsed.current.is_char_boundary(parsed.kept));
    // Any answer, or none.
    let _ = parsed.replacement(name);
    for quote in ["", "'", "\""] {
        let begun = Line::parse(quote, "");
        let Some(answer) = begun.replacement(name) else {
            continue;
        };
        // The shell makes the name of it, and nothing more.
        let read = Line::parse(&format!("{quote}{answer}{quote}"), "");
        assert_eq!(
            (read.current.as_str(), read.quote),
            (name, None),
            "{answer}"
        );
        assert!(read.words.is_empty());
    }
}

#[cfg(test)]
#[path = "../../fuzz/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    #[test]
    fn what_was_kept_is_read() {
        super::replay::all(&super::TARGETS);
    }

    #[test]
    fn the_library_has_what_the_program_has() {
        let names = |manifest: &'static str| {
            let list = manifest.split("\n[dependencies]\n").nth(1).unwrap();
            let lines = list.lines().take_while(|line| !line.is_empty());
            lines.map(|line| line.split([' ', '.']).next().unwrap())
        };
        let library = include_str!("../../fuzz/program/Cargo.toml");
        assert!(names(include_str!("../Cargo.toml")).eq(names(library)));
    }
}
