//! Files that the user names; `-` is standard input or output.

use std::{
    io::{self, Read as _, Write as _},
    path::Path,
};

use serde_json::Value;

use crate::{cx::Cx, report::Failure};

/// The path of a file to read as people read it.
pub(crate) fn source(path: &Path) -> String {
    if is_dash(path) {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
}

/// Whether standard input or output is meant.
pub(crate) fn is_dash(path: &Path) -> bool {
    path == Path::new("-")
}

/// Reads a file, or standard input where the path is `-`.
pub(crate) fn read(cx: &Cx, path: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = if is_dash(path) {
        if cx.ui().in_is_terminal() {
            cx.ui()
                .note("reading from standard input, end it with Ctrl-D");
        }
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    bytes.map_err(|error| failed("read", &source(path), &error))
}

/// Reads JSON from a file, or from standard input where the path is `-`.
pub(crate) fn read_json(cx: &Cx, path: &Path) -> anyhow::Result<Value> {
    let bytes = read(cx, path)?;
    let name = source(path);
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::Other(format!("cannot read {name}: it is no text")))?;
    json(&name, &text)
}

/// Reads JSON from a text; `name` is where it comes from.
pub(crate) fn json(name: &str, text: &str) -> anyhow::Result<Value> {
    serde_json::from_str(text)
        .map_err(|error| Failure::Other(format!("{name} is not JSON: {error}")).into())
}

/// Fails where nothing can be saved: bytes that are no text are not printed on a terminal, and a
/// file needs a folder. For commands that change something, before they do.
pub(crate) fn check_target(cx: &Cx, path: &Path, what: &str) -> anyhow::Result<()> {
    if is_dash(path) && cx.ui().out_is_terminal() {
        let text =
            format!("{what} on a terminal is of no use: name a file, or redirect the output");
        return Err(Failure::Usage(text).into());
    }
    let reason = match folder(path) {
        folder if !folder.is_dir() => io::ErrorKind::NotFound,
        _ if path.is_dir() => io::ErrorKind::IsADirectory,
        _ => return Ok(()),
    };
    Err(failed("write", &path.display().to_string(), &reason.into()))
}

fn folder(path: &Path) -> &Path {
    let folder = path.parent().unwrap_or(path);
    if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    }
}

/// Makes a folder and those above it, where they are missing.
pub(crate) fn make_folder(path: &Path) -> anyhow::Result<()> {
    let made = std::fs::create_dir_all(path);
    made.map_err(|error| failed("make", &path.display().to_string(), &error))
}

/// A temporary folder into which nobody else can look, whatever the process's mask.
pub(crate) fn private_folder() -> io::Result<tempfile::TempDir> {
    let mut folder = tempfile::Builder::new();
    #[cfg(unix)]
    folder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    folder.prefix("murano-").tempdir()
}

/// Who may read a new file. One that is replaced stays as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Those whom the process's mask does not shut out.
    Usual,
    /// Its owner alone.
    Owner,
}

/// Writes a file, which appears, or is replaced, when it is complete; or to standard output where
/// the path is `-`. Gives whether it was a file.
pub(crate) fn save(cx: &Cx, path: &Path, bytes: &[u8], readers: Readers) -> anyhow::Result<bool> {
    if is_dash(path) {
        cx.ui().bytes(bytes)?;
        return Ok(false);
    }
    replace(path, bytes, readers)
        .map_err(|error| failed("write", &path.display().to_string(), &error))?;
    Ok(true)
}

fn replace(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    let mut file = tempfile::Builder::new();
    // A temporary file is private to its owner unless something else is said.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let new = if readers == Readers::Owner {
            0o600
        } else {
            0o666
        };
        let mode = std::fs::metadata(path).map_or(new, |old| old.permissions().mode() & 0o777);
        file.permissions(std::fs::Permissions::from_mode(mode));
    }
    #[cfg(not(unix))]
    let _ = readers;
    let mut file = file.prefix(".murano-").tempfile_in(folder(path))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

fn failed(doing: &str, name: &str, error: &io::Error) -> anyhow::Error {
    let reason = match error.kind() {
        io::ErrorKind::NotFound if doing == "read" => "there is no such file".to_owned(),
        io::ErrorKind::NotFound => "there is no such folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        other => other.to_string(),
    };
    Failure::Other(format!("cannot {doing} {name}: {reason}")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logo");
        std::fs::write(&path, "old").unwrap();
        replace(&path, b"new", Readers::Owner).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert!(replace(&folder.path().join("none/logo"), b"x", Readers::Usual).is_err());
        assert!(replace(folder.path(), b"x", Readers::Owner).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn only_a_new_file_has_other_readers_than_before() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        let mode =
            |name: &str| std::fs::metadata(place(name)).unwrap().permissions().mode() & 0o777;
        std::fs::write(place("usual"), "").unwrap();
        for (name, readers, expected) in [
            ("key", Readers::Owner, 0o600),
            ("logo", Readers::Usual, mode("usual")),
            ("usual", Readers::Owner, mode("usual")),
            ("key", Readers::Usual, 0o600),
        ] {
            replace(&place(name), b"x", readers).unwrap();
            assert_eq!(mode(name), expected, "{name} {readers:?}");
        }
    }
}
