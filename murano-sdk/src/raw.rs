//! Calls for which this SDK has no words, under its login.

use serde_json::Value;

use crate::{
    client::Client,
    error::{Error, Result},
    fault::Fault,
    request::{Body, Method, Path, Request, awaitable},
};

/// What the server answered, whether it is a success or not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawAnswer {
    /// HTTP status.
    pub status: u16,
    /// The server's `X-Openstack-Request-Id`.
    pub request_id: Option<String>,
    /// Media type the server gives the body; not reliable for errors.
    pub content_type: Option<String>,
    /// All headers; their names are in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub body: Vec<u8>,
}

impl RawAnswer {
    /// Whether the status says that the call succeeded.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON, null where it is empty; `None` where it is something else.
    pub fn json(&self) -> Option<Value> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Some(Value::Null);
        }
        serde_json::from_slice(&self.body).ok()
    }

    /// What any other call would have failed with; `None` for a success.
    pub fn failure(&self) -> Option<Error> {
        let fault = || Fault::read(self.status, &self.body);
        let error = || fault().into_error(self.status);
        (!self.is_success()).then(|| error().with_request_id(self.request_id.clone()))
    }
}

/// Request of [`Client::raw`].
///
/// ```
/// # use murano_sdk::Client;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// let call = murano.raw("GET", "/environments/nope").header("Accept", "application/json");
/// let answer = call.await?;
/// assert_eq!((answer.is_success(), answer.json().unwrap()["title"].as_str()), (false, Some("Not Found")));
/// assert_eq!(answer.failure().unwrap().to_string(), "Environment with id nope not found");
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use = "requests do nothing until awaited"]
pub struct RawCall {
    client: Client,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl std::fmt::Debug for RawCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawCall")
            .field("method", &self.method)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Any call of the API, with a token: `method` is one of `GET`, `POST`, `PUT`, `PATCH` and
    /// `DELETE`; `path` is what follows `/v1`, as it is written in a URL, with its query.
    ///
    /// An answer that is no success is an answer all the same: see [`RawAnswer::failure`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for another method, an impossible header, or
    /// a path that leads elsewhere, before anything is sent; those of the login and the connection.
    ///
    /// ```
    /// # use murano_sdk::Client;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = murano_sandbox::Sandbox::start().await?;
    /// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
    /// let body = serde_json::json!({ "name": "shop" });
    /// let answer = murano.raw("POST", "/environments").body(body.to_string()).await?;
    /// assert_eq!((answer.status, &answer.json().unwrap()["name"]), (200, &body["name"]));
    /// assert_eq!(murano.raw("GET", "/nothing").await?.status, 404);
    /// # Ok(()) }
    /// ```
    pub fn raw(&self, method: impl Into<String>, path: impl Into<String>) -> RawCall {
        RawCall {
            client: self.clone(),
            method: method.into(),
            path: path.into(),
            headers: Vec::new(),
            body: None,
        }
    }
}

impl RawCall {
    /// Adds a header, such as `X-Configuration-Session`. The token is there already.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sends this body, as `application/json` unless a header `Content-Type` says otherwise. Calls
    /// that take no body fail with one.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    fn request(&self) -> Result<Request> {
        let method = match self.method.to_ascii_uppercase().as_str() {
            "GET" => Method::Get,
            "POST" => Method::Post,
            "PUT" => Method::Put,
            "PATCH" => Method::Patch,
            "DELETE" => Method::Delete,
            _ => {
                let text = format!(
                    "`{}` is no method of the API: it is one of GET, POST, PUT, PATCH, DELETE",
                    self.method
                );
                return Err(Error::invalid(text));
            }
        };
        check_path(&self.path)?;
        let mut media_type = "application/json";
        // As people copy it: with the version.
        let path = self.path.strip_prefix("/v1/").unwrap_or(&self.path);
        let mut request = Request::new(method, Path::written(path));
        for (name, value) in &self.headers {
            check_header(name, value)?;
            if name.eq_ignore_ascii_case("Content-Type") {
                media_type = value;
            } else {
                request.headers.push((name.clone(), value.clone()));
            }
        }
        if let Some(body) = &self.body {
            request.body = Body::Bytes(media_type.to_owned(), body.clone());
        }
        Ok(request)
    }

    async fn send(self) -> Result<RawAnswer> {
        let (mut answer, refusal) = self.client.exchange(&self.request()?).await?;
        let body = match refusal {
            Some(body) => body,
            None => answer.body().await?,
        };
        Ok(RawAnswer {
            status: answer.status,
            request_id: answer.request_id(),
            content_type: answer.header("content-type").map(str::to_owned),
            headers: answer.headers(),
            body,
        })
    }
}

/// Refuses a path that would lead out of the API, which the token is for.
fn check_path(path: &str) -> Result<()> {
    if path.chars().any(char::is_control) {
        return Err(Error::invalid(format!(
            "{path:?} has characters that no URL keeps"
        )));
    }
    let place = path.split(['?', '#']).next().unwrap_or_default();
    if place.contains("://") {
        let text = format!("`{path}` is no path: give what follows /v1 in the URL");
        return Err(Error::invalid(text));
    }
    let is_dots = |segment: &str| {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        plain == "." || plain == ".."
    };
    // A backslash is a slash to those who read URLs.
    if place.split(['/', '\\']).any(is_dots) {
        let text = format!("`{path}` has a segment of dots, which no URL keeps");
        return Err(Error::invalid(text));
    }
    Ok(())
}

fn check_header(name: &str, value: &str) -> Result<()> {
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(in_name) {
        return Err(Error::invalid(format!("`{name}` is no name of a header")));
    }
    if name.eq_ignore_ascii_case("X-Auth-Token") {
        return Err(Error::invalid("the token is sent already"));
    }
    if !value
        .bytes()
        .all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte))
    {
        let text = format!("the value of the header `{name}` has characters no header can carry");
        return Err(Error::invalid(text));
    }
    Ok(())
}

awaitable!(RawCall => RawAnswer);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn client() -> Client {
        let builder = Client::builder().endpoint("http://127.0.0.1:1").token("t");
        builder.build().unwrap()
    }

    #[test]
    fn paths_are_taken_as_they_are_written() {
        for (path, sent) in [
            ("environments", "/environments"),
            ("/environments?tenant=a%20b", "/environments?tenant=a%20b"),
            ("/v1/environments/e/model/", "/environments/e/model/"),
            ("/v1", "/v1"),
            ("//evil/x#y", "/evil/x%23y"),
        ] {
            let request = client().raw("get", path).request().unwrap();
            assert_eq!((request.method, request.path.as_str()), (Method::Get, sent));
        }
    }

    #[test]
    fn what_no_request_can_carry_is_refused() {
        let get = |name: &str, value: &str| client().raw("GET", "/x").header(name, value);
        for call in [
            client().raw("BREW", "/x"),
            client().raw("GET", "https://evil/x"),
            client().raw("GET", "/v1/../x"),
            client().raw("GET", "/x/%2E%2e/y"),
            client().raw("GET", "/x\\..\\y"),
            // URLs drop tabs and line breaks.
            client().raw("GET", "/.\t./x"),
            client().raw("GET", "/environments\n"),
            get("", "x"),
            get("a b", "x"),
            get("x-auth-token", "x"),
            get("X-Y", "a\r\nX-Z: b"),
        ] {
            let error = call.request().err().unwrap();
            assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        }
    }

    #[test]
    fn a_failure_is_read_like_that_of_any_call() {
        let mut answer = RawAnswer {
            status: 404,
            request_id: Some("req-1".to_owned()),
            content_type: None,
            headers: Vec::new(),
            body: b"404 Not Found\n\nnobody\n".to_vec(),
        };
        let error = answer.failure().unwrap();
        assert_eq!(
            (error.kind(), error.request_id()),
            (ErrorKind::NotFound, Some("req-1"))
        );
        assert_eq!(
            (error.to_string().as_str(), answer.json()),
            ("nobody", None)
        );
        answer.status = 200;
        answer.body.clear();
        assert!(answer.failure().is_none());
        assert_eq!(answer.json(), Some(Value::Null));
    }
}
