//! "Did you mean": the known name closest to the one found.

/// The known name that is most like `found`, where one is like enough to be worth saying.
///
/// Damerau–Levenshtein distance of at most a third of the longer name, ignoring case and `-` against `_`.
pub fn closest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Longer names are not compared: the cost is quadratic.
    const NAME_BYTES_MAX: usize = 200;
    /// At most so many names are compared, so that a typo in a million steps costs no minutes.
    const NAMES_MAX: usize = 100_000;
    let plain = |name: &str| name.to_lowercase().replace('_', "-");
    let wanted = plain(found);
    if wanted.is_empty() || wanted.len() > NAME_BYTES_MAX {
        return None;
    }
    let mut best: Option<(usize, usize, &str)> = None;
    for name in known.into_iter().take(NAMES_MAX) {
        let longer = wanted.len().max(name.len());
        if longer > NAME_BYTES_MAX || wanted.len().abs_diff(name.len()) > longer / 3 + 1 {
            continue;
        }
        let known = plain(name);
        let distance = strsim::damerau_levenshtein(&wanted, &known);
        // Of equally near names the one that begins alike: `bsh` is `bash` rather than `sh`.
        let same = wanted.bytes().zip(known.bytes()).take_while(|(left, right)| left == right).count();
        let unlike = wanted.len() - same;
        let near = distance <= (longer / 3).max(1) && distance < longer;
        if near && best.is_none_or(|(least, most, _)| (distance, unlike) < (least, most)) {
            best = Some((distance, unlike, name));
        }
    }
    best.map(|(_, _, name)| name)
}
