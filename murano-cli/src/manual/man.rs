//! Manual pages: one for the program, one for each command.

use std::io::{self, Write as _};

use clap::Command;
use clap_mangen::Man;

use super::{below, examples_of, whole};
use crate::report::EXIT_CODES;

/// What the options do not tell.
const ENVIRONMENT: &str = "\
.SH ENVIRONMENT
.TP
\\fBOS_CLOUD\\fR and other \\fBOS_\\fR variables
The login, as every OpenStack client reads it; each option \\-\\-os\\-\\fIname\\fR has its \\fBOS_NAME\\fR.
.TP
\\fBMURANO_URL\\fR
URL of Murano in place of the catalog's.
.TP
\\fBMURANO_SANDBOX_DIR\\fR, \\fBMURANO_SANDBOX_DEPLOY_TIME\\fR, \\fBMURANO_SANDBOX_WAIT\\fR
The sandbox: see \\fBmurano\\-sandbox\\fR(1).
.TP
\\fBVISUAL\\fR, \\fBEDITOR\\fR
The editor for texts.
.TP
\\fBNO_COLOR\\fR
Where it is set there are no colours.
.SH FILES
.TP
\\fIclouds.yaml\\fR, \\fIsecure.yaml\\fR
The clouds, in this folder, ~/.config/openstack or /etc/openstack.
.TP
\\fI~/.cache/murano/names\\fR
Names that commands have met, for completion.
";

/// A manual page.
pub(crate) struct Page {
    /// Name of its file, such as `murano-env-create.1`.
    pub(crate) file: String,
    pub(crate) text: Vec<u8>,
}

/// Gives the pages of the program and of its commands to `write`, one after the other.
pub(crate) fn pages<E: From<io::Error>>(
    mut write: impl FnMut(&Page) -> Result<(), E>,
) -> Result<(), E> {
    let (program, nouns) = whole();
    write(&page(&program, None)?)?;
    for noun in nouns {
        write(&page(&noun, Some(&program))?)?;
        for verb in below(&noun) {
            write(&page(verb, Some(&noun))?)?;
        }
    }
    Ok(())
}

fn name(command: &Command) -> &str {
    command.get_display_name().unwrap_or(command.get_name())
}

fn page(command: &Command, above: Option<&Command>) -> io::Result<Page> {
    let mut text = Vec::new();
    // The page of the program has the options of all commands.
    let mut shown = command.clone().mut_args(|argument| {
        let hidden = argument.is_hide_set() || (above.is_some() && argument.is_global_set());
        argument.hide(hidden).hide_short_help(false)
    });
    if above.is_none() {
        shown = shown.override_usage("murano [OPTIONS] <COMMAND>");
    }
    let man = Man::new(shown)
        .title(name(command))
        .source(concat!("murano ", env!("CARGO_PKG_VERSION")))
        .manual("Murano");
    man.render_title(&mut text)?;
    // Words are neither stretched nor cut.
    text.write_all(b".nh\n.ad l\n")?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    verbatim(&mut text, "EXAMPLES", &examples_of(command))?;
    man.render_options_section(&mut text)?;
    if below(command).next().is_some() {
        text.write_all(b".SH COMMANDS\n")?;
        for command in below(command) {
            let about = command.get_about().map(ToString::to_string);
            let about = escaped(&about.unwrap_or_default());
            writeln!(text, ".TP\n\\fB{}\\fR(1)\n{about}", escaped(name(command)))?;
        }
    }
    if above.is_none() {
        let codes: Vec<String> = EXIT_CODES.lines().skip(1).map(str::to_owned).collect();
        verbatim(&mut text, "EXIT STATUS", &codes)?;
        text.write_all(ENVIRONMENT.as_bytes())?;
    }
    text.write_all(b".SH SEE ALSO\n")?;
    match above.map(name) {
        Some("murano") => writeln!(text, "\\fBmurano\\fR(1)")?,
        Some(above) => writeln!(text, "\\fBmurano\\fR(1), \\fB{}\\fR(1)", escaped(above))?,
        None => writeln!(text, "\\fBopenstack\\fR(1)")?,
    }
    Ok(Page {
        file: man.get_filename(),
        text,
    })
}

/// A section whose lines stay as they are.
fn verbatim(text: &mut Vec<u8>, title: &str, lines: &[String]) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(text, ".SH {title}\n.nf")?;
    for line in lines.iter().flat_map(|line| line.lines()) {
        writeln!(text, "{}", escaped(line))?;
    }
    writeln!(text, ".fi")
}

/// A line that the formatter takes as it is.
fn escaped(line: &str) -> String {
    let line = line.replace('\\', "\\e").replace('-', "\\-");
    let line = line.replace('\'', "\\(aq").replace('"', "\\(dq");
    if line.starts_with('.') {
        format!("\\&{line}")
    } else {
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_page_for_each_command() {
        let mut pages = Vec::new();
        let kept = super::pages(|page| {
            pages.push((page.file.clone(), page.text.clone()));
            io::Result::Ok(())
        });
        kept.unwrap();
        let text = |file: &str| {
            let page = pages.iter().find(|(name, _)| name == file);
            String::from_utf8(page.unwrap().1.clone()).unwrap()
        };
        let program = text("murano.1");
        assert!(program.contains("URL of Keystone"));
        assert!(program.contains("EXIT STATUS") && program.contains("\\-\\-os\\-auth\\-url"));
        let create = text("murano-env-create.1");
        assert!(create.contains(".SH EXAMPLES\n.nf\nmurano env create"));
        assert!(create.contains("\\-\\-region") && !create.contains("\\-\\-os\\-auth\\-url"));
        assert!(create.contains("\\fBmurano\\-env\\fR(1)"));
    }

    #[test]
    fn what_steers_the_formatter_is_escaped() {
        assert_eq!(
            escaped(".TH 'x' \"y\" \\"),
            "\\&.TH \\(aqx\\(aq \\(dqy\\(dq \\e"
        );
    }
}
