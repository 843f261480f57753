//! The `murano` command: client for the OpenStack application catalog.

mod cache;
mod classic;
mod cli;
mod commands;
mod completion;
mod config;
mod consent;
mod cx;
mod editor;
mod files;
mod find;
mod follow;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod import;
mod local;
mod log;
mod manifest;
mod manual;
mod names;
mod output;
mod report;
mod save;
mod secrets;
mod tree;
mod ui;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    if arguments
        .nth(1)
        .is_some_and(|word| word == completion::WORD)
    {
        return completion::print(arguments);
    }
    let streams = ui::Streams::of_process(config::colour());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => {
            let arguments = std::env::args_os().collect();
            ExitCode::from(runtime.block_on(cli::run(arguments, streams, None)))
        }
        Err(error) => {
            ui::Ui::new(streams).line(format!("error: cannot start: {error}"));
            ExitCode::FAILURE
        }
    }
}
