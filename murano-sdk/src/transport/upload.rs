//! The bodies of uploads, made while they are sent.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use futures_util::{TryStreamExt as _, stream};
use reqwest::header;
use tokio::io::AsyncReadExt as _;

use crate::{
    error::{Error, ErrorKind, Result},
    request::{Feed, Progress, Upload},
};

/// Bytes read from the file at a time.
const CHUNK: usize = 64 << 10;

/// Why the bytes of an upload end too early, on its way through the HTTP library.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub(super) struct Unreadable {
    pub(super) kind: ErrorKind,
    pub(super) text: String,
}

fn unreadable(kind: ErrorKind, text: String) -> std::io::Error {
    std::io::Error::other(Unreadable { kind, text })
}

/// The multipart body of an upload. Its length is announced: the server refuses chunked bodies.
pub(super) async fn form(
    upload: &Upload,
    activity: &Arc<AtomicU64>,
) -> Result<reqwest::multipart::Form> {
    let file = tokio::fs::File::open(&upload.path)
        .await
        .map_err(|error| Error::io("read", &upload.path, error))?;
    let (size, progress, activity) = (upload.size, upload.progress.clone(), activity.clone());
    let shown = upload.path.display().to_string();
    let chunks = stream::try_unfold((file, 0_u64), move |(mut file, done)| {
        let (progress, activity, shown) = (progress.clone(), activity.clone(), shown.clone());
        async move {
            let mut chunk = vec![0; CHUNK];
            let read = file.read(&mut chunk).await.map_err(|error| {
                unreadable(ErrorKind::Io, format!("cannot read {shown}: {error}"))
            })?;
            let done = done + read as u64;
            if done > size || (read == 0 && done < size) {
                let text = format!("{shown} changed while it was sent");
                return Err(unreadable(ErrorKind::Io, text));
            }
            if read == 0 {
                return Ok(None);
            }
            chunk.truncate(read);
            activity.fetch_add(1, Ordering::Relaxed);
            if let Some(progress) = &progress {
                progress(Progress {
                    done,
                    total: Some(size),
                });
            }
            Ok(Some((chunk, (file, done))))
        }
    });
    let body = reqwest::Body::wrap_stream(chunks);
    let part = reqwest::multipart::Part::stream_with_length(body, size)
        .file_name(upload.file_name.clone())
        .mime_str("application/octet-stream")
        .map_err(|error| Error::invalid("no media type").with_source(error))?;
    Ok(reqwest::multipart::Form::new()
        .text("__metadata__", upload.metadata.to_string())
        .part("file", part))
}

/// Gives a call the bytes of a feed. A server that is told their number knows when some are missing.
pub(super) fn feed(
    builder: reqwest::RequestBuilder,
    source: &Feed,
    activity: &Arc<AtomicU64>,
) -> Result<reqwest::RequestBuilder> {
    let Some(chunks) = source.take() else {
        return Err(Error::invalid("what is uploaded cannot be sent twice"));
    };
    let activity = activity.clone();
    let chunks = chunks
        .inspect_ok(move |_| {
            activity.fetch_add(1, Ordering::Relaxed);
        })
        .map_err(|error| unreadable(error.kind(), error.to_string()));
    let mut builder = builder.header(header::CONTENT_TYPE, "application/octet-stream");
    if let Some(length) = source.length {
        builder = builder.header(header::CONTENT_LENGTH, length);
    }
    Ok(builder.body(reqwest::Body::wrap_stream(chunks)))
}
