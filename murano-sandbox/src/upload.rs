//! Reading the form an archive is uploaded with.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest as _, Multipart, Request};
use axum::http::request::Parts;

use crate::errors::{Result, explained, fault};

/// The parts of an upload.
#[derive(Debug, Default)]
pub(crate) struct Upload {
    /// How many parts there were.
    pub(crate) parts: usize,
    /// Text of the last part without a file name.
    pub(crate) metadata: Option<String>,
    /// Bytes of the last part with a file name.
    pub(crate) archive: Option<Bytes>,
    /// Whether the archive was larger than allowed; its bytes were thrown away.
    pub(crate) too_large: bool,
}

/// Reads the form. The archive is held once; what exceeds the limit is read and dropped.
pub(crate) async fn read(parts: &Parts, body: Body, limit_mib: u64) -> Result<Upload> {
    let limit = usize::try_from(limit_mib.saturating_mul(1 << 20)).unwrap_or(usize::MAX);
    let length = crate::server::text_header(&parts.headers, "content-length");
    let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut request = Request::new(body);
    *request.headers_mut() = parts.headers.clone();
    // They carry that the framework's own limit of 2 MB is off.
    *request.extensions_mut() = parts.extensions.clone();
    let Ok(mut form) = Multipart::from_request(request, &()).await else {
        return Err(fault(
            "ValueError",
            "Invalid boundary in multipart form: b''",
        ));
    };
    let malformed = |_| explained(400, "Malformed request body");
    let mut upload = Upload::default();
    while let Some(mut field) = form.next_field().await.map_err(malformed)? {
        upload.parts += 1;
        if field.file_name().is_none() {
            upload.metadata = Some(field.text().await.map_err(malformed)?);
            continue;
        }
        let mut bytes = Vec::with_capacity(length.min(limit));
        while let Some(chunk) = field.chunk().await.map_err(malformed)? {
            if upload.too_large || bytes.len() + chunk.len() > limit {
                upload.too_large = true;
                bytes = Vec::new();
            } else {
                bytes.extend_from_slice(&chunk);
            }
        }
        upload.archive = Some(Bytes::from(bytes));
    }
    Ok(upload)
}
