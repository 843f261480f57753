//! A sandbox in a process of its own, which tells how many requests it got.
//!
//! It prints a `clouds.yaml` and an empty line; for each line on stdin it prints the number of requests since the
//! last one. At the end of stdin it ends.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on ends by panicking, and prints"
)]

use std::time::Duration;

use murano_sandbox::{Fenix, Sandbox};
use tokio::sync::mpsc;

fn main() {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().build().unwrap();
    runtime.block_on(async {
        let sandbox = Sandbox::builder()
            .deploy_time(Duration::ZERO)
            .package_limit_mib(400)
            // As in the transcripts of the commands.
            .fenix(Fenix::Late)
            .reply_time(Duration::from_secs(600))
            .password_prefix("hush-");
        let sandbox = sandbox.start().await.unwrap();
        println!("{}", sandbox.clouds_yaml());
        let (asked, mut asks) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for _ in std::io::stdin().lines() {
                if asked.send(()).is_err() {
                    return;
                }
            }
        });
        while asks.recv().await.is_some() {
            println!("{}", sandbox.log().len());
            sandbox.clear_log();
        }
    });
}
