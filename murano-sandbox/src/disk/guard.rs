//! Damaged files must not bring the process down.

use std::any::Any;
use std::cell::Cell;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs something with a database and gives its failure as an error.
///
/// redb checks what it reads, but some checks of it are assertions: a file that was cut short, for one, panics when it is
/// opened. Such a panic becomes an error as well, and its message is not printed.
pub(super) fn guarded<T>(run: impl FnOnce() -> Result<T, redb::Error>) -> io::Result<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !GUARDED.get() {
                usual(info);
            }
        }));
    });
    GUARDED.set(true);
    // Whatever was left half done is dropped: the database is opened anew after any failure.
    let outcome = panic::catch_unwind(AssertUnwindSafe(run));
    GUARDED.set(false);
    match outcome {
        Ok(outcome) => outcome.map_err(plain),
        Err(cause) => Err(damaged(&*cause)),
    }
}

fn plain(error: redb::Error) -> io::Error {
    match error {
        redb::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            let own = error.get_ref().map(ToString::to_string);
            let text = own.unwrap_or_else(|| "it is no database".to_owned());
            io::Error::new(io::ErrorKind::InvalidData, text)
        }
        redb::Error::Io(error) => error,
        redb::Error::Corrupted(text) => io::Error::new(
            io::ErrorKind::InvalidData,
            format!("it is damaged ({text})"),
        ),
        other => io::Error::other(other),
    }
}

fn damaged(cause: &(dyn Any + Send)) -> io::Error {
    let text = cause
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| cause.downcast_ref::<&str>().copied())
        .and_then(|text| text.lines().next())
        .unwrap_or("no reason is known");
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("it is damaged ({text})"),
    )
}
