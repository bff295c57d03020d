//! Being asked who the user is (RFC 7616).

use digest_auth::{AuthContext, HttpMethod};
use http::HeaderValue;
use http::header::WWW_AUTHENTICATE;

use crate::bindings::http::Answer;
use crate::plan::Step;

/// The status of an answer that asks (RFC 9110, section 15.5.2).
const UNAUTHORIZED: u16 = 401;

/// What to answer, if that is asked and the user is known.
pub(super) fn answer(step: &Step, answer: &Answer) -> Option<HeaderValue> {
    if answer.status != UNAUTHORIZED {
        return None;
    }
    let (user, password) = step.credentials.as_ref()?;
    let challenge = answer.headers.iter().find(|header| {
        let is_digest =
            header.value.get(..7).is_some_and(|word| word.eq_ignore_ascii_case("digest "));
        header.name == WWW_AUTHENTICATE.as_str() && is_digest
    })?;
    let body = (!step.body.is_empty()).then_some(&step.body[..]);
    let method = HttpMethod::from(step.method.as_str());
    let context = AuthContext::new_with_method(
        user.as_str(),
        password.as_str(),
        step.resource(),
        body,
        method,
    );
    // A challenge that cannot be understood is the answer.
    let value = digest_auth::parse(&challenge.value).ok()?.respond(&context).ok()?;
    let mut value = HeaderValue::try_from(value.to_header_string()).ok()?;
    value.set_sensitive(true);
    Some(value)
}
