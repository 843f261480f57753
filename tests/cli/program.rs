//! A program that is run by a test, and what it prints.

use std::{
    ffi::OsStr,
    io,
    process::{Child, Command, ExitStatus, Output, Stdio},
};

use crate::secrets;

/// A command whose output is looked at for secrets. It is built as a [`Command`] is.
pub(crate) struct Program(Command);

impl Program {
    pub(crate) fn new(command: Command) -> Self {
        Self(command)
    }

    pub(crate) fn arg(&mut self, argument: impl AsRef<OsStr>) -> &mut Self {
        self.0.arg(argument);
        self
    }

    pub(crate) fn args(&mut self, arguments: &[impl AsRef<OsStr>]) -> &mut Self {
        self.0.args(arguments);
        self
    }

    pub(crate) fn env(&mut self, name: &str, value: impl AsRef<OsStr>) -> &mut Self {
        self.0.env(name, value);
        self
    }

    pub(crate) fn env_remove(&mut self, name: &str) -> &mut Self {
        self.0.env_remove(name);
        self
    }

    pub(crate) fn env_clear(&mut self) -> &mut Self {
        self.0.env_clear();
        self
    }

    pub(crate) fn stdin(&mut self, stream: impl Into<Stdio>) -> &mut Self {
        self.0.stdin(stream);
        self
    }

    pub(crate) fn stdout(&mut self, stream: impl Into<Stdio>) -> &mut Self {
        self.0.stdout(stream);
        self
    }

    pub(crate) fn stderr(&mut self, stream: impl Into<Stdio>) -> &mut Self {
        self.0.stderr(stream);
        self
    }

    /// Runs it. There is no secret in what it has printed.
    pub(crate) fn output(&mut self) -> io::Result<Output> {
        let output = self.0.output()?;
        let whose = format!("{:?}", self.0.get_args());
        secrets::check(&output.stdout, &whose);
        secrets::check(&output.stderr, &whose);
        Ok(output)
    }

    /// Runs it, as [`Self::output`] does.
    pub(crate) fn status(&mut self) -> io::Result<ExitStatus> {
        Ok(self.output()?.status)
    }

    /// Starts it. What it prints is to be looked at by whoever reads it.
    pub(crate) fn spawn(&mut self) -> io::Result<Child> {
        self.0.spawn()
    }
}
