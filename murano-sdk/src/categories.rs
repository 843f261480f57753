//! Categories of the catalog.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    client::Client,
    error::{Candidate, Error, ErrorKind, Result},
    id::{CategoryId, PackageId, looks_like_id},
    outcome,
    page::{Page, Pager},
    request::{Request, awaitable},
    time::Timestamp,
};

/// Longest name of a category, in characters.
const LONGEST_NAME: usize = 80;

/// A category. Only a category that was asked for alone says which packages it has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Category {
    /// Identifier.
    pub id: CategoryId,
    /// Name, unique on the server.
    pub name: String,
    /// Number of packages in it.
    #[serde(default)]
    pub package_count: u64,
    /// Its packages; private ones of other projects too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packages: Option<Vec<CategoryPackage>>,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// When it was last changed.
    pub updated: Option<Timestamp>,
    /// Members this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A package as a category names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CategoryPackage {
    /// Identifier.
    pub id: PackageId,
    /// Name for people.
    pub name: String,
    /// Dotted name.
    pub fully_qualified_name: String,
    /// Members this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The categories of the catalog.
///
/// ```
/// # use murano_sdk::Client;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let admin = Client::builder().auth_url(sandbox.auth_url()).password("admin", "secret").project("admin").build()?;
/// let games = admin.categories().create("Games").await?;
/// assert_eq!(admin.categories().find("Games").await?.packages, Some(vec![]));
/// assert_eq!(admin.categories().look_up("Games").await?.id, games.id);
/// admin.categories().delete(&games.id).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Categories {
    client: Client,
}

impl Categories {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists categories: `GET /catalog/categories`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Rejected`] for a key that cannot be sorted by, or a page size of 0;
    /// [`ErrorKind::NotFound`] for an unknown marker.
    pub fn list(&self) -> ListCategories {
        ListCategories {
            client: self.client.clone(),
            query: Vec::new(),
        }
    }

    /// Reads one category with its packages: `GET /catalog/categories/{id}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`].
    pub async fn get(&self, id: impl Into<CategoryId>) -> Result<Category> {
        let id = id.into();
        self.client
            .json(Request::get(&["catalog", "categories", id.as_str()]))
            .await
    }

    /// Finds one category, with its packages, by name or id.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`]; [`ErrorKind::Ambiguous`].
    pub async fn find(&self, name_or_id: &str) -> Result<Category> {
        if let Some(found) = self.by_id(name_or_id).await? {
            return Ok(found);
        }
        let listed = self.by_name(name_or_id).await?;
        self.get(&listed.id).await
    }

    /// Finds one like [`find`](Self::find), with a call less for a name: as lists tell of it, without its packages.
    ///
    /// # Errors
    ///
    /// Those of [`find`](Self::find).
    pub async fn look_up(&self, name_or_id: &str) -> Result<Category> {
        match self.by_id(name_or_id).await? {
            Some(found) => Ok(found),
            None => self.by_name(name_or_id).await,
        }
    }

    async fn by_id(&self, text: &str) -> Result<Option<Category>> {
        if !looks_like_id(text) {
            return Ok(None);
        }
        match self.get(text).await {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            found => found.map(Some),
        }
    }

    async fn by_name(&self, name: &str) -> Result<Category> {
        let mut fits = self.list().await?;
        fits.retain(|category| category.name == name);
        if let [first, second, ..] = fits.as_slice() {
            let both = [first, second].map(|c| Candidate::new(c.id.as_str(), &*c.name));
            return Err(Error::ambiguous("category", name, both.into()));
        }
        fits.pop()
            .ok_or_else(|| Error::not_found(format!("category \"{name}\" not found")))
    }

    /// Creates a category, for administrators: `POST /catalog/categories`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for a name that is blank or too long, before anything is sent;
    /// [`ErrorKind::Conflict`] where there is one of this name; [`ErrorKind::Forbidden`].
    pub async fn create(&self, name: &str) -> Result<Category> {
        if name.trim().is_empty() {
            return Err(Error::invalid("the name of the category is empty"));
        }
        if name.chars().count() > LONGEST_NAME {
            return Err(Error::invalid(
                "Category name should be 80 characters maximum",
            ));
        }
        let create = Request::post(&["catalog", "categories"]).json(json!({ "name": name }));
        let list = Request::get(&["catalog", "categories"]);
        outcome::named(&self.client, create, list).await
    }

    /// Removes a category, for administrators: `DELETE /catalog/categories/{id}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`] where packages are in it; [`ErrorKind::Forbidden`].
    pub async fn delete(&self, id: impl Into<CategoryId>) -> Result<()> {
        let id = id.into();
        self.client
            .unit(Request::delete(&["catalog", "categories", id.as_str()]))
            .await
    }
}

/// Request of [`Categories::list`]. Awaited, it gives all of them in one call, unless a page size
/// is set.
///
/// ```
/// # use murano_sdk::Client;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// let newest = murano.categories().list().sort_by("created,name").descending(true).await?;
/// let by_name = murano.categories().list().page_size(4).pager().collect().await?;
/// assert_eq!((newest.len(), by_name.len()), (9, 9));
/// let rest = murano.categories().list().marker(&by_name[0].id).await?;
/// assert_eq!(rest, by_name[1..]);
/// assert_eq!(murano.categories().get(&rest[0].id).await?.name, rest[0].name);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct ListCategories {
    client: Client,
    query: Vec<(String, String)>,
}

impl ListCategories {
    /// Sorts by `name` (the default), `created`, `updated`, `package_count` or `id`. Several keys
    /// are separated by commas. Pages need a key without equals.
    pub fn sort_by(self, keys: impl Into<String>) -> Self {
        self.with("sort_keys", keys.into())
    }

    /// Sorts downwards.
    pub fn descending(self, descending: bool) -> Self {
        if descending {
            self.with("sort_dir", "desc".to_owned())
        } else {
            self
        }
    }

    /// Categories per call; without it all come at once.
    pub fn page_size(self, categories: u32) -> Self {
        self.with("limit", categories.to_string())
    }

    /// Starts after this category.
    pub fn marker(self, id: impl Into<CategoryId>) -> Self {
        self.with("marker", id.into().to_string())
    }

    /// The categories one by one, fetched as they are needed.
    pub fn pager(self) -> Pager<Category> {
        Pager::new(move |marker| {
            let request = self.request(marker);
            let client = self.client.clone();
            async move {
                #[derive(Deserialize)]
                struct Answer {
                    categories: Vec<Category>,
                    next_marker: Option<String>,
                }
                let answer: Answer = client.json(request).await?;
                Ok(Page {
                    items: answer.categories,
                    next: answer.next_marker,
                })
            }
        })
    }

    fn request(&self, marker: Option<String>) -> Request {
        Request::get(&["catalog", "categories"]).page(&self.query, marker)
    }

    async fn send(self) -> Result<Vec<Category>> {
        self.pager().collect().await
    }

    fn with(mut self, name: &str, value: String) -> Self {
        self.query.push((name.to_owned(), value));
        self
    }
}

awaitable!(ListCategories => Vec<Category>);
