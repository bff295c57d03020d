//! Header fields as k6 shows them.

use rquickjs::{Ctx, Object, Result};

/// A field's name with a capital at the beginning of each word, as Go writes it. What is no name of a
/// field stays as it is.
pub fn canonical(name: &str) -> String {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+.^_`|~-".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return name.to_owned();
    }
    let mut begins = true;
    let mut cased = |letter: char| {
        let cased = if begins { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() };
        begins = letter == '-';
        cased
    };
    name.chars().map(&mut cased).collect()
}

/// Fields by canonical name, the values of several with one name joined.
pub fn object<'js, 'a>(
    ctx: &Ctx<'js>,
    fields: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<Object<'js>> {
    let mut joined: Vec<(String, String)> = Vec::new();
    for (name, value) in fields {
        let name = canonical(name);
        match joined.iter_mut().find(|(other, _)| *other == name) {
            Some((_, values)) => {
                values.push_str(", ");
                values.push_str(value);
            }
            None => joined.push((name, value.to_owned())),
        }
    }
    let object = Object::new(ctx.clone())?;
    for (name, value) in joined {
        object.set(name, value)?;
    }
    Ok(object)
}
