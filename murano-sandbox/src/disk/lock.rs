//! One process at a time.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Says by its lock that the folder is in use, and by its text by whom. It is never removed: a process that waits has it
/// open already.
const FILE: &str = "lock";
const PAUSE: Duration = Duration::from_millis(20);

/// The right to use a folder, until it is dropped or the process ends in any way.
#[derive(Debug)]
pub(crate) struct Lock {
    folder: PathBuf,
    _file: File,
}

impl Lock {
    /// Takes the folder, which is made when it is missing, readable by nobody else.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::ResourceBusy`] when another sandbox still has it after `wait`.
    pub(crate) async fn take(folder: &Path, wait: Duration) -> io::Result<Self> {
        let file = open(folder).map_err(|error| {
            let text = format!("cannot use the folder {}: {error}", folder.display());
            io::Error::new(error.kind(), text)
        })?;
        let start = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if start.elapsed() < wait => pause().await,
                Err(TryLockError::WouldBlock) => return Err(busy(folder, wait)),
                Err(TryLockError::Error(error)) => {
                    let text = format!("cannot lock the folder {}: {error}", folder.display());
                    return Err(io::Error::new(error.kind(), text));
                }
            }
        }
        // Only those who wait in vain read it, so it need not be there.
        let _ = file.set_len(0);
        let _ = writeln!(&file, "{}", std::process::id());
        Ok(Self {
            folder: folder.to_owned(),
            _file: file,
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

fn open(folder: &Path) -> io::Result<File> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    private().truncate(false).open(folder.join(FILE))
}

/// How a file is opened to be written, for its owner alone where it is made by that: the folder may be another's, or
/// one that was there already.
pub(super) fn private() -> OpenOptions {
    let mut options = File::options();
    options.create(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[expect(
    clippy::disallowed_methods,
    reason = "the SDK's waiting is not at hand here"
)]
async fn pause() {
    tokio::time::sleep(PAUSE).await;
}

fn busy(folder: &Path, wait: Duration) -> io::Error {
    let text = std::fs::read_to_string(folder.join(FILE)).unwrap_or_default();
    let owner = match text.trim() {
        "" => "another process".to_owned(),
        id => format!("process {id}"),
    };
    let text = format!(
        "the sandbox in {} is still in use by {owner} after {wait:?}: wait for it to end, stop it, or choose another \
         folder",
        folder.display()
    );
    io::Error::new(io::ErrorKind::ResourceBusy, text)
}
