//! `murano api`: any call of the service.

use std::path::PathBuf;

use murano_sdk::raw::RawAnswer;

use crate::{cx::Cx, files, manual::examples};

/// Make any call of the API, and print the answer as it comes
///
/// The token is sent along. An answer that is no success is printed, too, and is an error.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano api get /environments",
    "murano api put /environments/\"$environment\" --data environment.json",
))]
pub(crate) struct Args {
    /// Method of the call
    #[arg(ignore_case = true, value_parser = ["GET", "POST", "PUT", "PATCH", "DELETE"])]
    method: String,
    /// What follows /v1 in the URL, as it is written there, with its query
    path: String,
    /// Body to send, as JSON unless a header says otherwise; - is standard input
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Header to send
    #[arg(long, value_name = "NAME: VALUE", value_parser = header)]
    header: Vec<(String, String)>,
    /// Session to send, for calls that read or edit one
    #[arg(long, value_name = "ID", alias = "session-id")]
    session: Option<String>,
    /// Show status and headers on stderr
    #[arg(short, long)]
    include: bool,
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once(':')
        .ok_or("write a name and a value, such as 'Accept: text/plain'")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let mut call = cx.client()?.raw(args.method, args.path);
    for (name, value) in args.header {
        call = call.header(name, value);
    }
    if let Some(session) = args.session {
        call = call.header("X-Configuration-Session", session);
    }
    if let Some(file) = &args.data {
        call = call.body(files::read(cx, file)?);
    }
    let answer = call.await?;
    if args.include {
        head(cx, &answer);
    }
    body(cx, &answer)?;
    answer.failure().map_or(Ok(()), |error| Err(error.into()))
}

fn head(cx: &Cx, answer: &RawAnswer) {
    cx.ui().line(format!("HTTP {}", answer.status));
    for (name, value) in &answer.headers {
        cx.ui().line(format!("{name}: {value}"));
    }
}

/// Prints the body byte for byte, but without what would steer a terminal.
fn body(cx: &Cx, answer: &RawAnswer) -> anyhow::Result<()> {
    let ui = cx.ui();
    if !ui.out_is_terminal() {
        return Ok(ui.bytes(&answer.body)?);
    }
    match std::str::from_utf8(&answer.body) {
        Ok("") => Ok(()),
        Ok(text) => Ok(ui.result(&format!("{}\n", text.trim_end()))?),
        Err(_) => {
            let size = answer.body.len();
            ui.note(format!(
                "the answer has {size} bytes that are no text: redirect the output"
            ));
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_have_a_name_and_a_value() {
        let pair = |name: &str, value: &str| Ok((name.to_owned(), value.to_owned()));
        assert_eq!(
            header("Accept: a/b; c=\"d:e\""),
            pair("Accept", "a/b; c=\"d:e\"")
        );
        assert_eq!(header("X-Y:"), pair("X-Y", ""));
        assert!(header("Accept").is_err());
    }
}
