//! The program as a user meets it: transcripts, and what a transcript cannot show.
//!
//! Each `<noun>.md` is played in its order against a sandbox of its own and compared with what the
//! program prints now. `BLESS=1 cargo test --test cli` writes the files anew: read the difference.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod cloud;
mod completion;
mod escapes;
mod examples;
mod exit_codes;
mod faults;
mod hostile;
mod import;
mod kill;
mod local;
mod neighbours;
mod password;
mod program;
mod readme;
mod requests;
mod secrets;
mod signals;
mod terminal;
mod transcript;

macro_rules! transcripts {
    ($($name:ident),* $(,)?) => {
        const TRANSCRIPTS: &[&str] = &[$(stringify!($name)),*];
        $(
            #[test]
            fn $name() {
                transcript::play(stringify!($name));
            }
        )*
    };
}

transcripts![
    action,
    api,
    app,
    apply,
    basics,
    bundle,
    category,
    classic,
    deployment,
    env,
    instance,
    login,
    maintenance,
    package,
    sandbox,
    schema,
    session,
    stats,
    template
];

#[test]
fn every_transcript_is_played() {
    let mut names: Vec<String> = std::fs::read_dir(transcript::folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert_eq!(names, TRANSCRIPTS);
}
