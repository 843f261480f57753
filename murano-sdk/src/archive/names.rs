//! Which names an entry of an archive may have.

/// Server and tools unpack below some folder of their own, and file systems end soon after this.
const LONGEST_PATH: usize = 1024;
/// What file systems take for one name.
const LONGEST_PART: usize = 255;

/// How the unfinished archives of `pack.rs` are named.
pub(super) const PARTIAL: (&str, &str) = (".murano-", ".partial");

/// Names of repositories of version control, of Python's caches, of a desktop's notes and of archives
/// in the making: they are by-products of work and have no place in a package.
pub(super) fn is_by_product(name: &str) -> bool {
    matches!(name, ".git" | ".svn" | ".hg" | "__pycache__" | ".DS_Store")
        || name
            .rsplit_once('.')
            .is_some_and(|(_, extension)| extension == "pyc")
        || name
            .strip_prefix(PARTIAL.0)
            .is_some_and(|rest| rest.ends_with(PARTIAL.1))
}

/// Why an entry must not have this name, if it must not.
///
/// Programs that unpack archives disagree about all of these, and some write outside of the folder
/// they were told to write to.
pub(super) fn refuse(name: &str) -> Option<&'static str> {
    let path = name.strip_suffix('/').unwrap_or(name);
    let bytes = path.as_bytes();
    if path.is_empty() {
        Some("has no name")
    } else if path.contains(char::is_control) {
        Some("has a control character in its name")
    } else if path.contains('\\') {
        Some("has a backslash in its name, folders are separated by \"/\"")
    } else if path.starts_with('/')
        || (bytes.len() > 1 && bytes[1] == b':' && bytes[0].is_ascii_alphabetic())
    {
        Some("has an absolute path, paths begin at the root of the archive")
    } else if path.split('/').any(|part| part == "..") {
        Some("leads out of its folder with \"..\"")
    } else if path.split('/').any(|part| part.is_empty() || part == ".") {
        Some("has an empty part or \".\" in its path")
    } else if path.len() > LONGEST_PATH {
        Some("has a path of more than 1024 bytes")
    } else if path.split('/').any(|part| part.len() > LONGEST_PART) {
        Some("has a name of more than 255 bytes")
    } else {
        None
    }
}

/// What names have in common that file systems of some computers take for the same.
pub(super) fn fold(name: &str) -> String {
    let parts = name
        .split('/')
        .map(|part| part.trim_end_matches(['.', ' ']));
    parts.collect::<Vec<_>>().join("/").to_lowercase()
}

/// The entry that a path in the manifest means, relative to `folder` (empty for the root). `None` for
/// a path that leaves the folder, which the server refuses as well.
pub(super) fn resolve(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    if parts.is_empty() || path.starts_with('/') {
        return None;
    }
    let path = parts.join("/");
    Some(if folder.is_empty() {
        path
    } else {
        format!("{folder}/{path}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_are_refused() {
        for (name, reason) in [
            ("", "has no name"),
            ("/", "has no name"),
            ("/etc/passwd", "absolute"),
            ("C:/x", "absolute"),
            ("c:x", "absolute"),
            ("../x", "leads out"),
            ("a/../../x", "leads out"),
            ("a/..", "leads out"),
            ("..", "leads out"),
            ("a\\b", "backslash"),
            ("..\\x", "backslash"),
            ("a\0b", "control"),
            ("a\nb", "control"),
            ("\u{1b}[2J", "control"),
            ("a//b", "empty part"),
            ("./a", "empty part"),
            (&"a".repeat(256), "name of more than 255"),
            (&"a/".repeat(600), "path of more than 1024"),
            ("a/", ""),
            ("a/b.yaml", ""),
            ("..a/b..", ""),
            ("Ünïcode and blanks", ""),
            (":", ""),
        ] {
            assert!(
                refuse(name).unwrap_or("").contains(reason),
                "{name:?}: {:?}",
                refuse(name)
            );
            assert_eq!(refuse(name).is_none(), reason.is_empty(), "{name:?}");
        }
    }

    #[test]
    fn paths_of_the_manifest_stay_in_their_folder() {
        assert_eq!(resolve("UI", "ui.yaml").as_deref(), Some("UI/ui.yaml"));
        assert_eq!(resolve("", "./logo.png").as_deref(), Some("logo.png"));
        assert_eq!(
            resolve("Classes", "a/../b//c.yaml").as_deref(),
            Some("Classes/b/c.yaml")
        );
        for path in ["", ".", "/x", "../x", "a/../..", "a/.."] {
            assert_eq!(resolve("UI", path), None, "{path}");
        }
    }

    #[test]
    fn names_that_are_the_same_somewhere() {
        for name in ["a/B.yaml", "A/b.YAML", "a./b.yaml. ", "a /b.yaml"] {
            assert_eq!(fold(name), "a/b.yaml", "{name}");
        }
        assert_ne!(fold("a/b"), fold("a.b"));
    }

    #[test]
    fn by_products() {
        for name in [
            ".git",
            "a.pyc",
            "__pycache__",
            ".DS_Store",
            ".murano-x1.partial",
        ] {
            assert!(is_by_product(name), "{name}");
        }
        assert!(
            !is_by_product(".gitignore") && !is_by_product("a.py") && !is_by_product("x.DS_Store")
        );
    }
}
