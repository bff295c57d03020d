//! Refuses what a browser sends for a page that is not ours: the API has no passwords, and a page that
//! a user looks at must not stop their run.

use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::envelope::Refusal;

pub(crate) async fn refuse_others(request: Request, next: Next) -> Response {
    if is_foreign(request.headers()) {
        let detail = "requests for pages of other origins are refused";
        return Refusal::new(StatusCode::FORBIDDEN, "Forbidden", detail).into_response();
    }
    next.run(request).await
}

/// Whether the request comes from a page of another host than it goes to.
fn is_foreign(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return false };
    let (origin, host) = (origin.to_str().ok(), headers.get(header::HOST));
    let origin = origin.and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    origin.is_none() || origin != host.and_then(|host| host.to_str().ok())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn foreign(origin: Option<&'static str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("localhost:6565"));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
        }
        is_foreign(&headers)
    }

    #[test]
    fn programs_and_pages_of_the_same_origin_are_let_in() {
        assert!(!foreign(None));
        assert!(!foreign(Some("http://localhost:6565")));
        assert!(foreign(Some("http://localhost:8080")));
        assert!(foreign(Some("https://elsewhere.test")));
        assert!(foreign(Some("null")));
    }
}
