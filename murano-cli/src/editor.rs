//! Texts that the user writes in an editor of their own.

use std::process::Command;

use crate::report::Failure;

/// Opens `text` in an editor, in a file of this name, and gives what it was when the editor ended.
/// `editor` may have arguments of its own, apart by blanks.
pub(crate) fn edit(editor: &str, name: &str, text: &str) -> anyhow::Result<String> {
    let folder = tempfile::Builder::new().prefix("murano-").tempdir()?;
    let file = folder.path().join(name);
    std::fs::write(&file, text)?;
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or_default();
    let ended = Command::new(program).args(words).arg(&file).status();
    let ended = ended.map_err(|error| {
        let text = format!("cannot start the editor `{editor}`: {error}");
        Failure::Usage(text)
    })?;
    if !ended.success() {
        let text = format!("the editor `{editor}` has failed ({ended}), nothing is changed");
        return Err(Failure::Other(text).into());
    }
    std::fs::read_to_string(&file)
        .map_err(|error| Failure::Other(format!("cannot read the edited file: {error}")).into())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_the_editor_leaves_is_taken() {
        let edited = edit("sed -i -e s/a/b/", "x.json", "a c").unwrap();
        assert_eq!(edited, "b c");
    }

    #[test]
    fn an_editor_that_fails_changes_nothing() {
        for editor in ["false", "", "murano-has-no-such-editor"] {
            assert!(edit(editor, "x.json", "a").is_err(), "{editor}");
        }
    }
}
