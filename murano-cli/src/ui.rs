//! Streams, colour and progress: the only printer of the program.

use std::{
    fmt::Display,
    io::{self, IsTerminal as _, Write},
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use anstyle::{AnsiColor, Style};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use murano_sdk::Secret;
use tokio::io::AsyncWrite;

use crate::output::{json_line, printable};

/// Style of the word `error`.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// Style of the word `hint`.
pub(crate) const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// Where colours are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    Never,
    OnTerminals,
    Always,
}

/// Where a command line reads from and prints to.
pub(crate) struct Streams {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    terminals: Terminals,
    colour: Colour,
}

/// Which of the streams are terminals.
#[derive(Clone, Copy, Default)]
struct Terminals {
    input: bool,
    out: bool,
    err: bool,
}

impl Streams {
    /// Those of the process.
    pub(crate) fn of_process(colour: Colour) -> Self {
        let choice = match colour {
            Colour::Never => anstream::ColorChoice::Never,
            Colour::OnTerminals => anstream::ColorChoice::Auto,
            Colour::Always => anstream::ColorChoice::Always,
        };
        Self {
            out: Box::new(io::stdout()),
            // Gives colours to consoles that know no escape codes, too.
            err: Box::new(anstream::AutoStream::new(io::stderr(), choice)),
            terminals: Terminals {
                input: io::stdin().is_terminal(),
                out: io::stdout().is_terminal(),
                err: io::stderr().is_terminal(),
            },
            colour,
        }
    }

    /// Both streams of another command line into one writer that is no terminal.
    pub(crate) fn merged<W: Write + Send + Clone + 'static>(writer: W) -> Self {
        Self {
            out: Box::new(writer.clone()),
            err: Box::new(writer),
            terminals: Terminals::default(),
            colour: Colour::Never,
        }
    }
}

/// Prints results to stdout, all else to stderr. Clones print to the same place.
#[derive(Clone)]
pub(crate) struct Ui {
    inner: Arc<Inner>,
}

struct Inner {
    out: Mutex<Box<dyn Write + Send>>,
    err: Mutex<Box<dyn Write + Send>>,
    terminals: Terminals,
    colour: Colour,
    quiet: AtomicBool,
    for_programs: AtomicBool,
    /// What is shown on a terminal, once there is anything.
    bars: OnceLock<MultiProgress>,
}

impl Ui {
    pub(crate) fn new(streams: Streams) -> Self {
        Self {
            inner: Arc::new(Inner {
                out: Mutex::new(streams.out),
                err: Mutex::new(streams.err),
                terminals: streams.terminals,
                colour: streams.colour,
                quiet: AtomicBool::new(false),
                for_programs: AtomicBool::new(false),
                bars: OnceLock::new(),
            }),
        }
    }

    /// Leaves out notes and progress from now on.
    pub(crate) fn set_quiet(&self, quiet: bool) {
        self.inner.quiet.store(quiet, Ordering::Relaxed);
    }

    fn is_quiet(&self) -> bool {
        self.inner.quiet.load(Ordering::Relaxed) || self.is_for_programs()
    }

    /// From now on stderr is read by a program: errors are documents, and there are no notes.
    pub(crate) fn set_for_programs(&self) {
        self.inner.for_programs.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_for_programs(&self) -> bool {
        self.inner.for_programs.load(Ordering::Relaxed)
    }

    /// Prints a document on one line of stderr.
    pub(crate) fn document(&self, document: &serde_json::Value) {
        self.raw_line(&(json_line(document) + "\n"));
    }

    pub(crate) fn out_is_terminal(&self) -> bool {
        self.inner.terminals.out
    }

    pub(crate) fn in_is_terminal(&self) -> bool {
        self.inner.terminals.input
    }

    /// Whether there is somebody who sees a question and can answer it.
    pub(crate) fn can_ask(&self) -> bool {
        self.inner.terminals.input && self.inner.terminals.err
    }

    /// Whether text on stdout may have colours.
    pub(crate) fn out_has_colour(&self) -> bool {
        self.has_colour(self.inner.terminals.out)
    }

    fn err_has_colour(&self) -> bool {
        self.has_colour(self.inner.terminals.err)
    }

    fn has_colour(&self, is_terminal: bool) -> bool {
        let wanted = match self.inner.colour {
            Colour::Never => false,
            Colour::OnTerminals => is_terminal,
            Colour::Always => true,
        };
        wanted && !self.is_quiet()
    }

    /// Prints a result to stdout. What would steer a terminal is only shown there; files and programs get it as it is.
    pub(crate) fn result(&self, text: &str) -> io::Result<()> {
        if self.out_is_terminal() {
            self.bytes(printable(text).as_bytes())
        } else {
            self.bytes(text.as_bytes())
        }
    }

    /// Prints a result that has colours, or moves the cursor: all that is not ours in it is printable already.
    pub(crate) fn styled(&self, text: &str) -> io::Result<()> {
        self.bytes(text.as_bytes())
    }

    /// Prints bytes to stdout as they are.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> io::Result<()> {
        self.beside_the_bars(|| {
            let mut out = lock(&self.inner.out);
            out.write_all(bytes)?;
            out.flush()
        })
    }

    /// Tells what is going on, on stderr; not with `--quiet`.
    pub(crate) fn note(&self, text: impl Display) {
        if !self.is_quiet() {
            self.line(text);
        }
    }

    /// Prints a line to stderr.
    pub(crate) fn line(&self, text: impl Display) {
        let line = format!("{}\n", printable(&text.to_string()));
        self.raw_line(&line);
    }

    /// Prints `word: text` to stderr, the word in colour where colours are wanted.
    pub(crate) fn labelled(&self, word: &str, style: Style, text: impl Display) {
        let style = if self.err_has_colour() {
            style
        } else {
            Style::new()
        };
        let text = printable(&text.to_string());
        self.raw_line(&format!("{style}{word}:{style:#} {text}\n"));
    }

    /// Prints what is formatted already to stderr. Nobody reading it is no failure.
    fn raw_line(&self, text: &str) {
        self.beside_the_bars(|| {
            let mut err = lock(&self.inner.err);
            let _ = err.write_all(text.as_bytes());
            let _ = err.flush();
        });
    }

    /// Asks a question that is answered by `y` or else; only where there is somebody to ask.
    pub(crate) fn confirm(&self, question: &str) -> io::Result<bool> {
        self.raw_line(&format!("{} [y/N] ", printable(question)));
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// Asks a question until it is answered by one of these words; none when nobody answers any longer.
    /// Only where there is somebody to ask.
    pub(crate) fn choose<T: Copy>(&self, question: &str, choices: &[(&str, T)]) -> Option<T> {
        loop {
            self.raw_line(&format!("{} ", printable(question)));
            let mut answer = String::new();
            if io::stdin().read_line(&mut answer).ok()? == 0 {
                return None;
            }
            let answer = answer.trim().to_lowercase();
            if let Some((_, choice)) = choices.iter().find(|(word, _)| *word == answer) {
                return Some(*choice);
            }
        }
    }

    /// Asks for a line of text; only where there is somebody to ask.
    pub(crate) fn ask(&self, question: &str) -> io::Result<String> {
        Ok(self.answer(question)?.unwrap_or_default())
    }

    /// The same, and nothing when nobody answers any longer.
    pub(crate) fn answer(&self, question: &str) -> io::Result<Option<String>> {
        self.raw_line(&format!("{}: ", printable(question)));
        let mut answer = String::new();
        let read = io::stdin().read_line(&mut answer)?;
        Ok((read > 0).then(|| answer.trim().to_owned()))
    }

    /// Asks for a secret, which is not shown while it is typed; only where there is somebody to ask.
    pub(crate) fn ask_secret(&self, question: &str) -> io::Result<Secret> {
        let prompt = dialoguer::Password::new().with_prompt(printable(question));
        let answer = self.beside_the_bars(|| prompt.report(false).interact());
        Ok(Secret::from(
            answer.map_err(|dialoguer::Error::IO(error)| error)?,
        ))
    }

    /// The same, asked for twice so that no slip counts.
    pub(crate) fn ask_new_secret(&self, question: &str, optional: bool) -> io::Result<String> {
        let again = format!("{}, again", printable(question));
        let prompt = dialoguer::Password::new()
            .with_prompt(printable(question))
            .with_confirmation(again, "the two are not the same")
            .allow_empty_password(optional)
            .report(false);
        let answer = self.beside_the_bars(|| prompt.interact());
        answer.map_err(|dialoguer::Error::IO(error)| error)
    }

    /// Prints the help or the complaint of the argument parser.
    pub(crate) fn usage(&self, error: &clap::Error) -> io::Result<()> {
        let text = error.render();
        if error.use_stderr() {
            let text = if self.err_has_colour() {
                text.ansi().to_string()
            } else {
                text.to_string()
            };
            self.raw_line(&coloured(&text));
            return Ok(());
        }
        self.help(&text)
    }

    /// Prints help to stdout.
    pub(crate) fn help(&self, text: &clap::builder::StyledStr) -> io::Result<()> {
        if self.out_has_colour() {
            self.styled(&text.ansi().to_string())
        } else {
            self.result(&text.to_string())
        }
    }

    /// Stdout for bytes that are no text.
    pub(crate) fn writer(&self) -> Bytes {
        Bytes(self.clone())
    }

    /// A sign of life on a terminal while something lasts.
    pub(crate) fn spinner(&self, text: &str) -> Progress {
        let bar = ProgressBar::new_spinner().with_message(printable(text));
        let progress = self.show(bar);
        if !progress.bar.is_hidden() {
            progress.bar.enable_steady_tick(Duration::from_millis(120));
        }
        progress
    }

    /// A bar on a terminal that counts bytes up to `total`.
    pub(crate) fn bytes_bar(&self, text: &str, total: Option<u64>) -> Progress {
        let template = "{msg} {wide_bar} {bytes}/{total_bytes} {eta}";
        let bar = match total {
            Some(total) => ProgressBar::new(total),
            None => ProgressBar::no_length(),
        };
        let bar = bar.with_message(printable(text));
        match ProgressStyle::with_template(template) {
            Ok(style) => self.show(bar.with_style(style)),
            Err(_) => self.show(bar),
        }
    }

    fn show(&self, bar: ProgressBar) -> Progress {
        let visible =
            self.inner.terminals.err && self.inner.colour != Colour::Never && !self.is_quiet();
        if visible {
            let bars = self.inner.bars.get_or_init(MultiProgress::new);
            let bar = bars.add(bar);
            return Progress {
                ui: self.clone(),
                bar,
            };
        }
        bar.set_draw_target(ProgressDrawTarget::hidden());
        Progress {
            ui: self.clone(),
            bar,
        }
    }

    /// Prints while the bars, if any, are out of the way.
    fn beside_the_bars<T>(&self, print: impl FnOnce() -> T) -> T {
        match self.inner.bars.get() {
            Some(bars) => bars.suspend(print),
            None => print(),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Progress on a terminal; dropped, it disappears.
pub(crate) struct Progress {
    ui: Ui,
    bar: ProgressBar,
}

impl Progress {
    /// Shows how much is done.
    pub(crate) fn set(&self, progress: murano_sdk::Progress) {
        if let Some(total) = progress.total {
            self.bar.set_length(total);
        }
        self.bar.set_position(progress.done);
    }

    /// Shows how much is done; for use in a callback of the SDK.
    pub(crate) fn counter(&self) -> impl Fn(murano_sdk::Progress) + Send + Sync + 'static {
        let bar = self.bar.clone();
        move |progress| {
            if let Some(total) = progress.total {
                bar.set_length(total);
            }
            bar.set_position(progress.done);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        if let Some(bars) = self.ui.inner.bars.get() {
            bars.remove(&self.bar);
        }
    }
}

/// Stdout as the SDK writes downloads to it.
pub(crate) struct Bytes(Ui);

impl AsyncWrite for Bytes {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(self.0.bytes(bytes).map(|()| bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
/// What the argument parser says, in which arguments may be what a list had printed: of escape sequences the colours
/// alone are its own.
fn coloured(text: &str) -> String {
    let mut pieces = text.split('\x1b');
    let mut shown = printable(pieces.next().unwrap_or_default());
    for piece in pieces {
        let end = piece.find(|letter: char| !matches!(letter, '[' | ';' | '0'..='9'));
        let is_colour =
            end.is_some_and(|end| piece.starts_with('[') && piece[end..].starts_with('m'));
        shown += if is_colour { "\x1b" } else { "\\u{1b}" };
        shown += &printable(piece);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_have_colours_and_nothing_else() {
        let text = "\x1b[1;31merror:\x1b[0m unexpected '\x1b[2J\x1b]0;x\x07\x1b'";
        let shown = coloured(text);
        let wanted = "\x1b[1;31merror:\x1b[0m unexpected '\\u{1b}[2J\\u{1b}]0;x\\u{7}\\u{1b}'";
        assert_eq!(shown, wanted);
    }
}
