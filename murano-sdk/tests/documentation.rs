//! Every public function is used in an example: one in the documentation of its file or of the file
//! its folder belongs to, or in the README.

#![expect(
    clippy::unwrap_used,
    reason = "the settings for tests do not reach functions beside the tests"
)]

use std::path::{Path, PathBuf};

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The code of the examples in a text of documentation, but of those that must not compile.
fn examples(lines: impl Iterator<Item = impl AsRef<str>>) -> String {
    let (mut code, mut runs, mut inside) = (String::new(), false, false);
    for line in lines {
        let line = line.as_ref().trim();
        if let Some(words) = line.strip_prefix("```") {
            inside = !inside;
            // Those that are not run are compiled, and say why.
            runs = matches!(words, "" | "rust" | "no_run");
        } else if inside && runs {
            code.push_str(line);
            code.push('\n');
        }
    }
    code
}

/// The lines of documentation of a source file, without the comment marks.
fn documentation(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter_map(|line| {
        let line = line.trim_start();
        let rest = ["///", "//!"]
            .iter()
            .find_map(|mark| line.strip_prefix(mark))?;
        Some(rest.strip_prefix(' ').unwrap_or(rest))
    })
}

/// The names of the public functions in a source file.
fn functions(source: &str) -> impl Iterator<Item = &str> {
    let code = source.split("\n#[cfg(test)]\nmod tests").next().unwrap();
    code.lines().filter_map(|line| {
        let rest = line.trim_start().strip_prefix("pub ")?;
        let rest = ["async ", "const "]
            .iter()
            .find_map(|word| rest.strip_prefix(word))
            .unwrap_or(rest);
        rest.strip_prefix("fn ")?.split(['(', '<']).next()
    })
}

/// Whether the code calls a function of this name.
fn is_used(name: &str, code: &str) -> bool {
    let call = format!("{name}(");
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(&call)
        .any(|(at, _)| !code[..at].ends_with(is_word))
}

#[test]
fn every_public_function_is_used_in_an_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let readme = examples(readme.lines());
    let mut missing = Vec::new();
    let mut seen = 0;
    for path in sources(&root.join("src")) {
        let source = std::fs::read_to_string(&path).unwrap();
        // `environments/wait.rs` is a part of `environments.rs`.
        let whole = path.parent().unwrap().with_extension("rs");
        let whole = std::fs::read_to_string(whole).unwrap_or_default();
        let code = examples(documentation(&source)) + &examples(documentation(&whole)) + &readme;
        for name in functions(&source) {
            seen += 1;
            if !is_used(name, &code) {
                let file = path.strip_prefix(root.join("src")).unwrap().display();
                missing.push(format!("{file}: {name}"));
            }
        }
    }
    assert!(seen > 200, "only {seen} functions");
    assert!(
        missing.is_empty(),
        "no example uses\n{}",
        missing.join("\n")
    );
}

#[test]
fn examples_and_functions_are_found() {
    let source = "//! ```\n//! a.b();\n//! ```\n/// ```compile_fail\n/// c.d()\n/// ```\n\
                  pub fn b() {}\n    pub async fn d<T>(t: T) {}\npub(crate) fn e() {}\n";
    let code = examples(documentation(source));
    assert_eq!(code, "a.b();\n");
    assert_eq!(functions(source).collect::<Vec<_>>(), ["b", "d"]);
    assert!(is_used("b", &code) && !is_used("d", &code));
}
