//! The endpoints with permessage-deflate.

mod common;

use common::{connect_with, start};
use tokio_tungstenite::tungstenite::http::{HeaderMap, HeaderValue};

const TERMS: &str = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

/// What the server answers to an offer.
async fn answer(path: &str, offer: Option<&'static str>) -> Option<String> {
    let server = start().await;
    let (_client, response) = connect_with(&server, path, |request| {
        if let Some(offer) = offer {
            let offer = HeaderValue::from_static(offer);
            request.headers_mut().insert("Sec-WebSocket-Extensions", offer);
        }
    })
    .await
    .expect("the server accepts");
    let headers: &HeaderMap = response.headers();
    headers.get("Sec-WebSocket-Extensions").map(|value| value.to_str().expect("text").to_owned())
}

#[tokio::test]
async fn an_offer_is_answered_with_terms_that_everybody_can_keep() {
    let offered = answer("/deflate", Some("x-other, permessage-deflate; client_max_window_bits"));
    assert_eq!(offered.await.as_deref(), Some(TERMS));
    assert_eq!(answer("/deflate", None).await, None);
    assert_eq!(answer("/echo", Some("permessage-deflate")).await, None);
}

#[tokio::test]
async fn a_request_may_name_the_answer_or_have_none() {
    let named = answer("/deflate?answer=permessage-deflate%3B+a%3D1", None);
    assert_eq!(named.await.as_deref(), Some("permessage-deflate; a=1"));
    assert_eq!(answer("/deflate?answer=", Some("permessage-deflate")).await, None);
}
