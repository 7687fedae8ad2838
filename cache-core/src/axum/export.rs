//! Pages as files.

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ::axum::body::Body;
use ::axum::extract::Request;
use ::http::header::{CACHE_CONTROL, CONTENT_ENCODING, SET_COOKIE, VARY};
use ::http::{HeaderMap, Response, StatusCode, Uri};
use bytes::Bytes;
use http_body_util::BodyExt;
use tower_service::Service;

use self::place::NotWritten;
use super::ask::ask;
use crate::http::members::{members, quoted_members};

mod place;

/// What [`export`] has written, and what it has not.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Exported {
    /// The files, relative to the folder, in the order of the paths.
    pub files: Vec<PathBuf>,
    /// The paths that no file stands for.
    pub refused: Vec<RefusedPage>,
}

/// A page that was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefusedPage {
    /// Its path, as it was given.
    pub path: String,
    /// Why.
    pub reason: String,
}

impl Exported {
    /// Returns the files, if every page was written.
    ///
    /// # Errors
    ///
    /// If a page was refused; the error names each, with its reason.
    pub fn into_result(self) -> io::Result<Vec<PathBuf>> {
        if self.refused.is_empty() {
            return Ok(self.files);
        }
        let refused = self.refused.iter();
        let refused = refused.map(|RefusedPage { path, reason }| format!("`{path}`: {reason}"));
        let refused = refused.collect::<Vec<_>>().join("; ");
        Err(io::Error::other(format!("not exported: {refused}")))
    }
}

/// Writes the pages of these paths as files into a folder, for a server of static files.
///
/// Sends the router a `GET` for each path in turn; a cached page is not rendered again. The page of `/posts/first` becomes
/// `posts/first/index.html`; what is no HTML has the extension of its path, or of its `Content-Type`. The folder is made if it is not
/// there. A file that is there is replaced as a whole; nothing is removed.
///
/// A page that is not for everybody is refused: any status but 200, `Set-Cookie`, `private` or `no-store`, a `Vary` on cookies or
/// credentials, an answer that is compressed or breaks off. So is a path with a query, and one that leads out of the folder, by `..`
/// or by a link. The other pages are written nevertheless; [`Exported::into_result`] makes an error of those refused.
///
/// It writes with blocking calls: use it in a program that builds a site, not in a server.
///
/// # Errors
///
/// If the folder cannot be written.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use axum::{Router, extract::Path, response::Html, routing::get};
/// use cache_core::cache_page;
///
/// #[cache_page(ttl = "1h")]
/// async fn post(Path(slug): Path<String>) -> Html<String> {
///     Html(format!("<h1>{slug}</h1>"))
/// }
///
/// let router: Router = Router::new().route("/posts/{slug}", get(post));
/// # let folder = std::env::temp_dir().join(format!("cache-export-{}", std::process::id()));
/// let exported = cache_core::export(&router, ["/posts/first", "/posts/second"], &folder).await?;
/// let files = exported.into_result()?;
/// assert!(folder.join(&files[0]).ends_with("posts/first/index.html"));
/// # std::fs::remove_dir_all(folder)?;
/// # std::io::Result::Ok(())
/// # }).unwrap();
/// ```
pub async fn export<S, B>(
    router: &S,
    paths: impl IntoIterator<Item = impl AsRef<str>>,
    folder: impl AsRef<Path>,
) -> io::Result<Exported>
where
    S: Service<Request, Response = Response<B>, Error: Into<Box<dyn Error + Send + Sync>>> + Clone,
    B: http_body::Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>>,
{
    fs::create_dir_all(&folder)?;
    let folder = folder.as_ref().canonicalize()?;
    let (mut exported, mut by_file) = (Exported::default(), HashMap::new());
    for path in paths {
        let path = path.as_ref();
        let written = match page(router.clone(), path).await {
            Ok((file, bytes)) => match by_file.insert(file.clone(), path.to_owned()) {
                Some(first) => {
                    let text = format!("its file is that of `{first}`");
                    Err(NotWritten::Refused(text))
                }
                None => place::write(&folder, &file, &bytes).map(|()| file),
            },
            Err(reason) => Err(NotWritten::Refused(reason)),
        };
        match written {
            Ok(file) => exported.files.push(file),
            Err(NotWritten::Refused(reason)) => exported.refused.push(RefusedPage {
                path: path.to_owned(),
                reason,
            }),
            Err(NotWritten::Failed(error)) => return Err(error),
        }
    }
    Ok(exported)
}

/// The file and the content of a page.
async fn page<S, B>(mut router: S, path: &str) -> Result<(PathBuf, Bytes), String>
where
    S: Service<Request, Response = Response<B>, Error: Into<Box<dyn Error + Send + Sync>>>,
    B: http_body::Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>>,
{
    let parts = place::parts_of(path)?;
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = Uri::try_from(path).map_err(|error| error.to_string())?;
    let answer = match ask(&mut router, request).await {
        Ok(answer) => answer.await,
        Err(error) => Err(error),
    };
    let answer = answer.map_err(|error| format!("the router failed: {}", error.into()))?;
    let (head, body) = answer.into_parts();
    check(head.status, &head.headers)?;
    let file = place::file_of(parts, &head.headers)?;
    let body = body.collect().await;
    let body = body.map_err(|error| format!("its body breaks off: {}", error.into()))?;
    Ok((file, body.to_bytes()))
}

/// Whether an answer is everybody's, as it is.
fn check(status: StatusCode, headers: &HeaderMap) -> Result<(), String> {
    if status != StatusCode::OK {
        return Err(format!("the answer is {status}"));
    }
    if headers.contains_key(SET_COOKIE) {
        return Err("the answer sets a cookie".to_owned());
    }
    if headers.contains_key(CONTENT_ENCODING) {
        return Err("the answer is compressed: export the router without that layer".to_owned());
    }
    for line in headers.get_all(CACHE_CONTROL) {
        let Some(members) = quoted_members(line.as_bytes()) else {
            return Err("its `Cache-Control` cannot be read".to_owned());
        };
        for member in members {
            let name = member
                .split(|byte| *byte == b'=')
                .next()
                .unwrap_or_default();
            for word in ["private", "no-store"] {
                if name.trim_ascii().eq_ignore_ascii_case(word.as_bytes()) {
                    return Err(format!("the answer says `{word}`"));
                }
            }
        }
    }
    for member in members(headers, VARY) {
        for word in ["*", "cookie", "authorization"] {
            if member.eq_ignore_ascii_case(word.as_bytes()) {
                return Err(format!("the answer varies on `{word}`"));
            }
        }
    }
    Ok(())
}
