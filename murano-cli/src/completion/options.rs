//! The login that a command line asks for, while it is not complete.

use clap::{Arg, CommandFactory as _, Parser};

use crate::config::Global;

/// The options that every command has, alone.
#[derive(Parser)]
#[command(args_override_self = true)]
struct Options {
    #[command(flatten)]
    global: Global,
}

/// Reads them among the words of a line.
pub(super) fn read(words: &[String]) -> Option<Global> {
    let command = Options::command();
    let mut taken = vec!["murano".to_owned()];
    let mut words = words.iter().skip(1);
    while let Some(word) = words.next() {
        let Some(text) = word.strip_prefix("--") else {
            continue;
        };
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        let name = name.replace('_', "-");
        let Some(option) = command.get_arguments().find(|option| is(option, &name)) else {
            continue;
        };
        let value = match value {
            None if option.get_action().takes_values() => words.next().cloned(),
            value => value,
        };
        taken.push(match value {
            Some(value) => format!("--{name}={value}"),
            None => format!("--{name}"),
        });
    }
    Some(Options::try_parse_from(taken).ok()?.global)
}

fn is(option: &Arg, name: &str) -> bool {
    let aliases = option.get_all_aliases().unwrap_or_default();
    option.get_long() == Some(name) || aliases.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_among_other_words() {
        let read = |line: &str| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            read(&words)
        };
        for line in [
            "m env --debug show shop -c id --session 1 --os_cloud sandbox-alt --insecure",
            "m --os-cloud=other --os-tenant-name=x env --os-cloud=sandbox-alt --format",
        ] {
            let account = read(line).unwrap().sandbox_account().unwrap();
            assert_eq!(
                account.map(|account| account.cloud),
                Some("sandbox-alt"),
                "{line}"
            );
        }
        assert!(read("m env show --os-cloud").is_none());
    }
}
