//! Where the bytes of an image come from, and the checks they go through on their way.

use std::path::Path;

use futures_util::{Stream, StreamExt as _, stream};
use tokio::io::AsyncReadExt as _;

use super::digest::Digest;
use crate::{
    archive::{ImageHash, RequiredImage},
    error::{Error, ErrorKind, Result},
    request::{Chunks, OnProgress, Progress},
};

/// Bytes read from a file at a time.
const CHUNK: usize = 256 << 10;

/// The bytes of an image: they pass, and are never in memory as a whole.
pub struct ImageSource {
    chunks: Chunks,
    length: Option<u64>,
}

impl std::fmt::Debug for ImageSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImageSource")
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

impl ImageSource {
    /// A file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`] where it is missing, may not be read or is no file.
    pub async fn file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let failed = |error| Error::io("read", &path, error);
        let file = tokio::fs::File::open(&path).await.map_err(failed)?;
        let about = file.metadata().await.map_err(failed)?;
        if !about.is_file() {
            let text = format!("cannot read {}: it is no file", path.display());
            return Err(Error::new(ErrorKind::Io, text));
        }
        let chunks = stream::try_unfold((file, path), |(mut file, path)| async move {
            let mut chunk = vec![0; CHUNK];
            let read = file.read(&mut chunk).await;
            let read = read.map_err(|error| Error::io("read", &path, error))?;
            chunk.truncate(read);
            Ok((read > 0).then_some((chunk, (file, path))))
        });
        Ok(Self::stream(chunks, Some(about.len())))
    }

    /// Anything that comes in pieces, such as a download. `length` is the number of bytes, where it
    /// is known: a service that is told it can refuse early what is too large.
    ///
    /// ```
    /// # use murano_sdk::{Client, images::ImageSource};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = murano_sandbox::Sandbox::start().await?;
    /// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
    /// let pieces = futures_util::stream::iter([Ok(b"some ".to_vec()), Ok(b"bytes".to_vec())]);
    /// let source = ImageSource::stream(pieces, Some(10));
    /// assert_eq!(source.length(), Some(10));
    /// let record = murano.images().create("pieces").disk_format("raw").container_format("bare").await?;
    /// murano.image(&record.id).upload(source).await?;
    /// assert_eq!(murano.image(&record.id).get().await?.size, Some(10));
    /// # Ok(()) }
    /// ```
    pub fn stream(
        chunks: impl Stream<Item = Result<Vec<u8>>> + Send + 'static,
        length: Option<u64>,
    ) -> Self {
        Self {
            chunks: Box::pin(chunks),
            length,
        }
    }

    /// How many bytes there are, where it is known.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    pub(super) fn into_chunks(self) -> Chunks {
        self.chunks
    }

    /// The same bytes, told to `progress` and checked against what the package says of them.
    ///
    /// The last piece is held back until all of them are known to be right: the service never has
    /// a whole image that is not the one that was asked for.
    pub(super) fn checked(self, image: &RequiredImage, progress: Option<OnProgress>) -> Self {
        let length = self.length;
        let passage = Passage {
            name: image.name.clone(),
            digest: image.hash.as_ref().map(Digest::like),
            hash: image.hash.clone(),
            chunks: self.chunks,
            held: None,
            seen: 0,
            sent: 0,
            length,
            progress,
        };
        Self::stream(
            stream::try_unfold(passage, |mut passage| async move {
                Ok(passage.next().await?.map(|chunk| (chunk, passage)))
            }),
            length,
        )
    }
}

/// Bytes on their way.
struct Passage {
    name: String,
    chunks: Chunks,
    /// The last piece that came.
    held: Option<Vec<u8>>,
    seen: u64,
    sent: u64,
    length: Option<u64>,
    hash: Option<ImageHash>,
    digest: Option<Digest>,
    progress: Option<OnProgress>,
}

impl Passage {
    async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        loop {
            let Some(chunk) = self.chunks.next().await.transpose()? else {
                self.check()?;
                let last = self.held.take();
                return Ok(last.inspect(|chunk| self.told(chunk)));
            };
            self.seen += chunk.len() as u64;
            if self.length.is_some_and(|length| self.seen > length) {
                return Err(self.other_length());
            }
            if let Some(digest) = &mut self.digest {
                digest.add(&chunk);
            }
            if chunk.is_empty() {
                continue;
            }
            if let Some(before) = self.held.replace(chunk) {
                self.told(&before);
                return Ok(Some(before));
            }
        }
    }

    fn check(&mut self) -> Result<()> {
        if self.length.is_some_and(|length| self.seen != length) {
            return Err(self.other_length());
        }
        let (Some(digest), Some(hash)) = (self.digest.take(), &self.hash) else {
            return Ok(());
        };
        let digits = digest.digits();
        if digits == hash.as_str() {
            return Ok(());
        }
        let text = format!(
            "image \"{}\" is not the one the package asks for: its {} is {digits}, not {}",
            self.name,
            hash.algorithm(),
            hash.as_str()
        );
        Err(Error::archive(text))
    }

    fn other_length(&self) -> Error {
        let seen = self.seen;
        let length = self.length.unwrap_or_default();
        let text = if seen > length {
            format!(
                "image \"{}\" is longer than the {length} bytes announced",
                self.name
            )
        } else {
            format!(
                "image \"{}\" ended after {seen} of {length} bytes",
                self.name
            )
        };
        Error::new(ErrorKind::Io, text)
    }

    fn told(&mut self, chunk: &[u8]) {
        self.sent += chunk.len() as u64;
        if let Some(progress) = &self.progress {
            progress(Progress {
                done: self.sent,
                total: self.length,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt as _;

    use super::*;

    async fn pass(
        pieces: &[&str],
        length: Option<u64>,
        hash: Option<&str>,
    ) -> Result<Vec<Vec<u8>>> {
        let pieces: Vec<_> = pieces.iter().map(|p| Ok(p.as_bytes().to_vec())).collect();
        let mut image = RequiredImage::new("a", "raw", "bare");
        image.hash = hash.and_then(ImageHash::parse);
        let source = ImageSource::stream(stream::iter(pieces), length);
        source
            .checked(&image, None)
            .into_chunks()
            .try_collect()
            .await
    }

    const ABC: &str = "900150983cd24fb0d6963f7d28e17f72";

    #[tokio::test]
    async fn what_is_right_passes_unchanged() {
        assert_eq!(
            pass(&["a", "", "bc"], Some(3), Some(ABC)).await.unwrap(),
            [b"a".to_vec(), b"bc".to_vec()]
        );
        assert_eq!(pass(&["abc"], None, None).await.unwrap(), [b"abc".to_vec()]);
        assert!(pass(&[], Some(0), None).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn what_is_wrong_never_passes_whole() {
        for (pieces, length, part) in [
            (
                &["a", "bd"][..],
                Some(3),
                "is not the one the package asks for: its md5 is ",
            ),
            (&["a"], Some(3), "ended after 1 of 3 bytes"),
            (&["abc", "d"], Some(3), "longer than the 3 bytes"),
        ] {
            let error = pass(pieces, length, Some(ABC)).await.unwrap_err();
            assert!(error.to_string().contains(part), "{error}");
        }
    }

    #[tokio::test]
    async fn the_last_piece_waits_for_the_verdict() {
        let mut image = RequiredImage::new("a", "raw", "bare");
        image.hash = ImageHash::parse(ABC);
        let pieces = stream::iter([Ok(b"a".to_vec()), Ok(b"bd".to_vec())]);
        let source = ImageSource::stream(pieces, Some(3));
        let mut chunks = source.checked(&image, None).into_chunks();
        assert_eq!(chunks.next().await.unwrap().unwrap(), b"a");
        let error = chunks.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Archive);
    }
}
