//! Files as actions return them.

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde_json::Value;

use crate::{
    error::{Error, ErrorKind, Result},
    model,
};

/// Takes content with and without its padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A file that an action returned: an object of the class `io.murano.File`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResultFile {
    /// Name that the action proposes. It may be a path to anywhere: never write to it unseen.
    pub name: Option<String>,
    /// Media type that the action claims.
    pub media_type: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

impl ResultFile {
    /// Reads the result of an action; `None` where it is no file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Decode`] where the content is not base64.
    ///
    /// ```
    /// use murano_sdk::actions::ResultFile;
    /// use serde_json::json;
    ///
    /// let result = json!({
    ///     "?": { "id": "1", "type": "io.murano.File/0.0.0@io.murano" },
    ///     "base64Content": "aGVsbG8=", "filename": "hello.txt", "mimeType": "text/plain",
    /// });
    /// let file = ResultFile::from_result(&result)?.expect("a file");
    /// assert_eq!((file.name.as_deref(), file.content.as_slice()), (Some("hello.txt"), &b"hello"[..]));
    /// assert!(ResultFile::from_result(&json!({ "size": 5 }))?.is_none());
    /// # Ok::<(), murano_sdk::Error>(())
    /// ```
    pub fn from_result(result: &Value) -> Result<Option<Self>> {
        let text = |name: &str| result.get(name).and_then(Value::as_str);
        let Some(encoded) = text("base64Content") else {
            return Ok(None);
        };
        // Classes that extend File keep its members.
        let is_file = model::object_class(result) == Some("io.murano.File");
        if !is_file && (text("mimeType").is_none() || result.get("filename").is_none()) {
            return Ok(None);
        }
        // What encodes for mail breaks the lines.
        let encoded: Vec<u8> = encoded
            .bytes()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        let content = BASE64.decode(encoded).map_err(|error| {
            let text = "the file that the action returned is not encoded as base64";
            Error::new(ErrorKind::Decode, text).with_source(error)
        })?;
        Ok(Some(Self {
            name: text("filename").map(str::to_owned),
            media_type: text("mimeType")
                .unwrap_or("application/octet-stream")
                .to_owned(),
            content,
        }))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(result: &Value) -> Option<ResultFile> {
        ResultFile::from_result(result).unwrap()
    }

    #[test]
    fn the_content_is_decoded_however_it_is_wrapped() {
        for encoded in [
            "aGVsbG8gd29ybGQ=",
            "aGVsbG8g\nd29ybGQ=\n",
            "aGVsbG8gd29ybGQ",
        ] {
            let file =
                read(&json!({ "?": { "type": "io.murano.File" }, "base64Content": encoded }));
            let file = file.unwrap();
            assert_eq!(file.content, b"hello world", "{encoded}");
            assert_eq!(
                (file.name, file.media_type.as_str()),
                (None, "application/octet-stream")
            );
        }
    }

    #[test]
    fn only_files_are_files() {
        let own = json!({ "?": { "type": "io.example.Report" }, "base64Content": "", "filename": null, "mimeType": "a/b" });
        assert_eq!(read(&own).unwrap().content, b"");
        for other in [
            json!(null),
            json!("base64Content"),
            json!({ "base64Content": "aA==" }),
            json!({ "?": { "type": "io.murano.File" }, "base64Content": 1 }),
        ] {
            assert_eq!(read(&other), None, "{other}");
        }
        let bad = json!({ "?": { "type": "io.murano.File" }, "base64Content": "a!" });
        assert_eq!(
            ResultFile::from_result(&bad).unwrap_err().kind(),
            ErrorKind::Decode
        );
    }
}
