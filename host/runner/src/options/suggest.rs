//! What was perhaps meant by a name that does not exist.

/// Of how many letters of a word one may be wrong. With one in three, `vux` is `vus`, and `batch` is
/// not `paused`.
const LETTERS_PER_SLIP: usize = 3;

/// More slips than this make another word, however long it is.
const MOST_SLIPS: usize = 3;

/// The name that is closest to a word, if it is close enough. Upper and lower case are the same.
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let most = (lower.chars().count() / LETTERS_PER_SLIP).clamp(1, MOST_SLIPS);
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), name))
        .filter(|(slips, _)| *slips <= most)
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, name)| name)
}

/// The end of a sentence that says which name was perhaps meant; empty if none is close.
pub fn guess<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(word, names) {
        Some(name) => format!("; did you mean \"{name}\"?"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 4] = ["vus", "duration", "insecureSkipTLSVerify", "tags"];

    #[test]
    fn slips_are_found_and_other_words_are_not() {
        let cases = [
            ("vux", Some("vus")),
            ("vsu", Some("vus")),
            ("VUs", Some("vus")),
            ("druation", Some("duration")),
            ("insecureSkipTlsVerify", Some("insecureSkipTLSVerify")),
            ("tag", Some("tags")),
            ("rps", None),
            ("iterations", None),
            ("", None),
        ];
        for (word, expected) in cases {
            assert_eq!(nearest(word, NAMES), expected, "{word}");
        }
    }

    #[test]
    fn a_guess_ends_a_sentence() {
        assert_eq!(guess("vux", NAMES), "; did you mean \"vus\"?");
        assert_eq!(guess("zzz", NAMES), "");
    }
}
