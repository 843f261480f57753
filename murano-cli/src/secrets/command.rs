//! A command of the user's that prints a secret.

use std::{
    fmt, io,
    io::Read as _,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use murano_sdk::{
    Secret,
    auth::{Settings, Source},
};

use crate::report::Failure;

const KEY: &str = "password_command";
/// How long it may take: somebody may have to unlock something.
const PATIENCE: Duration = Duration::from_secs(60);
/// No secret is longer.
const LARGEST: u64 = 64 << 10;

/// Program and arguments. They are run as they are, by no shell.
#[derive(Clone)]
pub(crate) struct HelperCommand {
    words: Vec<String>,
    patience: Duration,
}

impl fmt::Debug for HelperCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HelperCommand")
    }
}

impl HelperCommand {
    /// The command of the settings.
    pub(crate) fn of(settings: &Settings) -> Result<Option<Self>, Failure> {
        let Some((_, setting)) = settings.iter().find(|(key, _)| *key == KEY) else {
            return Ok(None);
        };
        // Who unpacks somebody's archive and works in its folder must not run what is in there.
        if let Source::File { path, .. } = &setting.source
            && path.starts_with(".")
        {
            let text = format!(
                "{KEY} is not run, because {} is a file of the current folder: move it to \
                 ~/.config/openstack, or name it in OS_CLIENT_CONFIG_FILE",
                path.display()
            );
            return Err(Failure::Usage(text));
        }
        let words = match serde_json::from_str(&setting.value) {
            Ok(words) => Some(words),
            Err(_) => split(&setting.value),
        };
        let words = words
            .filter(|words: &Vec<String>| !words.is_empty())
            .ok_or_else(|| {
                Failure::Usage(format!(
                    "{KEY} is no command: its quotes are not closed, or it is empty"
                ))
            })?;
        Ok(Some(Self {
            words,
            patience: PATIENCE,
        }))
    }

    /// The first line that the command prints. What it says on stderr is shown.
    pub(crate) fn run(&self) -> io::Result<Secret> {
        let failed = |what: String| io::Error::other(format!("{KEY} `{}` {what}", self.words[0]));
        let spawned = Command::new(&self.words[0])
            .args(&self.words[1..])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = spawned.map_err(|error| {
            let reason = match error.kind() {
                io::ErrorKind::NotFound => "there is no such program".to_owned(),
                io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
                _ => error.to_string(),
            };
            failed(format!("cannot be started: {reason}"))
        })?;
        let text = self.read(&mut child);
        if text.is_none() {
            // It may have ended on its own by now.
            let _ = child.kill();
        }
        let ended = child.wait()?;
        let Some(text) = text else {
            let seconds = self.patience.as_secs_f32();
            return Err(failed(format!("has not ended within {seconds} s")));
        };
        if !ended.success() {
            let how = match ended.code() {
                Some(code) => format!("exit code {code}"),
                None => "a signal".to_owned(),
            };
            return Err(failed(format!("has failed with {how}")));
        }
        let text = String::from_utf8(text?).map_err(|_| failed("prints no text".to_owned()))?;
        let text = Secret::from(text);
        match text.expose().lines().next() {
            Some(line) if !line.is_empty() => Ok(Secret::from(line)),
            _ => Err(failed("prints nothing in its first line".to_owned())),
        }
    }

    /// Everything up to the end; `None` where that takes too long.
    fn read(&self, child: &mut Child) -> Option<io::Result<Vec<u8>>> {
        let stdout = child.stdout.take()?;
        let (sender, receiver) = mpsc::channel();
        let reading = thread::Builder::new().spawn(move || {
            // Enough for any: a text that grows leaves copies behind.
            let mut text = Vec::with_capacity(4096);
            let read = stdout.take(LARGEST).read_to_end(&mut text);
            let _ = sender.send(read.map(|_| text));
        });
        if let Err(error) = reading {
            return Some(Err(error));
        }
        receiver.recv_timeout(self.patience).ok()
    }
}

/// Words apart by blanks, with quotes and backslashes as in a shell, and nothing else of it.
fn split(text: &str) -> Option<Vec<String>> {
    let (mut words, mut word) = (Vec::new(), None::<String>);
    let mut quote = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match (c, quote) {
            ('\\', Some('"') | None) => word.get_or_insert_default().push(rest.next()?),
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str) -> Result<String, String> {
        let mut settings = Settings::new();
        settings.set(KEY, text);
        let command = HelperCommand::of(&settings).map_err(|error| error.to_string())?;
        let mut command = command.unwrap();
        command.patience = Duration::from_millis(500);
        let secret = command.run().map_err(|error| error.to_string())?;
        Ok(secret.expose().to_owned())
    }

    #[test]
    fn words_are_split_as_a_shell_would() {
        let words = |text| split(text).unwrap_or_default().join("|");
        assert_eq!(words("pass show clouds/prod"), "pass|show|clouds/prod");
        assert_eq!(
            words(r#"a 'b "c"' "d 'e' \"f\"" g\ h"#),
            r#"a|b "c"|d 'e' "f"|g h"#
        );
        assert_eq!(words("a '' \"\"x"), "a||x");
        assert_eq!(words("a $HOME ~ * ;"), "a|$HOME|~|*|;");
        assert!(split("a 'b").is_none() && split("a \\").is_none());
    }

    #[cfg(unix)]
    #[test]
    fn the_first_line_is_the_secret() {
        assert_eq!(
            run(r"printf 'sword fish\nlogin: ann\n'").unwrap(),
            "sword fish"
        );
        assert_eq!(run(r#"["printf", "%s", "a  b"]"#).unwrap(), "a  b");
        assert_eq!(run("echo $HOME").unwrap(), "$HOME");
    }

    #[cfg(unix)]
    #[test]
    fn a_failure_is_one_line_without_the_arguments() {
        for (command, told) in [
            ("sh -c 'exit 3' hush", "`sh` has failed with exit code 3"),
            ("sh -c 'kill $$' hush", "`sh` has failed with a signal"),
            (
                "sh -c 'sleep 60; : hush'",
                "`sh` has not ended within 0.5 s",
            ),
            ("true hush", "`true` prints nothing in its first line"),
            (
                "printf '\\nhush'",
                "`printf` prints nothing in its first line",
            ),
            (
                "murano-has-no-such hush",
                "cannot be started: there is no such program",
            ),
            ("'hush", "is no command"),
            ("[]", "is no command"),
        ] {
            let error = run(command).unwrap_err();
            assert!(error.contains(told) && error.starts_with(KEY), "{error}");
            assert!(!error.contains("hush") && !error.contains('\n'), "{error}");
        }
    }
}
