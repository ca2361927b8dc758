//! Paths against patterns: `*` and `?` stay inside a folder, `**` crosses folders, `**/` is any folder or none.
//!
//! **Absent on purpose:** classes, braces, negation, case folding, files. A pattern is matched byte by byte
//! without backtracking, so that no pattern is slow.

/// Bytes a pattern may have; a longer one matches nothing.
pub(super) const PATTERN_BYTES_MAX: usize = 1_024;

#[derive(Clone, Copy)]
enum Token {
    /// This byte.
    Byte(u8),
    /// Any byte but `/`.
    One,
    /// Any bytes but `/`.
    Star,
    /// Any bytes.
    Stars,
    /// Beginning of `**/`: nothing, or go on to `Folders`.
    MayBeFolders,
    /// Any bytes that end with `/`.
    Folders,
}

/// Whether the whole path fits the pattern.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    if pattern.len() > PATTERN_BYTES_MAX {
        return false;
    }
    // What stands before the first sign is there letter by letter: most paths differ there.
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
    let literal = pattern.find(['*', '?']).unwrap_or(pattern.len());
    let Some(rest) = path.as_bytes().strip_prefix(&pattern.as_bytes()[..literal]) else { return false };
    match &pattern[literal..] {
        "" => return rest.is_empty(),
        "**" => return true,
        _ => {}
    }
    let tokens = tokens(&pattern[literal..]);
    let mut now = vec![false; tokens.len() + 1];
    let mut next = now.clone();
    now[0] = true;
    close(&tokens, &mut now);
    for byte in rest.iter().copied() {
        next.fill(false);
        for at in (0..tokens.len()).filter(|at| now[*at]) {
            match tokens[at] {
                Token::Byte(wanted) => next[at + 1] |= byte == wanted,
                Token::One => next[at + 1] |= byte != b'/',
                Token::Star => next[at] |= byte != b'/',
                Token::Stars => next[at] = true,
                Token::MayBeFolders => {}
                Token::Folders => {
                    next[at] = true;
                    next[at + 1] |= byte == b'/';
                }
            }
        }
        close(&tokens, &mut next);
        std::mem::swap(&mut now, &mut next);
    }
    now[tokens.len()]
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut rest = pattern.as_bytes();
    let mut tokens = Vec::with_capacity(rest.len());
    loop {
        rest = match rest {
            [] => return tokens,
            [b'*', b'*', b'/', rest @ ..] => {
                tokens.extend([Token::MayBeFolders, Token::Folders]);
                rest
            }
            [b'*', b'*', rest @ ..] => {
                tokens.push(Token::Stars);
                rest
            }
            [b'*', rest @ ..] => {
                tokens.push(Token::Star);
                rest
            }
            [b'?', rest @ ..] => {
                tokens.push(Token::One);
                rest
            }
            [byte, rest @ ..] => {
                tokens.push(Token::Byte(*byte));
                rest
            }
        };
    }
}

/// Marks what can be reached without a byte. Tokens lead forward only, so one pass is enough.
fn close(tokens: &[Token], states: &mut [bool]) {
    for (at, token) in tokens.iter().enumerate() {
        if states[at] {
            match token {
                Token::Star | Token::Stars => states[at + 1] = true,
                Token::MayBeFolders => {
                    states[at + 1] = true;
                    states[at + 2] = true;
                }
                Token::Byte(_) | Token::One | Token::Folders => {}
            }
        }
    }
}
