//! The data of images: upload and download.

use axum::body::{Body, Bytes};
use axum::http::Response;
use futures_util::StreamExt as _;
use serde_json::Value;

use super::digest::{Digest, Told};
use super::{Ask, blob, done, drain, missing, own, seen, with_header};
use crate::clock;
use crate::errors::{Failure, Result, explained};
use crate::json::Fields as _;
use crate::server::{self, Shared, text_header};
use crate::state::{Store, Table};

/// Largest data that is kept, in bytes.
pub(super) const KEPT: usize = 8 << 20;

/// An upload under way. Whatever ends it too early, the record is free for another one.
struct Saving<'a> {
    shared: &'a Shared,
    id: &'a str,
    ended: bool,
}

impl Drop for Saving<'_> {
    fn drop(&mut self) {
        if !self.ended {
            let mut store = self.shared.store();
            set_status(&mut store, self.id, "queued");
            // There is nobody left to tell.
            let _ = store.commit();
        }
    }
}

/// `PUT /v2/images/{id}/file`
pub(super) async fn upload(ask: &Ask<'_>, id: &str, body: Body) -> Result<Response<Body>> {
    if let Err(failure) = begin(ask, id) {
        drain(body).await;
        return Err(failure);
    }
    let mut saving = Saving {
        shared: ask.shared,
        id,
        ended: false,
    };
    let (told, bytes) = receive(ask, body).await?;
    let mut store = ask.shared.store();
    saving.ended = true;
    if store.get(Table::Images, id).is_none() {
        let text = format!(
            "Image {id} could not be found after upload. The image may have been deleted during the upload, \
             cleaning up the chunks uploaded."
        );
        return Err(explained(410, text));
    }
    if let Some(bytes) = bytes {
        store.put_blob(&blob(id), bytes);
    }
    set_status(&mut store, id, "active");
    store.update(Table::Images, id, |row| {
        row.set("size", told.size);
        row.set("virtual_size", told.size);
        row.set("checksum", told.checksum);
        row.set("os_hash_algo", "sha512");
        row.set("os_hash_value", told.sha512);
    });
    store.commit().map_err(|error| explained(500, error))?;
    Ok(done())
}

/// Checks what can be checked before the data, and marks the record.
fn begin(ask: &Ask<'_>, id: &str) -> Result<()> {
    let media = text_header(&ask.parts.headers, "content-type").unwrap_or("text/plain");
    if media != "application/octet-stream" {
        return Err(Failure::Short {
            status: 415,
            message: format!(
                "The request media type {media} is not supported by this server.\n<br /><br />\n"
            ),
        });
    }
    let mut store = ask.shared.store();
    let row = own(ask, &store, id, "upload_image")?;
    let status = row.text("status");
    if status != "queued" {
        let text = format!("Image status transition from {status} to saving is not allowed");
        return Err(explained(409, text));
    }
    let lacking: Vec<&str> = ["disk_format", "container_format"]
        .into_iter()
        .filter(|key| row.get(*key).is_none_or(Value::is_null))
        .collect();
    if !lacking.is_empty() {
        let plural = if lacking.len() > 1 {
            "Properties"
        } else {
            "Property"
        };
        let text = format!(
            "{plural} {} must be set prior to saving data.",
            lacking.join(", ")
        );
        return Err(explained(400, text));
    }
    set_status(&mut store, id, "saving");
    store.commit().map_err(|error| explained(500, error))
}

/// Counts and hashes the data, and gives it back where it is small enough to be kept.
async fn receive(ask: &Ask<'_>, body: Body) -> Result<(Told, Option<Bytes>)> {
    let limit = ask.shared.settings.image_limit_mib.saturating_mul(1 << 20);
    let mut digest = Digest::new();
    let mut kept = Some(Vec::new());
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| explained(400, "the upload broke off"))?;
        digest.add(&piece);
        if let Some(bytes) = &mut kept {
            bytes.extend_from_slice(&piece);
        }
        kept = kept.filter(|bytes| bytes.len() <= KEPT);
        if digest.size() > limit {
            while let Some(Ok(_)) = pieces.next().await {}
            let text = "The incoming image is too large: The provided image is too large.";
            return Err(explained(413, text));
        }
    }
    Ok((digest.finish(), kept.map(Bytes::from)))
}

fn set_status(store: &mut Store, id: &str, status: &str) {
    let now = format!("{}Z", clock::seconds_text(store.now()));
    store.update(Table::Images, id, |row| {
        row.set("status", status);
        row.set("updated_at", now);
    });
}

/// `GET /v2/images/{id}/file`
pub(super) fn download(ask: &Ask<'_>, store: &Store, id: &str) -> Result<Response<Body>> {
    let row = seen(ask, store, id).ok_or_else(|| missing(id))?;
    if row.text("status") != "active" {
        return Ok(done());
    }
    let Some(bytes) = store.blob(&blob(id)) else {
        let text = format!("The sandbox keeps no data of images with more than {KEPT} bytes");
        return Err(explained(503, text));
    };
    let response = server::respond(200, "application/octet-stream", Body::from(bytes));
    Ok(with_header(response, "content-md5", row.text("checksum")))
}
