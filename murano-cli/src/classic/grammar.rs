//! Command lines as argparse read them.

use std::ffi::{OsStr, OsString};

use clap::{Arg, Command};

use super::Old;
use crate::report::USAGE;

/// A line under an old name as our own parser takes it.
pub(crate) struct Translated {
    /// Options and arguments of the new command.
    pub(crate) words: Vec<OsString>,
    /// Whether the line says how to print, which the old client could not.
    pub(crate) has_format: bool,
    /// Behaviour that the options call for.
    pub(crate) old: &'static Old,
    /// The first argument.
    pub(crate) subject: Option<OsString>,
}

/// Why a line is refused, and with which exit code.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) text: String,
    pub(crate) code: u8,
}

/// An option or an argument out of the usage of an old command.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// None for an argument.
    pub(super) names: Vec<&'static str>,
    /// What stands for the value; empty for a switch.
    value: &'static str,
    is_required: bool,
    is_many: bool,
}

impl Item {
    fn label(&self) -> String {
        if self.names.is_empty() {
            return self.value.to_owned();
        }
        self.names.join("/")
    }

    /// The long name, where there is one.
    pub(super) fn name(&self) -> &'static str {
        self.names.last().copied().unwrap_or_default()
    }

    /// The values that are allowed, where these are few.
    fn choices(&self) -> Option<Vec<&'static str>> {
        let inner = self.value.strip_prefix('{')?.strip_suffix('}')?;
        Some(inner.split(',').collect())
    }
}

/// Reads a usage such as `[--flag] --must <VALUE> [-s|--list <VALUE>...] <ARGUMENT> [<MORE>...]`.
pub(super) fn items(usage: &'static str) -> Vec<Item> {
    let mut items = Vec::new();
    let mut rest = usage.trim_start();
    while !rest.is_empty() {
        let (group, is_required);
        if let Some((inside, behind)) = rest.strip_prefix('[').and_then(|r| r.split_once(']')) {
            (group, is_required, rest) = (inside, false, behind);
        } else {
            let end = rest.find('>').map_or(rest.len(), |at| at + 1);
            let end = end + if rest[end..].starts_with("...") { 3 } else { 0 };
            (group, is_required, rest) = (&rest[..end], true, &rest[end..]);
        }
        let (names, value) = match group.split_once(' ') {
            Some((names, value)) if names.starts_with('-') => (names, value),
            _ if group.starts_with('-') => (group, ""),
            _ => ("", group),
        };
        items.push(Item {
            names: names.split('|').filter(|name| !name.is_empty()).collect(),
            value: value.trim_end_matches("..."),
            is_required,
            is_many: value.ends_with("..."),
        });
        rest = rest.trim_start();
    }
    items
}

/// Options in the order in which they came, and arguments.
#[derive(Default)]
pub(super) struct Given {
    options: Vec<(&'static str, Vec<OsString>)>,
    own: Vec<OsString>,
    pub(super) arguments: Vec<OsString>,
    has_format: bool,
}

impl Given {
    /// The last value of an option.
    pub(super) fn value(&self, name: &str) -> Option<&OsStr> {
        self.values(name)?.last().map(OsString::as_os_str)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.values(name).is_some()
    }

    pub(super) fn values(&self, name: &str) -> Option<&Vec<OsString>> {
        let found = self.options.iter().find(|(known, _)| *known == name);
        found.map(|(_, values)| values)
    }
}

/// Reads `words` as the old command did, and gives them to the new one, `command`. Options that only
/// the new one has are taken, too.
pub(crate) fn translate(
    old: &'static Old,
    command: &Command,
    words: Vec<OsString>,
) -> Result<Translated, Refusal> {
    let items = items(old.usage);
    let reader = Reader {
        old,
        items: &items,
        command,
    };
    let mut given = reader.read(words)?;
    reader.check(&given)?;
    if let Some(text) = old.refuses.and_then(|refuses| refuses(&given)) {
        return Err(Refusal { text, code: 1 });
    }
    let variant = old.variant(&given);
    if let Some((option, with)) = old.with
        && !std::ptr::eq(with, variant)
    {
        // It says what is so without it.
        given.options.retain(|(name, _)| *name != option);
    }
    let old = variant;
    let mut words: Vec<OsString> = old.adds.iter().map(OsString::from).collect();
    for (name, values) in &given.options {
        reader.write(&mut words, name, values);
    }
    words.append(&mut given.own);
    let subject = given.arguments.first().cloned();
    words.push("--".into());
    words.append(&mut given.arguments);
    Ok(Translated {
        words,
        has_format: given.has_format,
        old,
        subject,
    })
}

struct Reader<'a> {
    old: &'static Old,
    items: &'a [Item],
    command: &'a Command,
}

impl Reader<'_> {
    fn refusal(&self, text: impl std::fmt::Display) -> Refusal {
        let (name, usage) = (self.old.name, self.old.usage);
        Refusal {
            text: format!("usage: murano {name} {usage}\nmurano {name}: error: {text}"),
            code: USAGE,
        }
    }

    fn read(&self, words: Vec<OsString>) -> Result<Given, Refusal> {
        let mut given = Given::default();
        let mut words = words.into_iter().peekable();
        while let Some(word) = words.next() {
            if word == "--" {
                given.arguments.extend(words);
                break;
            }
            let Some((name, value)) = option(&word) else {
                given.arguments.push(word);
                continue;
            };
            let mut more = || words.next_if(|next| option(next).is_none() && next != "--");
            if let Some(item) = self.item(name)? {
                let mut values: Vec<OsString> = value.map(OsString::from).into_iter().collect();
                if value.is_none() && !item.value.is_empty() {
                    values.extend(more());
                    while item.is_many && !values.is_empty() {
                        match more() {
                            Some(next) => values.push(next),
                            None => break,
                        }
                    }
                }
                self.check_values(item, &values)?;
                // Each replaces the one before.
                given.options.retain(|(known, _)| *known != item.name());
                given.options.push((item.name(), values));
            } else if let Some(argument) = self.own(name) {
                let has_values = value.is_none() && argument.get_action().takes_values();
                let is_output = ["format", "columns", "sort_column", "query"];
                given.has_format |= is_output.contains(&argument.get_id().as_str());
                given.own.push(word);
                given.own.extend(has_values.then(more).flatten());
            } else {
                return Err(self.unrecognized(&[word]));
            }
        }
        Ok(given)
    }

    /// The old option of this name, or of the only name that begins like it.
    fn item(&self, name: &str) -> Result<Option<&Item>, Refusal> {
        let named = |item: &&Item| item.names.contains(&name);
        if let Some(item) = self.items.iter().find(named) {
            return Ok(Some(item));
        }
        if !name.starts_with("--") || self.own_exactly(name).is_some() {
            return Ok(None);
        }
        let begins = |item: &&Item| item.names.iter().any(|known| known.starts_with(name));
        let fitting: Vec<&Item> = self.items.iter().filter(begins).collect();
        match fitting.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(only)),
            several => {
                let names: Vec<&str> = several.iter().map(|item| item.name()).collect();
                let names = names.join(", ");
                Err(self.refusal(format!("ambiguous option: {name} could match {names}")))
            }
        }
    }

    /// The option of the new command that is meant; an ambiguous one is left to its parser.
    fn own(&self, name: &str) -> Option<&Arg> {
        let mut all = self.command.get_arguments();
        let begins = |argument: &&Arg| longs(argument).any(|long| long.starts_with(&name[2..]));
        self.own_exactly(name)
            .or_else(|| all.find(|argument| name.starts_with("--") && begins(argument)))
    }

    fn own_exactly(&self, name: &str) -> Option<&Arg> {
        let fits = |argument: &&Arg| match name.strip_prefix("--") {
            Some(long) => longs(argument).any(|known| known == long),
            None => argument.get_short() == name[1..].chars().next(),
        };
        self.command.get_arguments().find(fits)
    }

    fn check_values(&self, item: &Item, values: &[OsString]) -> Result<(), Refusal> {
        let wrong = |text: String| Err(self.refusal(format!("argument {}: {text}", item.label())));
        match values {
            [value, ..] if item.value.is_empty() => {
                let value = value.to_string_lossy();
                wrong(format!("ignored explicit argument '{value}'"))
            }
            [] if !item.value.is_empty() && !item.is_many => {
                wrong("expected one argument".to_owned())
            }
            _ => {
                let Some(choices) = item.choices() else {
                    return Ok(());
                };
                let mut values = values.iter().map(|value| value.to_string_lossy());
                match values.find(|value| !choices.contains(&value.as_ref())) {
                    Some(value) => wrong(format!(
                        "invalid choice: '{value}' (choose from '{}')",
                        choices.join("', '")
                    )),
                    None => Ok(()),
                }
            }
        }
    }

    /// Whether everything is there, and nothing else.
    fn check(&self, given: &Given) -> Result<(), Refusal> {
        if given
            .own
            .iter()
            .any(|word| word == "--help" || word == "-h")
        {
            return Ok(());
        }
        let arguments = || self.items.iter().filter(|item| item.names.is_empty());
        let mut left = given.arguments.len();
        let mut missing = Vec::new();
        for item in self.items.iter().filter(|item| item.is_required) {
            if !item.names.is_empty() {
                missing.extend((!given.has(item.name())).then(|| item.label()));
            } else if left == 0 {
                missing.push(item.label());
            } else {
                left -= 1;
            }
        }
        if !missing.is_empty() {
            let missing = missing.join(", ");
            return Err(self.refusal(format!("the following arguments are required: {missing}")));
        }
        let most = arguments().count();
        if given.arguments.len() > most && !arguments().any(|item| item.is_many) {
            return Err(self.unrecognized(&given.arguments[most..]));
        }
        Ok(())
    }

    fn unrecognized(&self, words: &[OsString]) -> Refusal {
        let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
        let (name, usage) = (self.old.name, self.old.usage);
        let words = words.join(" ");
        Refusal {
            text: format!(
                "usage: murano {name} {usage}\nmurano: error: unrecognized arguments: {words}"
            ),
            code: USAGE,
        }
    }

    /// Adds an option in the way the new command takes it.
    fn write(&self, words: &mut Vec<OsString>, name: &str, values: &[OsString]) {
        let takes_many = self.own_exactly(name).is_some_and(|argument| {
            let number = argument.get_num_args();
            number.is_some_and(|number| number.max_values() > 1)
        });
        let item = self.items.iter().find(|item| item.name() == name);
        if takes_many || item.is_some_and(|item| item.value.is_empty()) {
            words.push(name.into());
            words.extend(values.iter().cloned());
            return;
        }
        for value in values {
            let mut word = OsString::from(name);
            word.push("=");
            word.push(value);
            words.push(word);
        }
    }
}

fn longs(argument: &Arg) -> impl Iterator<Item = &str> {
    let aliases = argument.get_all_aliases().into_iter().flatten();
    argument.get_long().into_iter().chain(aliases)
}

/// Name and value of a word that is an option: `--name`, `--name=value`, `-n`, `-nvalue`, `-n=value`.
fn option(word: &OsStr) -> Option<(&str, Option<&str>)> {
    let text = word.to_str()?;
    let name = text.strip_prefix('-').filter(|name| !name.is_empty())?;
    let is_number = name
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    if is_number || text == "--" {
        return None;
    }
    if name.starts_with('-') {
        return match text.split_once('=') {
            Some((name, _)) if name.contains(' ') => None,
            Some((name, value)) => Some((name, Some(value))),
            None if text.contains(' ') => None,
            None => Some((text, None)),
        };
    }
    let end = name.chars().next().map_or(1, char::len_utf8) + 1;
    let value = &text[end..];
    let value = (!value.is_empty()).then(|| value.strip_prefix('=').unwrap_or(value));
    if value.is_some() && text.contains(' ') && !text.contains('=') {
        return None;
    }
    Some((&text[..end], value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{classic, cli, names};

    fn translated(line: &str) -> Result<String, Refusal> {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let old = classic::of(words[0].to_str().unwrap()).unwrap();
        let mut tree = cli::command();
        tree.build();
        let verb = names::command(&tree, old.line()).unwrap();
        let translated = translate(old, verb, words[1..].to_vec())?;
        let line = translated.words.join(" ".as_ref());
        Ok(line.into_string().unwrap())
    }

    #[test]
    fn a_usage_is_read() {
        let items = items("[-p|--path <PATH>] [--all] --id <ID> <NAME or ID> [<FILE>...]");
        let labels: Vec<String> = items.iter().map(Item::label).collect();
        assert_eq!(
            labels,
            ["-p/--path", "--all", "--id", "<NAME or ID>", "<FILE>"]
        );
        assert!(items[2].is_required && items[3].is_required && !items[4].is_required);
        assert!(items[4].is_many && !items[3].is_many && items[1].value.is_empty());
    }

    #[test]
    fn options_may_be_shortened_and_stand_anywhere() {
        for (line, expected) in [
            (
                "environment-create x --join-net 1 --reg R",
                "--join-net-id=1 --region=R -- x",
            ),
            (
                "package-list --class x --lim=1",
                "--class_name=x --limit=1 --",
            ),
            ("environment-deploy e --session-id s", "--session-id=s -- e"),
            (
                "environment-model-edit e f --sess=s",
                "--session-id=s -- e f",
            ),
            ("package-list --limit 1 --limit 2", "--limit=2 --"),
            ("environment-rename -- -a -b", "-- -a -b"),
            ("category-create -1", "-- -1"),
            ("app-show -p=/ e", "-- e"),
            ("app-show -p=/x e", "--path=/x -- e"),
            ("app-show e -p/x", "--path=/x -- e"),
        ] {
            assert_eq!(translated(line).unwrap(), expected, "{line}");
        }
    }

    #[test]
    fn lists_are_greedy_and_the_last_one_counts() {
        assert_eq!(
            translated("static-action-call C m --arguments a=1 b=2").unwrap(),
            "--class-version==0 --arguments a=1 b=2 -- C m"
        );
        assert_eq!(
            translated("package-update p --tags a b --tags --name n").unwrap(),
            "--tags --name=n -- p"
        );
        let refusal = translated("package-update --tags a b p").unwrap_err();
        assert!(refusal.text.ends_with("required: <ID>"), "{refusal:?}");
    }

    #[test]
    fn options_of_the_new_command_are_taken_too() {
        assert_eq!(
            translated("environment-list --column name -f json --all-t").unwrap(),
            "--all-tenants --column name -f json --"
        );
        assert_eq!(
            translated("environment-deploy e --session-id s --wait --os-cloud c").unwrap(),
            "--session-id=s --wait --os-cloud c -- e"
        );
    }

    #[test]
    fn refusals_read_as_those_of_argparse() {
        for (line, end) in [
            (
                "environment-show",
                "murano environment-show: error: the following arguments are required: <NAME or ID>",
            ),
            ("environment-deploy", "required: --session-id, <ID>"),
            (
                "package-list --c x",
                "ambiguous option: --c could match --category, --class_name",
            ),
            (
                "package-list --limit",
                "argument --limit: expected one argument",
            ),
            (
                "package-list --owned=1",
                "argument --owned: ignored explicit argument '1'",
            ),
            (
                "environment-list a b",
                "murano: error: unrecognized arguments: a b",
            ),
            (
                "environment-list --bogus",
                "murano: error: unrecognized arguments: --bogus",
            ),
        ] {
            let refusal = translated(line).unwrap_err();
            assert!(refusal.text.ends_with(end), "{refusal:?}");
            assert_eq!(refusal.code, 2);
        }
        let refusal = translated("package-list --limit=-1").unwrap_err();
        assert_eq!(
            (refusal.code, &*refusal.text),
            (1, "--limit parameter must be non-negative")
        );
    }
}
