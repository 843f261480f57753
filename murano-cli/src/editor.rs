//! Texts that the user writes in an editor of their own.

use std::{fs::File, io::Write as _, process::Command};

use crate::{files, report::Failure};

/// Opens `text` in an editor, in a file of this name, and gives what it was when the editor ended.
/// `editor` may have arguments of its own, apart by blanks.
pub(crate) fn edit(editor: &str, name: &str, text: &str) -> anyhow::Result<String> {
    // There may be passwords in it, and editors leave copies beside it.
    let folder = files::private_folder()?;
    let file = folder.path().join(name);
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&file)?.write_all(text.as_bytes())?;
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_the_editor_leaves_is_taken() {
        let edited = edit("sed -i -e s/a/b/", "x.json", "a c").unwrap();
        assert_eq!(edited, "b c");
    }

    #[test]
    fn nobody_else_sees_what_is_edited() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("editor");
        let modes = r#"modes=$(stat -c %a "$1" "${1%/*}"); echo $modes > "$1""#;
        std::fs::write(&script, modes).unwrap();
        let edited = edit(&format!("sh {}", script.display()), "x.json", "a").unwrap();
        assert_eq!(edited, "600 700\n");
    }

    #[test]
    fn an_editor_that_fails_changes_nothing() {
        for editor in ["false", "", "murano-has-no-such-editor"] {
            assert!(edit(editor, "x.json", "a").is_err(), "{editor}");
        }
    }
}
