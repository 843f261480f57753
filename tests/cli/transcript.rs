//! Transcripts: Markdown with commands and what they print.
//!
//! In a block ` ```console ` each line `$ command` is run by the shell; lines `> …` continue it. What
//! it printed follows: lines of stderr behind `! `, then stdout, then `? code` unless it was 0. A
//! block whose first line names a file, such as ` ```json patch.json `, writes that file.
//!
//! Ids, times and ports differ from run to run. They are shown as others of the same length, the
//! n-th id as the number n, and ids of the transcript are put back into commands.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    process::Output,
};

use crate::cloud::Cloud;

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cli")
}

/// Plays the transcript of a noun against a sandbox and with the packages of the tests.
pub(crate) fn play(name: &str) {
    let cloud = Cloud::start();
    let packages = folder().join("../data/packages");
    let copied = std::process::Command::new("cp")
        .arg("-R")
        .arg(packages.join("."))
        .arg(cloud.folder())
        .status();
    assert!(copied.unwrap().success());
    compare(&folder().join(format!("{name}.md")), Player::new(cloud));
}

/// Plays a transcript in an empty folder, where no cloud is chosen. Its commands are those of one shell.
pub(crate) fn play_in_one_shell(path: &Path) {
    play_with(path, Cloud::none());
}

/// The same in the folder of a cloud, which is not chosen either.
pub(crate) fn play_with(path: &Path, cloud: Cloud) {
    let player = Player {
        is_one_shell: true,
        ..Player::new(cloud)
    };
    compare(path, player);
}

/// Compares a transcript with what is printed now.
fn compare(path: &Path, mut player: Player) {
    let written = std::fs::read_to_string(path).unwrap();
    let played = player.play(&written);
    same(path, &played);
}

/// Compares a file with what it should be; `BLESS=1` writes it.
pub(crate) fn same(path: &Path, made: &str) {
    #[expect(
        clippy::disallowed_methods,
        reason = "asks the developer, not the user"
    )]
    let bless = std::env::var_os("BLESS").is_some();
    if bless {
        std::fs::write(path, made).unwrap();
        return;
    }
    let expected = snapbox::Data::read_from(path, Some(snapbox::data::DataFormat::Text));
    snapbox::Assert::new()
        .normalize_paths(false)
        .eq(made, expected);
}

struct Player {
    cloud: Cloud,
    masks: Masks,
    /// Whether a command has the variables and the folder of the one before.
    is_one_shell: bool,
}

impl Player {
    fn new(cloud: Cloud) -> Self {
        let masks = Masks::new(cloud.folder());
        Self {
            cloud,
            masks,
            is_one_shell: false,
        }
    }

    fn play(&mut self, written: &str) -> String {
        let mut played = String::new();
        let mut lines = written.lines().peekable();
        while let Some(line) = lines.next() {
            writeln!(played, "{line}").unwrap();
            let Some(info) = line.strip_prefix("```").filter(|info| !info.is_empty()) else {
                continue;
            };
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            match info.split_once(' ') {
                None if info == "console" => played += &self.console(&block),
                Some((_, file)) => {
                    let text = block.join("\n") + "\n";
                    let text = self.masks.put_back(&text);
                    let file = self.cloud.folder().join(file);
                    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
                    std::fs::write(file, text).unwrap();
                    played += &(block.join("\n") + "\n");
                }
                None => played += &(block.join("\n") + "\n"),
            }
            played += "```\n";
        }
        played
    }

    fn console(&mut self, block: &[&str]) -> String {
        let mut played = String::new();
        let mut lines = block.iter().peekable();
        while let Some(line) = lines.next() {
            let Some(first) = line.strip_prefix("$ ") else {
                continue; // what the last command printed when this was written
            };
            let mut command = first.to_owned();
            writeln!(played, "{line}").unwrap();
            while let Some(more) = lines.next_if(|line| line.starts_with("> ")) {
                command += "\n";
                command += &more[2..];
                writeln!(played, "{more}").unwrap();
            }
            played += &self.run(&command);
        }
        played
    }

    fn run(&mut self, command: &str) -> String {
        self.masks.typed += command;
        let command = self.masks.put_back(command);
        let mut shell = self.cloud.program("sh");
        if self.is_one_shell {
            shell.env_remove("OS_CLOUD");
            let state = self.cloud.folder().join("tmp/state");
            let state = state.to_str().unwrap();
            shell.args(&["-c", &format!("{RESUME}\n{command}"), "sh", state]);
        } else {
            shell.args(&["-c", &command]);
        }
        let output = shell.output();
        let Output {
            status,
            stdout,
            stderr,
        } = output.unwrap();
        let mut shown = String::new();
        for line in self.masks.hide(&String::from_utf8(stderr).unwrap()).lines() {
            writeln!(shown, "{}", format!("! {line}").trim_end()).unwrap();
        }
        shown += &self.masks.hide(&String::from_utf8(stdout).unwrap());
        if !shown.is_empty() && !shown.ends_with('\n') {
            shown.push('\n');
        }
        match status.code() {
            Some(0) => {}
            Some(code) => writeln!(shown, "? {code}").unwrap(),
            None => panic!("{command}: {status}"),
        }
        shown
    }
}

/// Takes over the variables and the folder of the command before, and leaves its own to the next. The
/// state is in the file `$1`.
const RESUME: &str = "set -a
[ ! -e \"$1\" ] || { . \"$1\"; cd \"$PWD\"; }
trap 'export -p > \"$1\"' EXIT";

/// What differs from run to run, and what is shown in its place.
struct Masks {
    folder: String,
    ids: Vec<String>,
    /// What was typed: the same in each run.
    typed: String,
}

impl Masks {
    fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_str().unwrap().to_owned(),
            ids: Vec::new(),
            typed: String::new(),
        }
    }

    fn hide(&mut self, text: &str) -> String {
        let text = text.replace(&format!("{}/tmp", self.folder), "/tmp");
        let text = text.replace(&self.folder, "/home/you");
        let mut shown = String::new();
        let mut rest = text.as_str();
        while let Some(first) = rest.chars().next() {
            let in_word = shown.ends_with(|last: char| last.is_ascii_alphanumeric());
            let (mask, length) = if in_word {
                (first.to_string(), first.len_utf8())
            } else {
                self.mask(rest)
                    .unwrap_or_else(|| (first.to_string(), first.len_utf8()))
            };
            shown += &mask;
            rest = &rest[length..];
        }
        shown
    }

    /// What is shown in place of the first characters, and how many they are.
    fn mask(&mut self, text: &str) -> Option<(String, usize)> {
        if let Some(port) = text.strip_prefix("127.0.0.1:") {
            let digits = port
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(port.len());
            // A port that nobody listens on is written in the transcript.
            return (digits > 1)
                .then(|| ("127.0.0.1:4711".to_owned(), "127.0.0.1:".len() + digits));
        }
        if fits(text, "req-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx") {
            return Some(("req-00000000-0000-0000-0000-000000000000".to_owned(), 40));
        }
        if fits(text, "dddd-dd-ddTdd:dd:dd") {
            return Some(("2026-01-02T03:04:05".to_owned(), 19));
        }
        // The temporary folder of the demo.
        let behind = text.strip_prefix("murano-").and_then(|name| name.get(6..));
        if behind.is_some_and(|behind| behind.starts_with("/kiosk")) {
            return Some(("murano-000000".to_owned(), "murano-000000".len()));
        }
        let plain = "x".repeat(32);
        let id = [plain.as_str(), DASHED]
            .into_iter()
            .find_map(|form| text.get(..form.len()).filter(|id| fits(id, form)))?;
        if self.typed.contains(id) {
            return Some((id.to_owned(), id.len()));
        }
        let known = self.ids.iter().position(|known| known == id);
        let number = known.unwrap_or_else(|| {
            self.ids.push(id.to_owned());
            self.ids.len() - 1
        });
        Some((shown(id, number), id.len()))
    }

    /// The ids of this run in place of those of the transcript.
    fn put_back(&self, command: &str) -> String {
        let ids = self.ids.iter().enumerate();
        ids.fold(command.to_owned(), |command, (number, id)| {
            command.replace(&shown(id, number), id)
        })
    }
}

/// The form of ids with dashes.
const DASHED: &str = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

/// What is shown in place of an id.
fn shown(id: &str, number: usize) -> String {
    match id.len() {
        32 => format!("{:032}", number + 1),
        _ => format!("00000000-0000-0000-0000-{:012}", number + 1),
    }
}

/// Whether the text begins like the pattern: `x` is a hexadecimal digit, `d` a decimal one.
fn fits(text: &str, pattern: &str) -> bool {
    text.len() >= pattern.len()
        && text
            .bytes()
            .zip(pattern.bytes())
            .all(|(byte, wanted)| match wanted {
                b'x' => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
                b'd' => byte.is_ascii_digit(),
                exact => byte == exact,
            })
}
