//! Gives targets the files that are kept for them; a part of the tests of each crate that has targets.

use std::{fs, panic, path::Path};

type Target = (&'static str, fn(&[u8]));

/// Reads the corpus, and what was found before.
pub(super) fn all(targets: &[Target]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let mut failed = Vec::new();
    for folder in fs::read_dir(root.join("findings")).unwrap() {
        let target = folder.unwrap().file_name().into_string().unwrap();
        let program = root.join(format!("fuzz_targets/{target}.rs"));
        assert!(program.is_file(), "the findings of {target} have no target");
    }
    for (name, read) in targets {
        let program = root.join(format!("fuzz_targets/{name}.rs"));
        assert!(program.is_file(), "{name} is no target of cargo-fuzz");
        let found = fs::read_dir(root.join("findings").join(name));
        let kept = fs::read_dir(root.join("corpus").join(name)).unwrap();
        for file in kept.chain(found.into_iter().flatten()) {
            let path = file.unwrap().path();
            let data = fs::read(&path).unwrap();
            if panic::catch_unwind(|| read(&data)).is_err() {
                failed.push(path);
            }
        }
    }
    assert!(failed.is_empty(), "these do harm: {failed:#?}");
}
