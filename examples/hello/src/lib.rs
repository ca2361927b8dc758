//! The smallest project with something to prove.

/// A greeting.
pub fn greeting(name: &str) -> String {
    format!("Hello, {name}!")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_greeting_names_who_is_greeted() {
        assert_eq!(super::greeting("dod"), "Hello, dod!");
    }
}
