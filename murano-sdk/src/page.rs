//! Lists that come in pages, by marker.

use std::{
    collections::{HashSet, VecDeque},
    future::Future,
    pin::Pin,
};

use futures_util::{Stream, stream};

use crate::error::Result;

/// One page and the marker of the next.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<String>,
}

type Fetch<T> =
    Box<dyn FnMut(Option<String>) -> Pin<Box<dyn Future<Output = Result<Page<T>>> + Send>> + Send>;

/// Items of a paged list; the next page is fetched when the last one is used up.
///
/// ```
/// # use murano_sdk::Client;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// let mut packages = murano.packages().list().page_size(1).pager();
/// while let Some(package) = packages.next().await? {
///     println!("{}", package.fully_qualified_name);
/// }
/// # Ok(()) }
/// ```
#[must_use]
pub struct Pager<T> {
    fetch: Fetch<T>,
    ready: VecDeque<T>,
    marker: Option<String>,
    markers: HashSet<String>,
    done: bool,
}

impl<T> Pager<T> {
    pub(crate) fn new<F, R>(mut fetch: F) -> Self
    where
        F: FnMut(Option<String>) -> R + Send + 'static,
        R: Future<Output = Result<Page<T>>> + Send + 'static,
    {
        let fetch: Fetch<T> = Box::new(move |marker| Box::pin(fetch(marker)));
        Self {
            fetch,
            ready: VecDeque::new(),
            marker: None,
            markers: HashSet::new(),
            done: false,
        }
    }

    /// The next item; `None` at the end. After an error the same page is asked for again.
    pub async fn next(&mut self) -> Result<Option<T>> {
        while self.ready.is_empty() && !self.done {
            let page = (self.fetch)(self.marker.clone()).await?;
            // A server that repeats a marker would be asked for ever.
            let next = page.next.clone();
            self.done = next.is_none_or(|next| !self.markers.insert(next));
            self.marker = page.next;
            self.ready = page.items.into();
        }
        Ok(self.ready.pop_front())
    }

    /// All that is left.
    pub async fn collect(self) -> Result<Vec<T>> {
        self.take(usize::MAX).await
    }

    /// The next `count` items, fewer at the end. No page is fetched beyond them.
    pub async fn take(mut self, count: usize) -> Result<Vec<T>> {
        let mut items = Vec::new();
        while items.len() < count {
            match self.next().await? {
                Some(item) => items.push(item),
                None => break,
            }
        }
        Ok(items)
    }

    /// The items as a stream; it ends after the first error.
    ///
    /// ```
    /// # use murano_sdk::Client;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = murano_sandbox::Sandbox::start().await?;
    /// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
    /// # use futures_util::TryStreamExt as _;
    /// let pager = || murano.categories().list().page_size(4).pager();
    /// let all = pager().collect().await?;
    /// assert_eq!(pager().take(2).await?, all[..2]);
    /// assert_eq!(pager().into_stream().try_collect::<Vec<_>>().await?, all);
    /// # Ok(()) }
    /// ```
    pub fn into_stream(self) -> impl Stream<Item = Result<T>> + Send
    where
        T: Send + 'static,
    {
        stream::try_unfold(self, |mut pager| async move {
            Ok(pager.next().await?.map(|item| (item, pager)))
        })
    }
}

impl<T> std::fmt::Debug for Pager<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pager")
            .field("marker", &self.marker)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn pages_follow_the_marker_until_it_is_missing() {
        let pager = Pager::new(|marker: Option<String>| async move {
            Ok(match marker.as_deref() {
                None => Page {
                    items: vec![1, 2],
                    next: Some("2".to_owned()),
                },
                Some("2") => Page {
                    items: vec![3, 4],
                    next: Some("4".to_owned()),
                },
                // A full last page is followed by an empty one.
                _ => Page {
                    items: vec![],
                    next: None,
                },
            })
        });
        assert_eq!(pager.collect().await.unwrap(), [1, 2, 3, 4]);
    }

    #[tokio::test]
    async fn no_page_is_fetched_beyond_what_is_taken() {
        let pager = Pager::new(|marker: Option<String>| async move {
            assert_eq!(marker, None, "the second page is not wanted");
            Ok(Page {
                items: vec![1, 2],
                next: Some("2".to_owned()),
            })
        });
        assert_eq!(pager.take(2).await.unwrap(), [1, 2]);
    }

    #[tokio::test]
    async fn markers_in_a_circle_end_the_list() {
        let pager = Pager::new(|marker: Option<String>| async move {
            let next = if marker.as_deref() == Some("a") {
                "b"
            } else {
                "a"
            };
            Ok(Page {
                items: vec![0],
                next: Some(next.to_owned()),
            })
        });
        assert_eq!(pager.take(100).await.unwrap().len(), 3);
    }

    #[tokio::test]
    async fn a_repeated_marker_ends_the_list() {
        let pager = Pager::new(|_| async {
            Ok(Page {
                items: vec![0],
                next: Some("m".to_owned()),
            })
        });
        assert_eq!(pager.collect().await.unwrap().len(), 2);
    }
}
